"""What was committed for one partition: the group's offsets and the changelog's states, side by side.

Read only after the partition's producer has fenced the former owner, so nothing of it changes any more.
Where the two disagree nothing is guessed: a person is told what is missing (`disagreements`).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from schemas.errors import StateError
from schemas.topics import INPUTS, changelog
from streams.core.stored import META_KEY, Meta, decode_meta
from streams.kafka.closing import stop_consumer
from streams.kafka.connection import FETCH_WAIT_MS, RETRY_MS
from streams.settings import Settings

POLL_MS: Final = 500
STALL_S: Final = 60.0
"""A restore that does not move for so long is an error, and the partition opens again."""

UNFINISHED: Final = 0
"""Partition count of a meta record while an import or a rebuild is under way: no worker starts on it."""

Restore = Callable[[bytes, bytes | None], None]


class Committed(Struct, frozen=True):
    """One partition as the cluster has it. Offsets by logical topic."""

    partition: int
    group_offsets: Mapping[str, int]
    """Without those topics for which the group has none."""
    log_starts: Mapping[str, int]
    log_ends: Mapping[str, int]
    partition_count: int
    changelog_end: int
    changelog_start: int = 0


class Reader:
    """Reads what is committed of one partition; a member of no group."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: Settings, partition: int) -> None:
        self._consumer = consumer
        self.partition = partition
        self._inputs = {name: TopicPartition(settings.topic(name), partition) for name in INPUTS}
        self._changelog = TopicPartition(settings.topic(changelog(settings.app_id).name), partition)

    async def committed(self) -> Committed:
        """Return the group's offsets and the logs' bounds."""
        tps = list(self._inputs.values())
        group = {name: await self._consumer.committed(tp) for name, tp in self._inputs.items()}
        starts = await self._consumer.beginning_offsets([*tps, self._changelog])
        ends = await self._consumer.end_offsets([*tps, self._changelog])
        counts = {tp.topic: len(self._consumer.partitions_for_topic(tp.topic)) for tp in tps}
        if len(set(counts.values())) != 1:
            raise StateError(f"the inputs must have the same number of partitions: {counts}")
        return Committed(
            partition=self.partition,
            group_offsets={name: offset for name, offset in group.items() if offset is not None},
            log_starts={name: starts[tp] for name, tp in self._inputs.items()},
            log_ends={name: ends[tp] for name, tp in self._inputs.items()},
            partition_count=counts[tps[0].topic],
            changelog_end=ends[self._changelog],
            changelog_start=starts[self._changelog],
        )

    async def restore(
        self, end: int, take: Restore, progress: Callable[[int, int], None]
    ) -> tuple[Meta | None, int]:
        """Give every state below ``end`` to ``take``, oldest first.

        Returns: the newest meta record, and when it was written (milliseconds, 0 if there is none).

        Raises: StateError when the meta record is of an unknown version; TimeoutError when nothing moves.
        """
        meta, written_ms = None, 0
        async for records, position in self.records(end):
            for record in records:
                if record.key == META_KEY:
                    meta, written_ms = decode_meta(record.value), record.timestamp
                else:
                    take(record.key, record.value)
            progress(len(records), position)
            await asyncio.sleep(0)
        return meta, written_ms

    async def records(
        self, end: int, *, start: int | None = None
    ) -> AsyncGenerator[tuple[list[Any], int], None]:
        """Yield what the changelog has in ``[start, end)``, oldest first, and the position after it.

        Some at a time; ``start`` None is the beginning.
        Raises: TimeoutError when nothing moves.
        """
        if end <= (start or 0):
            return
        changes = self._changelog
        self._consumer.assign([changes])
        if start is None:
            await self._consumer.seek_to_beginning(changes)
        else:
            self._consumer.seek(changes, start)
        position = await self._consumer.position(changes)
        while position < end:
            async with asyncio.timeout(STALL_S):
                before = position
                while position == before:
                    records, position = await self._poll()
            # What was written since ``end`` was asked for is the next one's to read.
            yield [record for record in records if record.offset < end], position

    async def _poll(self) -> tuple[list[Any], int]:
        # The position moves past markers of transactions too; offsets of records would not reach the end.
        found = await self._consumer.getmany(self._changelog, timeout_ms=POLL_MS)
        return found.get(self._changelog, []), await self._consumer.position(self._changelog)


@asynccontextmanager
async def reader(settings: Settings, partition: int) -> AsyncIterator[Reader]:
    """Return a reader of ``partition``, closed at the end."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        client_id=f"{settings.app_id}-restore-{partition}",
        group_id=settings.app_id,  # to ask for its offsets; a consumer that assigns by itself does not join
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        retry_backoff_ms=RETRY_MS,
    )
    try:
        await consumer.start()
        consumer.assign([TopicPartition(settings.topic(name), partition) for name in INPUTS])
        yield Reader(consumer, settings, partition)
    finally:
        await stop_consumer(consumer)


def disagreements(committed: Committed, meta: Meta | None, *, app_id: str, state_count: int = 0) -> list[str]:
    """Return a sentence for each way in which ``committed`` and the state's ``meta`` do not agree."""
    anew = "count all that is still there anew with `usagewatch rebuild`"
    if meta is None and state_count:
        return [f"the changelog has states but no record of how far they are: restore it, or {anew}"]
    if meta is None and not committed.group_offsets:
        return []  # never worked on
    if meta is None:
        return [f"group {app_id} has offsets, but its changelog has no state: restore that, or {anew}"]
    if meta.partition_count == UNFINISHED:
        return [f"an import or a rebuild of the states did not finish: {anew}, or import after that"]
    said = []
    if meta.partition_count != committed.partition_count:
        said.append(
            f"the topics have {committed.partition_count} partitions, but the states were kept for "
            f"{meta.partition_count}: move them with `usagewatch state export` and `import`, or {anew}"
        )
    return said + [
        sentence
        for topic, offset in sorted(meta.offsets.items())
        if (sentence := _disagreement(committed, topic, offset, app_id=app_id, anew=anew))
    ]


def _disagreement(committed: Committed, topic: str, offset: int, *, app_id: str, anew: str) -> str | None:
    """Return in what an input does not agree with a state that was read to ``offset``, None if it does."""
    if topic not in committed.log_starts:
        return (
            f"the state was kept with the input {topic}, which this release does not know: take the one "
            f"that did, or {anew}"
        )
    group = committed.group_offsets.get(topic)
    start, end = committed.log_starts[topic], committed.log_ends[topic]
    kept = "keep the states (`usagewatch state import --help` says how)"
    reset = f"set it with kafka-consumer-groups.sh --reset-offsets --to-offset {offset}, or {kept}, or {anew}"
    if offset > end:
        return f"{topic} ends at {end}, but was read to {offset}: is it a new topic? Then {kept}, or {anew}"
    if offset < start:
        return (
            f"{topic} begins at {start}, but was read to {offset} only, what lies between was deleted before "
            f"it was counted: restore it, or {kept} and go on without it, or {anew}"
        )
    if group is None:
        return f"group {app_id} has no offset of {topic}, but the state stands at {offset}: {reset}"
    if group != offset:
        return f"group {app_id} stands at {group} of {topic}, but the state at {offset}: {reset}"
    return None


def check(committed: Committed, meta: Meta | None, *, app_id: str, state_count: int = 0) -> None:
    """Raise StateError when offsets, inputs and state do not belong together."""
    if said := disagreements(committed, meta, app_id=app_id, state_count=state_count):
        raise StateError("\n".join(f"partition {committed.partition}: {line}" for line in said))
