"""One partition number of all inputs, from its opening to its end.

::

    open ──> running ──> parked (revoked, or the worker stops)
     ^          │ ^         └─ assigned again, changelog untouched: opens with its state in memory
     │          │ └─> paused (the breaker stops it, `usagewatch resume` lets it go on)
     │          └ any error: state dropped
     └── waiting (growing pause, until the coordinator confirms that the partition is still ours)

Nothing escapes: a failed partition waits and opens again; what a person must see to (states and offsets that
do not belong together) goes to ``on_fatal`` and ends the worker.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Final

from schemas.errors import StateError
from streams.core.breaker import Breaker, PauseReason
from streams.core.control import Trouble
from streams.kafka.batch import Done, Work, process, wall_clock_ms
from streams.kafka.failures import Failures
from streams.kafka.held_outputs import take_held
from streams.kafka.inputs import Inputs
from streams.kafka.merge import Fetch
from streams.kafka.opening import Kept, Shared, open_partition
from streams.kafka.outcome import messages_of
from streams.kafka.pace import Pace
from streams.kafka.transaction import Transactions
from streams.pipeline import Pipeline

IDLE_S: Final = 0.5
"""Least often that a quiet partition looks at its timers and at the markers after its last record."""
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
        self._breaker: Breaker | None = None
        self._plans: list[str] = []
        self._pause_s = PAUSE_S
        self._failures = Failures()
        self._pace = Pace(shared.settings.commit_interval_ms / 1000)

    # -- called by the worker

    def troubles(self) -> list[str]:
        """Return what a person must see to, in words."""
        return [] if self._breaker is None else Trouble.of(self._breaker).sentences()

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
        if self.phase not in {"running", "paused"}:
            task.cancel()  # nothing is open that could be finished
        _, unfinished = await asyncio.wait([task], timeout=timeout_s)
        if unfinished:
            log.warning("batch given up", extra={"partition": self.number})
            task.cancel()
            await asyncio.wait([task])
        self.phase = "parked"

    def receive(self, together: Iterable[Fetch]) -> None:
        """Take what is new of the partition's topics; never waits."""
        for fetch in together:
            self.inputs.receive(fetch)
        self._wake.set()

    def on_plan(self, plan_id: str) -> None:
        """Note that a plan is there, new or changed: what waited for it is released with the next batch."""
        is_waited_for = self._pipeline is not None and plan_id in self._pipeline.plans_waited_for()
        if is_waited_for and plan_id not in self._plans:
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
                self._shared.alarms.failed(self.number, error, retry_s=self._pause_s)
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
            await self._shared.broker.pause(self._pause_s)
            self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
            if await self._shared.source.owns(self.number):
                return

    # -- work

    async def _work(self, transactions: Transactions, kept: Kept) -> None:
        self._pipeline = pipeline = kept.pipeline
        self._plans = sorted(filter(self._shared.follower.catalog.plan, pipeline.plans_waited_for()))
        await self.inputs.open(kept.first_offsets)
        self._shared.alarms.committed(self.number, None, kept.breaker)
        self._show(kept.breaker)
        while not self._is_closing:
            await self._keep_pace(self._shared.settings.batch_records)
            work, done = await self._next(kept)
            if done is None:
                break
            if not await self._commit(transactions, kept, work, done):
                await self._rest(pipeline, work.idle_ms)
        pipeline.rollback()  # a clock that went on with nothing to commit

    async def _next(self, kept: Kept) -> tuple[Work, Done | None]:
        """Do what can be done in the next transaction; None: nothing, for the partition closes."""
        self._wake.clear()
        shared, breaker, clock_ms = self._shared, kept.breaker.copy(), kept.pipeline.clock_ms
        for about, order in shared.follower.orders.of(self.number).items():
            breaker.obey(about, order)
        if self._failures.are_many():
            breaker.stop(PauseReason.FAILURES, wall_ms=wall_clock_ms())
        work = Work([], [], wall_ms=wall_clock_ms(), breaker=breaker)
        if (what := breaker.sending()) is not None:
            return work, await take_held(shared.settings, self.number, what, breaker, clock_ms=clock_ms)
        if breaker.pause is not None:
            return work, Done(breaker=breaker)
        async with shared.turn:
            return (work, None) if self._is_closing else await self._take(kept, breaker)

    async def _take(self, kept: Kept, breaker: Breaker) -> tuple[Work, Done]:
        """Take what is there in order of arrival, as far as a transaction goes."""
        pipeline, shared = kept.pipeline, self._shared
        records = self.inputs.pop(shared.settings.batch_records)
        plans, self._plans = self._plans, []
        wall_ms, clock_ms = wall_clock_ms(), pipeline.clock_ms
        idle_ms = wall_ms - kept.lag_ms if self.inputs.is_drained() and not records else None
        work = Work(records, plans, wall_ms=wall_ms, idle_ms=idle_ms, breaker=breaker)
        with self._failures.counted():
            done = await process(
                pipeline,
                work,
                shared.settings.limits,
                read_catalog=shared.follower.read_to_end,
                on_defect=shared.alarms.defect,
            )
        self.inputs.put_back(records[done.taken_count :])
        if records:
            kept.note_clock(before_ms=clock_ms, wall_ms=wall_ms)
        return work, done

    async def _commit(self, transactions: Transactions, kept: Kept, work: Work, done: Done) -> bool:
        """Commit what was done; return False when there is nothing."""
        offsets = self.inputs.offsets()
        moved = {
            topic: offset for topic, offset in offsets.items() if kept.group_offsets.get(topic) != offset
        }
        is_same = done.breaker == kept.breaker
        if is_same and not (moved or done.outputs or done.has_fired or work.plans):
            return False
        started_s = time.monotonic()
        pipeline, settings = kept.pipeline, self._shared.settings
        with self._failures.counted():
            messages, told = messages_of(settings, kept, work, done, offsets=offsets)
        created = pipeline.created()
        kept.changelog_end = await transactions.commit(
            messages, {settings.topic(name): offset for name, offset in moved.items()}
        )
        pipeline.accept()
        kept.group_offsets = kept.first_offsets = offsets
        kept.tally.committed(pipeline, work.records[: done.taken_count], done.outputs, created)
        self._shared.alarms.committed(self.number, kept.breaker, done.breaker)
        kept.breaker, kept.told = done.breaker, told
        self._show(done.breaker)
        self._pause_s, self._failures.count = PAUSE_S, 0
        self._shared.metrics.commit_seconds.labels(str(self.number)).set(self._pace.note(started_s))
        return True

    def _show(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self.phase = "running" if breaker.pause is None else "paused"

    async def _keep_pace(self, enough_count: int) -> None:
        """Wait until the next commit is due, or a whole batch is there, or the partition closes."""
        while not self._is_closing and self.inputs.buffered_count() < enough_count:
            if (left_s := self._pace.left_s()) <= 0:
                return
            self._wake.clear()
            await self._woken(left_s)

    async def _rest(self, pipeline: Pipeline, idle_ms: int | None) -> None:
        """Wait for something to do: records, a plan, the end; on idle inputs also for a timer."""
        if self.inputs.is_drained():
            self._shared.movement.moved(self.number)
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
