"""Faust's Kafka transport, changed where it would cost speed or correctness.

- The agent gets one message per partition number with all that is new of its topics, each a `Fetch`, not one
  per record (40 times faster) nor one per topic (`merge.by_partition`).
- Positions are ours: neither Faust's seeks nor its commits touch them. A `Fetch` says which offsets it
  spans, so whoever holds a partition knows what fits.
- Partitions can be *held* apart from Faust's own pausing, which forgets at each rebalance.
"""

import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.kafka.consumer_thread import FAUST_LOG, ConsumerThread
from streams.kafka.merge import UNKNOWN, Fetch, by_partition
from streams.settings import Settings

GIVEN_BYTES_MAX: Final = 64 << 20
POLL_S: Final = 0.1
"""Least often that held partitions are looked at again while nothing arrives."""


class Consumer(driver.Consumer):  # type: ignore[misc]  # Faust is not typed here
    """The consumer as the main loop sees it."""

    logger = FAUST_LOG
    _thread: ConsumerThread

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - Faust's
        super().__init__(*arguments, **options)
        self.held: set[TopicPartition] = set()
        """Partitions that nobody wants records of just now."""
        settings: Settings = self.transport.settings
        self.names = {settings.topic(name): name for name in self.transport.inputs}
        self._numbers = count(1)
        self._ends: dict[TP, int] = {}
        self.looked_s = time.monotonic()
        """When Faust last asked for records."""
        self.given_s: float | None = None
        """When Faust was given a fetch that nobody has received yet (`received`)."""
        self._given_bytes = 0
        """Since the agent last received something."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> dict[TP, list[tuple[Fetch, ...]]]:
        active = {TopicPartition(tp.topic, tp.partition) for tp in active_partitions or ()}
        # Faust's own queue takes all that it is given: what nobody takes out of it must not pile up.
        wanted = active - self.held if self._given_bytes < GIVEN_BYTES_MAX else set()
        fetches = await self._thread.fetch(frozenset(wanted), min(timeout, POLL_S))
        for fetch in fetches:
            tp = TP(self.transport.settings.topic(fetch.topic), fetch.partition)
            if fetch.end != UNKNOWN or tp not in self._ends:
                self._ends[tp] = max(fetch.end, 0)
            self._given_bytes += fetch.size_bytes
            self.app.monitor.track_tp_end_offset(tp, self._ends[tp])
        self.looked_s = time.monotonic()
        if fetches and self.given_s is None:
            self.given_s = self.looked_s
        return {
            TP(self.transport.settings.topic(together[0].topic), number): [together]
            for number, together in by_partition(fetches).items()
        }

    def received(self) -> None:
        """Note that the agent has received a fetch, or that what was given to it before is void."""
        self.given_s, self._given_bytes = None, 0

    def _to_message(self, tp: TP, record: tuple[Fetch, ...]) -> ConsumerMessage:
        # Faust drops messages whose offset goes back, and a seek does that: so they are numbered instead.
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=next(self._numbers),
            timestamp=0.0,
            timestamp_type=0,
            headers=None,
            key=None,
            value=record,
            checksum=None,
            serialized_value_size=sum(fetch.size_bytes for fetch in record),
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def highwater(self, tp: TP) -> int:
        """Return the end of ``tp`` as last told, for Faust's monitor."""
        return self._ends.get(tp, 0)

    async def perform_seek(self) -> None:
        """Do nothing: a partition seeks to its committed offsets itself, when it has read its state."""

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit nothing: offsets are committed in the partitions' transactions alone."""
        return bool(offsets)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's guess at stuck streams takes a held partition for one."""

    async def seek_all(self, offsets: Mapping[str, int], partition: int) -> None:
        """Make the next fetches of ``partition`` start at ``offsets`` (by logical topic).

        Raises: IllegalStateError when the partition is not assigned any more.
        """
        topic = self.transport.settings.topic
        await self._thread.seek_all(
            {TopicPartition(topic(name), partition): offset for name, offset in offsets.items()}
        )

    async def owns(self, partition: int) -> bool:
        """Tell whether the coordinator confirms, asked now, that all inputs of ``partition`` are ours."""
        topic = self.transport.settings.topic
        tps = frozenset(TopicPartition(topic(name), partition) for name in self.transport.inputs)
        try:
            return await self._thread.owns(tps)
        except KafkaError:
            return False

    def hold(self, topic: str, partition: int, *, is_held: bool) -> None:
        """Stop or resume delivering records of a topic's partition; news of its end come all the same."""
        tp = TopicPartition(self.transport.settings.topic(topic), partition)
        if is_held:
            self.held.add(tp)
        else:
            self.held.discard(tp)


class Transport(driver.Transport):  # type: ignore[misc]  # Faust is not typed here
    """Faust's transport with our consumer. ``settings`` and ``inputs`` are set by the application."""

    Consumer = Consumer
    settings: Settings
    inputs: tuple[str, ...]
