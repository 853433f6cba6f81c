"""One partition number of all inputs, from its opening to its end.

::

    open ──> running ──> parked (revoked, or the worker stops)
     ^          │           └─ assigned again, changelog untouched: opens with its state in memory
     │          └ any error: state dropped
     └── waiting (growing pause, until the coordinator confirms that the partition is still ours)

Nothing escapes `Partition.run`: a failed partition waits and opens again; only what a person must see to,
a state and offsets that do not belong together, is handed to ``on_fatal`` and ends the worker.
"""

import asyncio
import logging
import time
import traceback
from typing import Final

from aiokafka.errors import KafkaError, ProducerFenced

from schemas.envelope import Raw
from schemas.errors import StateError
from streams.core.stored import META_KEY, encode_meta
from streams.kafka.batch import Done, Work, process, wall_clock_ms
from streams.kafka.inputs import GapError, Inputs
from streams.kafka.merge import Fetch
from streams.kafka.messages import Message, by_place
from streams.kafka.opening import Kept, Shared, open_partition
from streams.kafka.transaction import Transactions
from streams.pipeline import Pipeline

IDLE_S: Final = 0.5
"""Least often that a quiet partition looks at its timers and at the markers after its last record."""
PACE: Final = 2.0
"""Commits begin no sooner after each other than so many times as long as the last one took."""
PACE_MAX_S: Final = 0.5
PAUSE_S: Final = 0.25
PAUSE_MAX_S: Final = 30.0

log = logging.getLogger(__name__)


class Partition:
    """Partition ``number`` of every input topic."""

    def __init__(self, number: int, shared: Shared) -> None:
        self.number = number
        self.phase = "parked"
        self.inputs = Inputs(shared.source, number, buffer_records=shared.settings.buffer_records)
        self._shared = shared
        self._wake = asyncio.Event()
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None
        self._kept: Kept | None = None
        self._pipeline: Pipeline | None = None
        """While running."""
        self._plans: list[str] = []
        self._pause_s = PAUSE_S
        self._next_commit_s = 0.0

    # -- called by the worker

    def start(self) -> None:
        """Open the partition and work on it."""
        self._is_closing = False
        self._pause_s = PAUSE_S
        self.phase = "opening"
        self._task = asyncio.create_task(self._run(), name=f"partition-{self.number}")
        self._task.add_done_callback(self._ended)

    async def park(self, timeout_s: float) -> None:
        """Finish the batch in hand, or give it up after ``timeout_s``, and end; the state stays in memory."""
        task, self._task = self._task, None
        if task is None:
            return
        self._is_closing = True
        self._wake.set()
        if self.phase != "running":
            task.cancel()  # nothing is open that could be finished
        _, unfinished = await asyncio.wait([task], timeout=timeout_s)
        if unfinished:
            log.warning("batch given up", extra={"partition": self.number})
            task.cancel()
            await asyncio.wait([task])
        self.phase = "parked"

    def receive(self, fetch: Fetch) -> None:
        """Take what a fetch brought; never waits."""
        self.inputs.receive(fetch)
        self._wake.set()

    def on_plan(self, plan_id: str) -> None:
        """Note that a plan is there, new or changed: what waited for it is released with the next batch."""
        if self._pipeline is not None and plan_id in self._pipeline.plans_waited_for():
            self._plans.append(plan_id)
            self._wake.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._shared.on_fatal(error)

    # -- life

    async def _run(self) -> None:
        while not self._is_closing:
            transactions = None
            try:
                self.phase = "opening"
                transactions, kept = await open_partition(self._shared, self.number, self._kept)
                self._kept = None  # only a clean end leaves a state that is as committed
                await self._work(transactions, kept)
                self._kept = kept
            except StateError as error:
                self._shared.on_fatal(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it was, the partition opens from what is committed
                self._report(error)
            finally:
                self._pipeline = None
                self.inputs.close()
                if transactions is not None:
                    await transactions.stop()
            if not self._is_closing:
                await self._wait_until_owned()

    async def _wait_until_owned(self) -> None:
        """Wait, longer each time, until a heartbeat sent since the error says that the partition is ours."""
        self.phase = "waiting"
        while True:
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
            if await self._shared.source.owns(self.number):
                return

    def _report(self, error: Exception) -> None:
        facts = {"partition": self.number, "error": type(error).__name__, "retry_s": self._pause_s}
        match error:
            case ProducerFenced():
                kind = "fenced"
                log.warning("partition fenced: another worker has it, or a transaction ran out", extra=facts)
            case KafkaError() | TimeoutError() | GapError():
                kind = "broker"
                log.warning("partition stopped, it opens again from what is committed", extra=facts)
            case _:
                kind = "defect"
                facts["traceback"] = "".join(traceback.format_tb(error.__traceback__))
                log.error("partition stopped by our own code, it opens again", extra=facts)
        self._shared.metrics.failures.labels(kind).inc()

    # -- work

    async def _work(self, transactions: Transactions, kept: Kept) -> None:
        settings, follower = self._shared.settings, self._shared.follower
        self._pipeline = pipeline = kept.pipeline
        self._plans = sorted(filter(follower.catalog.plan, pipeline.plans_waited_for()))
        await self.inputs.open(kept.first_offsets)
        self.phase = "running"
        while not self._is_closing:
            await self._keep_pace(settings.batch_records)
            async with self._shared.turn:
                if self._is_closing:
                    break
                work, done = await self._take(kept)
            if not await self._commit(transactions, kept, work, done):
                await self._rest(pipeline, work.idle_ms)
        pipeline.rollback()  # a clock that went on with nothing to commit

    async def _take(self, kept: Kept) -> tuple[Work, Done]:
        """Take what is there in order of arrival, as far as a transaction goes."""
        pipeline, follower = kept.pipeline, self._shared.follower
        self._wake.clear()
        records = self.inputs.pop(self._shared.settings.batch_records)
        plans, self._plans = self._plans, []
        wall_ms, clock_ms = wall_clock_ms(), pipeline.clock_ms
        idle_ms = wall_ms - kept.lag_ms if self.inputs.is_drained() and not records else None
        work = Work(records, plans, wall_ms=wall_ms, idle_ms=idle_ms)
        done = await process(pipeline, work, read_catalog=follower.read_to_end, on_defect=self._count_defect)
        self.inputs.put_back(records[done.taken_count :])
        if records and pipeline.clock_ms != clock_ms:
            kept.lag_ms = max(wall_ms - pipeline.clock_ms, 0)
        return work, done

    async def _commit(self, transactions: Transactions, kept: Kept, work: Work, done: Done) -> bool:
        """Commit what was done; return False when there is nothing."""
        offsets = self.inputs.offsets()
        moved = {
            topic: offset for topic, offset in offsets.items() if kept.group_offsets.get(topic) != offset
        }
        if not (moved or done.outputs or done.has_fired or work.plans):
            return False
        started_s = time.monotonic()
        pipeline, topic, count = kept.pipeline, self._shared.settings.topic, kept.partition_count
        changes, created = pipeline.changes(), pipeline.created()
        meta = pipeline.meta(offsets=offsets, partition_count=count)
        messages = by_place(done.outputs, partition=self.number, partition_count=count, physical=topic)
        messages[transactions.changelog] = [
            *(Message(key, value) for key, value in changes),
            Message(META_KEY, encode_meta(meta)),
        ]
        kept.changelog_end = await transactions.commit(
            messages, {topic(name): offset for name, offset in moved.items()}
        )
        pipeline.accept()
        kept.group_offsets = kept.first_offsets = offsets
        kept.tally.committed(pipeline, work.records[: done.taken_count], done.outputs, created)
        self._pause_s = PAUSE_S
        self._note_pace(started_s)
        return True

    def _note_pace(self, started_s: float) -> None:
        """Let the next commit wait the longer, the longer this one took: under load, fewer and larger."""
        took_s = time.monotonic() - started_s
        self._shared.metrics.commit_seconds.labels(str(self.number)).set(took_s)
        interval_s = self._shared.settings.commit_interval_ms / 1000
        self._next_commit_s = started_s + min(max(took_s * PACE, interval_s), max(PACE_MAX_S, interval_s))

    async def _keep_pace(self, enough_count: int) -> None:
        """Wait until the next commit is due, or a whole batch is there, or the partition closes."""
        while not self._is_closing and self.inputs.buffered_count() < enough_count:
            left_s = self._next_commit_s - time.monotonic()
            if left_s <= 0:
                return
            self._wake.clear()
            await self._woken(left_s)

    async def _rest(self, pipeline: Pipeline, idle_ms: int | None) -> None:
        """Wait for something to do: records, a plan, the end; on idle inputs also for a timer."""
        due_ms = pipeline.next_due_ms()
        left_s = IDLE_S
        if due_ms is not None and idle_ms is not None and pipeline.clock_ms:
            left_s = min(max(due_ms - idle_ms, 1) / 1000, IDLE_S)
        await self._woken(left_s)

    async def _woken(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _count_defect(self, raw: Raw) -> None:
        self._shared.metrics.defects.labels(raw.topic).inc()
