"""Follows plans, add-ons and a person's orders to their end, for as long as the worker runs.

One task reads. Others ask it to have read all that is there *now* (`Follower.read_to_end`): a partition
before it opens, and before it holds a record whose plan is missing.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.envelope import Raw
from schemas.errors import Reason, SchemaError
from schemas.topics import CATALOG, control
from streams.core.catalog import Catalog
from streams.kafka.closing import stop_consumer
from streams.kafka.control import Orders
from streams.kafka.failures import place_of
from streams.kafka.topic_rules import READ_WHOLE
from streams.kafka.topics import all_topics, look
from streams.metrics import Metrics
from streams.settings import Settings

POLL_MS: Final = 500
FETCH_WAIT_MS: Final = 100
"""Whoever asks for the ends waits for the fetch before, and a partition that opens asks."""
PAUSE_S: Final = 1.0

log = logging.getLogger(__name__)


async def partition_counts(settings: Settings) -> dict[str, int]:
    """Return how many partitions each topic has that a `Follower` reads, by logical name."""
    topics = [topic for topic in all_topics(settings.app_id) if topic.role in READ_WHOLE]
    return {name: found.partition_count for name, found in (await look(settings, topics)).items()}


class Follower:
    """Keeps ``catalog`` and ``orders`` at the topics' end.

    ``on_plan`` is called with each plan's id, new or changed; ``on_fatal`` with what our own code raised, for
    then nobody reads any more.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        catalog: Catalog,
        *,
        on_plan: Callable[[str], None],
        on_fatal: Callable[[Exception], None],
    ) -> None:
        self.catalog = catalog
        self.orders = Orders()
        self._metrics = metrics
        self._on_plan = on_plan
        self._on_fatal = on_fatal
        self._control = control(settings.app_id).name
        self._names = {settings.topic(name): name for name in (*CATALOG, self._control)}
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id=f"{settings.app_id}-catalog",
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def start(self, counts: Mapping[str, int]) -> None:
        """Connect and begin to read; ``counts`` are those of `partition_counts`."""
        await self._consumer.start()
        tps = [
            TopicPartition(topic, number)
            for topic, name in self._names.items()
            for number in range(counts[name])
        ]
        self._consumer.assign(tps)
        await self._consumer.seek_to_beginning()
        self._task = asyncio.create_task(self._follow(), name="catalog")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await stop_consumer(self._consumer)

    async def read_to_end(self) -> None:
        """Return when all that the topics have now, or had at some moment since the call, has been read."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        async with self._moved:
            await self._moved.wait_for(
                lambda: all(self._positions.get(tp, 0) >= end for tp, end in ends.items())
            )

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Hand on what ended the reading: those who wait for the end would wait for ever."""
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._on_fatal(error)

    async def _follow(self) -> None:
        while True:
            try:
                found = await self._consumer.getmany(timeout_ms=POLL_MS)
                for tp, records in found.items():
                    for record in records:
                        self._take(self._names[tp.topic], record)
                positions = {tp: await self._consumer.position(tp) for tp in self._consumer.assignment()}
            except KafkaError:
                log.warning("the catalogue cannot be read just now", exc_info=True)
                await asyncio.sleep(PAUSE_S)
                continue
            async with self._moved:
                self._positions = positions
                self._moved.notify_all()

    def _take(self, topic: str, record: Any) -> None:  # noqa: ANN401 - aiokafka's record
        if topic == self._control:
            self.orders.take(record.key, record.value)
            return
        raw = Raw(topic, record.partition, record.offset, record.timestamp, record.key, record.value)
        try:
            plan_id = self.catalog.apply(raw)
        except SchemaError as error:
            self._reject(raw, error.reason, error.detail)
            return
        except Exception as error:  # noqa: BLE001 - each worker would stop on it again and again
            frames = "".join(traceback.format_tb(error.__traceback__))
            self._reject(raw, Reason.DEFECT, place_of(error), traceback=frames)
            return
        self._metrics.catalog_entries.set(self.catalog.size())
        if plan_id is not None:
            self._on_plan(plan_id)

    def _reject(self, raw: Raw, reason: Reason, detail: str, **more: str) -> None:
        """Count a record that is not taken; which plan it is may be read where it lies."""
        self._metrics.catalog_rejected.labels(raw.topic, reason).inc()
        log.error(
            "bad plan or add-on, the last good version stays",
            extra={"topic": raw.topic, "offset": raw.offset, "reason": reason, "detail": detail} | more,
        )
