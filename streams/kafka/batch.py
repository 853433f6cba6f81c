"""One batch of a partition's records through the pipeline, and again without the record that broke it.

Nothing here waits for Kafka, save for the catalogue when a record's plan is missing. The breaker is moved
along: it ends the batch where it pauses the partition, and sorts the outputs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct, field

from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError
from streams.core.breaker import Breaker, Limits
from streams.kafka.failures import place_of
from streams.ledger import DEAD, READ
from streams.pipeline import Pipeline

TIMERS_MAX: Final = 1_000
"""Subscribers whose timers fire, or whose held records are released, in one transaction: at a local midnight
a whole zone is due, and with a plan that was missing all who have it."""
OUTPUTS_MAX: Final = 10_000
YIELD_EVERY: Final = 250
"""Records between two moments in which other partitions, and the network, get the loop, and in which the
breaker looks at how many were rejected."""
DEFECTS_MAX: Final = 10
"""A batch ends with so many: it is done again for each of them, and others wait for their turn."""


class Work(Struct):
    """What a batch is to do: plans whose held records are released, records, and the wall time of all."""

    records: Sequence[Raw]
    plans: Sequence[str]
    wall_ms: int
    idle_ms: int | None = None
    """Every input is read to its end, so the clock goes on with the wall time that passes: to this."""
    breaker: Breaker = field(default_factory=Breaker)
    """As it was before."""


class Done(Struct):
    """What came of a batch."""

    outputs: list[Emitted] = field(default_factory=list)
    taken_count: int = 0
    """The records before this index were taken; the others wait for the next transaction."""
    has_fired: bool = False
    breaker: Breaker = field(default_factory=Breaker)
    """As it is after."""


class DefectError(Exception):
    """Our own code raised on ``raw``; the cause says what."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(f"{raw.topic} {raw.partition} {raw.offset}")
        self.raw = raw


async def process(
    pipeline: Pipeline,
    work: Work,
    limits: Limits,
    *,
    read_catalog: Callable[[], Awaitable[None]],
    on_defect: Callable[[DefectError], None],
) -> Done:
    """Take the records of ``work``; one on which our code raises becomes a dead letter ``defect``.

    Raises: whatever a timer or a release raises; then nothing of the batch may be committed.
    """
    defects: dict[tuple[str, int], str] = {}
    while True:
        try:
            return await _Attempt(pipeline, work, limits, defects).run(read_catalog)
        except DefectError as error:
            # The record may have left a half-moved state behind, in others' records' company.
            pipeline.rollback()
            if (error.raw.topic, error.raw.offset) in defects:
                raise
            defects[error.raw.topic, error.raw.offset] = place_of(error.__cause__ or error)
            on_defect(error)


class _Attempt:
    """One way through a batch; ``defects`` are the records that broke earlier ones, and where in our code."""

    def __init__(
        self, pipeline: Pipeline, work: Work, limits: Limits, defects: dict[tuple[str, int], str]
    ) -> None:
        self._pipeline = pipeline
        self._work = work
        self._limits = limits
        self._defects = defects
        self._done = Done(breaker=work.breaker.copy())
        self._counted = _counts(pipeline)

    async def run(self, read_catalog: Callable[[], Awaitable[None]]) -> Done:
        """Return what came of it. Raises: DefectError."""
        pipeline, work = self._pipeline, self._work
        is_all = self._release() and await self._take_all(read_catalog)
        if is_all and work.idle_ms is not None and pipeline.clock_ms:
            self._go_on(work.idle_ms)
        self._count()
        return self._done

    def _release(self) -> bool:
        """Release a slice of what waited for plans; tell whether none is left: no record is taken before."""
        pipeline = self._pipeline
        for plan_id in self._work.plans:
            pipeline.queue_release(plan_id)
        if pipeline.has_queued():
            self._done.has_fired = True
            self._emit(pipeline.release_next(most=TIMERS_MAX), pipeline.clock_ms)
        return not pipeline.has_queued()

    async def _take_all(self, read_catalog: Callable[[], Awaitable[None]]) -> bool:
        """Take the records in order; tell whether the transaction has room for all of them."""
        pipeline, done, defects = self._pipeline, self._done, self._defects
        breaker, wall_ms = done.breaker, self._work.wall_ms
        take, is_due = pipeline.take, pipeline.is_due
        hold = False  # once the catalogue has been read to its end, a plan that is missing is really missing
        defects_left = DEFECTS_MAX
        for index, raw in enumerate(self._work.records):
            if is_due(raw, wall_ms=wall_ms) and not self._fire(raw.timestamp_ms):
                return False
            try:
                if defects and (raw.topic, raw.offset) in defects:
                    found = pipeline.defect(raw, defects[raw.topic, raw.offset])
                    breaker.defect(self._limits, wall_ms=wall_ms)
                    defects_left -= 1
                else:
                    found = take(raw, hold=hold, wall_ms=wall_ms)
                    breaker.defects_in_a_row = 0
            except PlanMissingError:
                await read_catalog()
                hold = True
                found = _take_held(pipeline, raw, wall_ms)
                breaker.defects_in_a_row = 0
            except Exception as error:
                raise DefectError(raw) from error
            done.taken_count = index + 1
            if found:
                self._emit(found, pipeline.clock_ms)
            if not index % YIELD_EVERY:
                self._count()
                await asyncio.sleep(0)
            if breaker.pause is not None or len(done.outputs) >= OUTPUTS_MAX or not defects_left:
                return False
        return True

    def _emit(self, found: Sequence[Emitted], clock_ms: int) -> None:
        self._done.outputs += self._done.breaker.sort(
            found, self._limits, clock_ms=clock_ms, wall_ms=self._work.wall_ms
        )

    def _count(self) -> None:
        """Let the breaker know what was read and rejected since it was last told."""
        read_before, dead_before = self._counted
        self._counted = read_count, dead_count = _counts(self._pipeline)
        self._done.breaker.read(
            read_count - read_before, dead_count - dead_before, self._limits, wall_ms=self._work.wall_ms
        )

    def _go_on(self, now_ms: int) -> None:
        """Move the clock on though nothing arrives; before the first record it stands."""
        self._pipeline.advance(now_ms)
        due_ms = self._pipeline.next_due_ms()
        if due_ms is not None and due_ms <= now_ms:
            self._fire(now_ms)

    def _fire(self, now_ms: int) -> bool:
        """Fire one slice of the timers due by ``now_ms``; tell whether none of them is left."""
        pipeline = self._pipeline
        self._done.has_fired = True
        for _ in range(TIMERS_MAX):
            due_ms = pipeline.next_due_ms()
            if due_ms is None or due_ms > now_ms:
                return True
            # What was due over hours may fire at once after an outage: each counts in the minute it was due.
            self._emit(pipeline.tick(now_ms, most=1), due_ms)
        due_ms = pipeline.next_due_ms()
        return due_ms is None or due_ms > now_ms


def _counts(pipeline: Pipeline) -> tuple[int, int]:
    """Return how many records have been read, and been rejected, ever."""
    ledger = pipeline.ledger.items()
    return (
        sum(count for (_, what), count in ledger if what == READ),
        sum(count for (_, what), count in ledger if what == DEAD),
    )


def _take_held(pipeline: Pipeline, raw: Raw, wall_ms: int) -> list[Emitted]:
    try:
        return pipeline.take(raw, hold=True, wall_ms=wall_ms)
    except Exception as error:
        raise DefectError(raw) from error


def wall_clock_ms() -> int:
    """Return the wall time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
