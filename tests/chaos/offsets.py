"""Where a group stands in its inputs, and when it moves again."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.topics import INPUTS
from streams.settings import Settings
from tests.kafka.build_worker import PARTITIONS

POLL_S: Final = 0.1
LIMIT_S: Final = 180.0
"""Far above what any recovery takes."""

Positions = Mapping[TopicPartition, int]


class Stand(NamedTuple):
    """A group's committed offsets and its inputs' ends, one after the other."""

    committed: Positions
    ends: Positions

    def lag(self, partition: int | None = None, topic: str | None = None) -> int:
        """Return how many offsets are not committed yet, of one partition number or topic or of all."""
        return sum(
            end - self.committed.get(place, 0)
            for place, end in self.ends.items()
            if partition in (None, place.partition) and topic in (None, place.topic)
        )

    def has_moved(self, partition: int, before: "Stand") -> bool:
        """Tell whether anything of a partition was committed since ``before``."""
        return any(
            offset > before.committed.get(place, 0)
            for place, offset in self.committed.items()
            if place.partition == partition
        )


class Offsets:
    """Asks a cluster; while it does not answer, again."""

    def __init__(self, settings: Settings, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        self._group_id = settings.app_id
        self._admin, self._consumer = admin, consumer
        self._places = [
            TopicPartition(settings.topic(name), number) for name in INPUTS for number in range(PARTITIONS)
        ]

    async def stand(self) -> Stand:
        """Return where the group stands."""
        limit_s = time.monotonic() + LIMIT_S
        while True:
            try:
                found = await self._admin.list_consumer_group_offsets(self._group_id, partitions=self._places)
                ends = await self._consumer.end_offsets(self._places)
            except KafkaError:
                if time.monotonic() > limit_s:
                    raise
                await asyncio.sleep(POLL_S)
                continue
            return Stand({place: one.offset for place, one in found.items() if one.offset >= 0}, ends)

    async def moved(self, before: Stand, *, limit_s: float = LIMIT_S) -> float:
        """Return after how many seconds every partition that had unread records has committed some.

        Raises: TimeoutError.
        """
        started_s = time.monotonic()
        waiting = {number for number in range(PARTITIONS) if before.lag(number)}
        while waiting:
            now = await self.stand()
            waiting = {number for number in waiting if not now.has_moved(number, before)}
            if waiting:
                if time.monotonic() > started_s + limit_s:
                    raise TimeoutError(f"nothing committed of partitions {sorted(waiting)} in {limit_s} s")
                await asyncio.sleep(POLL_S)
        return time.monotonic() - started_s

    async def caught_up(self, topic: str, *, limit_s: float = LIMIT_S) -> None:
        """Return when everything of one topic is committed. Raises: TimeoutError."""
        async with asyncio.timeout(limit_s):
            while (await self.stand()).lag(topic=topic):  # noqa: ASYNC110 - a broker's offsets are no event
                await asyncio.sleep(POLL_S)

    async def drained(self, *, limit_s: float = LIMIT_S) -> None:
        """Return when everything is committed, seen twice in a row: what travels may be on its way once.

        Raises: TimeoutError when nothing moves for so long.
        """
        quiet_s, last, is_seen = time.monotonic(), -1, False
        while True:
            lag = (await self.stand()).lag()
            if not lag and is_seen:
                return
            is_seen = not lag
            if lag != last:
                quiet_s, last = time.monotonic(), lag
            if time.monotonic() > quiet_s + limit_s:
                raise TimeoutError(f"{lag} offsets are not committed and nothing has moved for {limit_s} s")
            await asyncio.sleep(1.0)


@contextlib.asynccontextmanager
async def asking(settings: Settings) -> AsyncIterator[Offsets]:
    """Return `Offsets` of a cluster that answers, closed at the end."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap_servers, enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        yield Offsets(settings, admin, consumer)
    finally:
        await consumer.stop()
        await admin.close()
