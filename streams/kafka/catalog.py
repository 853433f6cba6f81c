"""Follows plans and add-ons to their end, for as long as the worker runs.

One task reads. Others ask it to have read all that is there *now* (`Follower.read_to_end`): a partition
before it opens, and before it holds a record whose plan is missing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.envelope import Raw
from schemas.errors import SchemaError
from schemas.topics import CATALOG
from streams.core.catalog import Catalog
from streams.metrics import Metrics
from streams.settings import Settings

POLL_MS: Final = 500
PAUSE_S: Final = 1.0

log = logging.getLogger(__name__)


class Follower:
    """Keeps ``catalog`` at the topics' end.

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
        self._metrics = metrics
        self._on_plan = on_plan
        self._on_fatal = on_fatal
        self._names = {settings.topic(name): name for name in CATALOG}
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id=f"{settings.app_id}-catalog",
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )

    async def start(self, partition_counts: Mapping[str, int]) -> None:
        """Connect and begin to read; ``partition_counts`` by logical topic."""
        await self._consumer.start()
        tps = [
            TopicPartition(topic, number)
            for topic, name in self._names.items()
            for number in range(partition_counts[name])
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
        await self._consumer.stop()

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
        raw = Raw(topic, record.partition, record.offset, record.timestamp, record.key, record.value)
        try:
            plan_id = self.catalog.apply(raw)
        except SchemaError as error:
            self._metrics.catalog_rejected.labels(topic, error.reason).inc()
            log.error(  # noqa: TRY400 - the record is to blame, not a line of ours
                "bad plan or add-on, the last good version stays",
                extra={"topic": topic, "offset": raw.offset, "reason": error.reason, "detail": error.detail},
            )
            return
        self._metrics.catalog_entries.set(self.catalog.size())
        if plan_id is not None:
            self._on_plan(plan_id)
