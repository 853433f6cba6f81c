"""Opens a partition: fence the former owner, then read what was committed, then compare."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from msgspec import Struct

from schemas.times import format_instant
from streams.core.breaker import Breaker
from streams.core.control import Told
from streams.kafka import changelog
from streams.kafka.alarms import Alarms
from streams.kafka.catalog import Follower
from streams.kafka.clock_lag import lag_after, lag_of
from streams.kafka.guarantee import transactions_of
from streams.kafka.inputs import Source
from streams.kafka.movement import BrokerWatch, Movement
from streams.kafka.tally import Tally
from streams.kafka.transaction import Transactions
from streams.metrics import Metrics
from streams.pipeline import Pipeline
from streams.settings import Settings

FENCE_TIMEOUT_S: Final = 60.0
RESTORES_MOST: Final = 4
"""Partitions that read their changelog at a time: each has some 16 MiB in hand, and there is one processor
for all, so that more at a time would only be ready later."""
TURN_S: Final = 1.0
SAY_EVERY_S: Final = 5.0
"""Least time between two lines about a restore."""

log = logging.getLogger(__name__)


class Shared(Struct, frozen=True):
    """What all partitions of a worker have in common."""

    settings: Settings
    metrics: Metrics
    movement: Movement
    broker: BrokerWatch
    follower: Follower
    source: Source
    alarms: Alarms
    make_pipeline: Callable[[], Pipeline]
    turn: asyncio.Lock
    """Held while a batch is processed: partitions that took turns within batches would all end, and then all
    wait for their commits, at the same time."""
    restores: asyncio.Semaphore
    """Held while a changelog is read."""
    on_fatal: Callable[[Exception], None]
    """Takes what only a person can put right; the worker stops."""


class Kept(Struct):
    """A partition's state in memory, true for the changelog up to ``changelog_end``."""

    partition: int
    pipeline: Pipeline
    tally: Tally
    group_offsets: Mapping[str, int]
    """What the group has committed, by logical topic."""
    first_offsets: Mapping[str, int]
    """Where reading goes on: there, and at the beginning of topics of which nothing is committed yet."""
    partition_count: int
    changelog_end: int
    lag_ms: int
    """How far the clock is behind the wall while it goes on with the wall time that passes (`clock_lag`)."""
    breaker: Breaker
    """As it is committed."""
    told: Told | None = None
    """What it has written on the control topic; None: nothing yet, and there may lie what is true no more."""

    def note_clock(self, *, before_ms: int, wall_ms: int) -> None:
        """Note that records were taken, before which the clock was at ``before_ms``."""
        self.lag_ms = lag_after(
            self.lag_ms, before_ms=before_ms, clock_ms=self.pipeline.clock_ms, wall_ms=wall_ms
        )


class Progress:
    """Shows how far one partition's restore has come: as metrics, and now and then in the log."""

    def __init__(self, metrics: Metrics, movement: Movement, committed: changelog.Committed) -> None:
        number = str(committed.partition)
        self._committed = committed
        self._movement = movement
        self._restored = metrics.restored
        self._remaining = metrics.restore_remaining.labels(number)
        self._ratio = metrics.restore_ratio.labels(number)
        self._count = 0
        self._said_s = time.monotonic()
        self._show(committed.changelog_start)

    def moved(self, count: int, position: int) -> None:
        """Note that so many records were read, up to ``position``."""
        self._movement.moved(self._committed.partition)
        self._restored.inc(count)
        self._count += count
        share = self._show(position)
        if time.monotonic() - self._said_s >= SAY_EVERY_S:
            self._said_s = time.monotonic()
            log.info(
                "restoring",
                extra={
                    "partition": self._committed.partition,
                    "records": self._count,
                    "percent": int(share * 100),
                },
            )

    def _show(self, position: int) -> float:
        """Set the metrics; return the share that is read."""
        start, end = self._committed.changelog_start, self._committed.changelog_end
        share = 1.0 if end <= start else min((position - start) / (end - start), 1.0)
        self._remaining.set(max(end - position, 0))
        self._ratio.set(share)
        return share


async def open_partition(shared: Shared, number: int, kept: Kept | None) -> tuple[Transactions, Kept]:
    """Return the started producer and the committed state of partition ``number``.

    ``kept`` is used when nobody has written to the changelog since. Raises: StateError when offsets, inputs
    and state do not belong together; KafkaError or TimeoutError when it must be tried again.
    """
    started_s = time.monotonic()
    await shared.follower.read_to_end()
    transactions = transactions_of(shared.settings, number)
    try:
        async with asyncio.timeout(FENCE_TIMEOUT_S):
            await transactions.start()
        async with changelog.reader(shared.settings, number) as reader:
            committed = await reader.committed()
            is_kept = kept is not None and kept.changelog_end == committed.changelog_end
            if kept is None or not is_kept:
                async with _turn(shared, number):
                    kept = await _restore(shared, reader, committed)
            else:
                meta = kept.pipeline.meta(
                    offsets=dict(kept.group_offsets), partition_count=kept.partition_count
                )
                changelog.check(committed, meta, app_id=shared.settings.app_id)
    except BaseException:
        await transactions.stop()
        raise
    facts: dict[str, object] = {
        "partition": number,
        "subscribers": kept.pipeline.sizes().get("subscribers", 0),
        "from_memory": is_kept,
        "seconds": round(time.monotonic() - started_s, 3),
    }
    until_ms = kept.pipeline.rules.muted_until_ms
    if kept.pipeline.rules.is_muted(kept.pipeline.clock_ms) and until_ms is not None:
        facts["muted_until"] = format_instant(until_ms)
    log.info("partition open", extra=facts)
    return transactions, kept


@asynccontextmanager
async def _turn(shared: Shared, number: int) -> AsyncIterator[None]:
    """Wait for a turn to restore; a partition that waits for others that move is not stuck."""
    while True:
        try:
            async with asyncio.timeout(TURN_S):
                await shared.restores.acquire()
            break
        except TimeoutError:
            shared.movement.moved(number)
    try:
        yield
    finally:
        shared.restores.release()


async def _restore(shared: Shared, reader: changelog.Reader, committed: changelog.Committed) -> Kept:
    pipeline = shared.make_pipeline()
    number, count = committed.partition, committed.partition_count
    tally = Tally(shared.metrics, shared.movement, number, partition_count=count)
    progress = Progress(shared.metrics, shared.movement, committed)
    meta, written_ms = await reader.restore(committed.changelog_end, pipeline.restore, progress.moved)
    state_count = pipeline.sizes()["subscribers"]
    changelog.check(committed, meta, app_id=shared.settings.app_id, state_count=state_count)
    pipeline.restored(meta)
    tally.restored(pipeline)
    return Kept(
        partition=committed.partition,
        pipeline=pipeline,
        tally=tally,
        group_offsets=committed.group_offsets,
        first_offsets=dict(committed.log_starts) | dict(committed.group_offsets),
        partition_count=committed.partition_count,
        changelog_end=committed.changelog_end,
        lag_ms=lag_of(meta, written_ms=written_ms),
        breaker=Breaker() if meta is None else meta.breaker,
    )
