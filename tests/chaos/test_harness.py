"""A chaos run is worth as much as what it finds: workers that are broken on purpose must not pass."""

import asyncio
import signal

import pytest

from schemas.topics import CDR
from tests.chaos.cluster import SESSION_MS, Cluster, HurtWorker, Make, within
from tests.chaos.load import Load
from tests.chaos.offsets import asking
from tests.chaos.points import Point
from tests.chaos.verdict import Verdict, judge

pytestmark = pytest.mark.kafka

LOAD = Load(seed=5, subscriber_count=1_500, record_count=6_000, slice_count=2)
STRUCK_S = 30.0
STUCK_S = 15.0
"""Nothing has moved for so long: a worker that refuses to go on is found out too."""


class Trial:
    """One cluster of workers that are broken in one way, and its load."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.load = LOAD.write(cluster.folder / "load.jsonl")

    @classmethod
    async def of(cls, make: Make, way: str) -> "Trial":
        """Return a trial whose topics hold profiles, plans and groups."""
        trial = cls(await make(f"{way}.", way=way))
        await trial.cluster.feed(trial.load, trial.load.opening)
        return trial

    async def worker(self) -> HurtWorker:
        """Return a worker that has read all that there is: profiles, of which nothing is said."""
        worker = self.cluster.start()
        async with asking(self.cluster.settings) as offsets:
            await offsets.drained()
        return worker

    async def day(self, number: int) -> None:
        """Feed a day of the load."""
        await self.cluster.feed(self.load, *self.load.days[number])

    async def verdict(self) -> Verdict:
        """Return what is found once all is read, or nothing moves any more."""
        await self.cluster.feed(self.load, self.load.closing)
        async with asking(self.cluster.settings) as offsets:
            try:
                await offsets.drained(limit_s=STUCK_S)
            except TimeoutError as error:
                self.cluster.complaints.append(str(error))
        await self.cluster.end()
        return await judge(self.cluster.settings, self.load.path)


async def after_a_kill(make: Make, *, way: str, point: Point) -> Verdict:
    """Return what is found when a worker that is broken in that way was killed at that point."""
    trial = await Trial.of(make, way)
    killed = await trial.worker()
    killed.points.arm(point)
    await trial.day(0)
    assert await killed.ended(STRUCK_S)
    await trial.cluster.kill(killed)
    trial.cluster.start()
    await trial.day(1)
    return await trial.verdict()


async def test_offsets_committed_before_outputs_are_found(make_cluster: Make) -> None:
    """Killed between the two, a worker has lost what it had not said yet."""
    verdict = await after_a_kill(make_cluster, way="offsets-first", point=Point.BETWEEN)

    assert verdict.lost
    assert not verdict.twice


async def test_a_restore_of_what_was_never_committed_is_found(make_cluster: Make) -> None:
    """States that a killed worker had sent are taken for true, so its records are taken for known."""
    verdict = await after_a_kill(make_cluster, way="read-uncommitted", point=Point.OFFSETS)

    assert verdict.lost
    assert verdict.ledger


async def test_workers_that_do_not_fence_each_other_are_found(make_cluster: Make) -> None:
    """One that was away for longer than its session commits what its heir has said already."""
    trial = await Trial.of(make_cluster, "unfenced")
    sleeper = await trial.worker()
    sleeper.points.arm(Point.FREEZE)

    await trial.day(0)
    struck = await within(STRUCK_S, lambda: sleeper.points.has_struck(Point.FREEZE))
    trial.cluster.start()
    async with asking(trial.cluster.settings) as offsets:
        # The heir says what the sleeper is about to; groups' usage it cannot read past an open transaction.
        await offsets.caught_up(trial.cluster.settings.topic(CDR))
    await asyncio.sleep(SESSION_MS / 1000)
    sleeper.send(signal.SIGCONT)
    await trial.day(1)
    verdict = await trial.verdict()

    assert struck
    assert verdict.twice


async def test_a_worker_that_is_stopped_while_it_starts_is_no_complaint(make_cluster: Make) -> None:
    """It has joined nothing and holds nothing; one that has begun ends well."""
    cluster = await make_cluster("early.")
    early, begun = cluster.start(), cluster.start()

    await cluster.stop(early)
    assert await within(STRUCK_S, begun.has_begun)
    await cluster.stop(begun)

    assert (False, -signal.SIGTERM) == (early.has_begun(), early.status)
    assert (0, []) == (begun.status, cluster.complaints)
