"""One batch of a partition's records through the pipeline, and again without the record that broke it.

Nothing here waits for Kafka, save for the catalogue when a record's plan is missing.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct, field

from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError
from streams.pipeline import Pipeline

TIMERS_MAX: Final = 1_000
"""Subscribers whose timers fire in one transaction: at a local midnight a whole zone is due."""
OUTPUTS_MAX: Final = 10_000
YIELD_EVERY: Final = 250
"""Records between two moments in which other partitions, and the network, get the loop."""

log = logging.getLogger(__name__)


class Work(Struct):
    """What a batch is to do: plans whose held records are released, records, and the wall time of all."""

    records: Sequence[Raw]
    plans: Sequence[str]
    wall_ms: int
    idle_ms: int | None = None
    """Every input is read to its end, so the clock goes on with the wall time that passes: to this."""


class Done(Struct):
    """What came of a batch."""

    outputs: list[Emitted] = field(default_factory=list)
    taken_count: int = 0
    """The records before this index were taken; the others wait for the next transaction."""
    has_fired: bool = False


class DefectError(Exception):
    """Our own code raised on ``raw``; the cause says what."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(f"{raw.topic} {raw.partition} {raw.offset}")
        self.raw = raw


async def process(
    pipeline: Pipeline,
    work: Work,
    *,
    read_catalog: Callable[[], Awaitable[None]],
    on_defect: Callable[[Raw], None],
) -> Done:
    """Take the records of ``work``; one on which our code raises becomes a dead letter ``defect``.

    Raises: whatever a timer or a release raises; then nothing of the batch may be committed.
    """
    defects: set[tuple[str, int]] = set()
    while True:
        try:
            return await _attempt(pipeline, work, defects, read_catalog)
        except DefectError as error:
            # The record may have left a half-moved state behind, in others' records' company.
            pipeline.rollback()
            if (error.raw.topic, error.raw.offset) in defects:
                raise
            defects.add((error.raw.topic, error.raw.offset))
            on_defect(error.raw)
            _log_defect(error)


async def _attempt(
    pipeline: Pipeline, work: Work, defects: set[tuple[str, int]], read_catalog: Callable[[], Awaitable[None]]
) -> Done:
    done = Done()
    outputs, wall_ms = done.outputs, work.wall_ms
    take, is_due = pipeline.take, pipeline.is_due
    hold = False  # once the catalogue has been read to its end, a plan that is missing is really missing
    for plan_id in work.plans:
        outputs += pipeline.release(plan_id)
    for index, raw in enumerate(work.records):
        if is_due(raw, wall_ms=wall_ms) and not _fire(pipeline, raw.timestamp_ms, done):
            return done
        try:
            if defects and (raw.topic, raw.offset) in defects:
                outputs += pipeline.defect(raw)
            else:
                outputs += take(raw, hold=hold, wall_ms=wall_ms)
        except PlanMissingError:
            await read_catalog()
            hold = True
            outputs += _take_held(pipeline, raw, wall_ms)
        except Exception as error:
            raise DefectError(raw) from error
        done.taken_count = index + 1
        if len(outputs) >= OUTPUTS_MAX:
            return done
        if not index % YIELD_EVERY:
            await asyncio.sleep(0)
    if work.idle_ms is not None and pipeline.clock_ms:
        _go_on(pipeline, work.idle_ms, done)
    return done


def _go_on(pipeline: Pipeline, now_ms: int, done: Done) -> None:
    """Move the clock on though nothing arrives; before the first record it stands."""
    pipeline.advance(now_ms)
    due_ms = pipeline.next_due_ms()
    if due_ms is not None and due_ms <= now_ms:
        _fire(pipeline, now_ms, done)


def _fire(pipeline: Pipeline, now_ms: int, done: Done) -> bool:
    """Fire one slice of the timers due by ``now_ms``; tell whether none of them is left."""
    done.has_fired = True
    done.outputs += pipeline.tick(now_ms, most=TIMERS_MAX)
    due_ms = pipeline.next_due_ms()
    return due_ms is None or due_ms > now_ms


def _take_held(pipeline: Pipeline, raw: Raw, wall_ms: int) -> list[Emitted]:
    try:
        return pipeline.take(raw, hold=True, wall_ms=wall_ms)
    except Exception as error:
        raise DefectError(raw) from error


def _log_defect(error: DefectError) -> None:
    cause = error.__cause__
    # The message of an exception may quote the record; its place and its frames do not.
    frames = traceback.format_tb(cause.__traceback__) if cause is not None else []
    log.error(
        "our code raised on a record, it is rejected as a defect",
        extra={
            "topic": error.raw.topic,
            "partition": error.raw.partition,
            "offset": error.raw.offset,
            "error": type(cause).__name__,
            "traceback": "".join(frames),
        },
    )


def wall_clock_ms() -> int:
    """Return the wall time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
