"""Faust's Kafka transport, changed where it would cost speed or correctness.

- The agent gets one message per (partition, fetch), a `Fetch`, not one per record (40 times faster).
- Positions are ours: neither Faust's seeks nor its commits touch them. A `Fetch` says which offsets it
  spans, so whoever holds a partition knows what fits.
- Partitions can be *held* apart from Faust's own pausing, which forgets at each rebalance.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.kafka.consumer_thread import FAUST_LOG, ConsumerThread
from streams.kafka.merge import Fetch
from streams.settings import Settings

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

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> dict[TP, list[Fetch]]:
        active = {TopicPartition(tp.topic, tp.partition) for tp in active_partitions or ()}
        fetches = await self._thread.fetch(frozenset(active - self.held), min(timeout, POLL_S))
        found = {}
        for fetch in fetches:
            tp = TP(self.transport.settings.topic(fetch.topic), fetch.partition)
            self._ends[tp] = max(fetch.end, 0)
            found[tp] = [fetch]
        return found

    def _to_message(self, tp: TP, record: Fetch) -> ConsumerMessage:
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
            serialized_value_size=record.size_bytes,
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
