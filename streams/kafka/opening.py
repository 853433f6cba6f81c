"""Opens a partition: fence the former owner, then read what was committed, then compare."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from streams.kafka import changelog
from streams.kafka.catalog import Follower
from streams.kafka.inputs import Source
from streams.kafka.tally import Tally
from streams.kafka.transaction import Transactions
from streams.metrics import Metrics
from streams.pipeline import Pipeline
from streams.settings import Settings

FENCE_TIMEOUT_S: Final = 60.0

log = logging.getLogger(__name__)


class Shared(Struct, frozen=True):
    """What all partitions of a worker have in common."""

    settings: Settings
    metrics: Metrics
    follower: Follower
    source: Source
    make_pipeline: Callable[[], Pipeline]
    turn: asyncio.Lock
    """Held while a batch is processed: partitions that took turns within batches would all end, and then all
    wait for their commits, at the same time."""
    on_fatal: Callable[[Exception], None]
    """Takes what only a person can put right; the worker stops."""


class Kept(Struct):
    """A partition's state in memory, true for the changelog up to ``changelog_end``."""

    pipeline: Pipeline
    tally: Tally
    group_offsets: Mapping[str, int]
    """What the group has committed, by logical topic."""
    first_offsets: Mapping[str, int]
    """Where reading goes on: there, and at the beginning of topics of which nothing is committed yet."""
    partition_count: int
    changelog_end: int
    lag_ms: int
    """How far the clock was behind the wall when it last moved: it goes on with the wall time that passes."""


async def open_partition(shared: Shared, number: int, kept: Kept | None) -> tuple[Transactions, Kept]:
    """Return the started producer and the committed state of partition ``number``.

    ``kept`` is used when nobody has written to the changelog since. Raises: StateError when offsets, inputs
    and state do not belong together; KafkaError or TimeoutError when it must be tried again.
    """
    started_s = time.monotonic()
    await shared.follower.read_to_end()
    transactions = Transactions(shared.settings, number)
    try:
        async with asyncio.timeout(FENCE_TIMEOUT_S):
            await transactions.start()
        async with changelog.reader(shared.settings, number) as reader:
            committed = await reader.committed()
            is_kept = kept is not None and kept.changelog_end == committed.changelog_end
            if kept is None or not is_kept:
                kept = await _restore(shared, reader, committed)
            else:
                meta = kept.pipeline.meta(
                    offsets=dict(kept.group_offsets), partition_count=kept.partition_count
                )
                changelog.check(committed, meta, app_id=shared.settings.app_id)
    except BaseException:
        await transactions.stop()
        raise
    log.info(
        "partition open",
        extra={
            "partition": number,
            "subscribers": kept.pipeline.sizes().get("subscribers", 0),
            "from_memory": is_kept,
            "seconds": round(time.monotonic() - started_s, 3),
        },
    )
    return transactions, kept


async def _restore(shared: Shared, reader: changelog.Reader, committed: changelog.Committed) -> Kept:
    pipeline = shared.make_pipeline()
    tally = Tally(shared.metrics, committed.partition, partition_count=committed.partition_count)
    remaining = shared.metrics.restore_remaining.labels(str(committed.partition))

    def moved(count: int, position: int) -> None:
        shared.metrics.restored.inc(count)
        remaining.set(committed.changelog_end - position)

    meta, written_ms = await reader.restore(committed.changelog_end, pipeline.restore, moved)
    changelog.check(committed, meta, app_id=shared.settings.app_id)
    pipeline.restored(meta)
    tally.restored(pipeline)
    return Kept(
        pipeline=pipeline,
        tally=tally,
        group_offsets=committed.group_offsets,
        first_offsets=dict(committed.log_starts) | dict(committed.group_offsets),
        partition_count=committed.partition_count,
        changelog_end=committed.changelog_end,
        lag_ms=max(written_ms - pipeline.clock_ms, 0),
    )
