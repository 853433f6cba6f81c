"""How each act is done to a cluster that is at work, and how long it takes to be back at work."""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from tests.chaos.cluster import SESSION_MS, TRANSACTION_MS, Cluster, HurtWorker, within
from tests.chaos.offsets import asking
from tests.chaos.plan import AWAY, Act, Step
from tests.chaos.points import Point

STRUCK_LIMIT_S: Final = 30.0
FROZEN_S: Final = SESSION_MS / 1000 * 1.5
AWAY_S: Final = TRANSACTION_MS / 1000 * 1.5
BACK_LIMIT_S: Final = 60.0
"""Issue 4: a worker recovers by itself within so long of its broker's return."""
SETTLES_S: Final = 0.5
"""A commit that was on its way when its worker died is through by then."""


class Scene:
    """A cluster at work on one step, and what is known of the steps before."""

    def __init__(self, cluster: Cluster, *, long_away_s: float = 120.0) -> None:
        self.cluster = cluster
        self.long_away_s = long_away_s
        self.back_s: dict[Act, list[float]] = defaultdict(list)
        """Seconds until every partition with unread records committed again, for each time it was done."""
        self.kill_count = 0
        self.missed_count = 0
        """Points that no partition came by: the worker was killed all the same."""
        self.idle_count = 0
        """Acts that found nothing unread to hit."""
        self.feeding: asyncio.Task[None] | None = None

    async def fed(self) -> None:
        """Return when the step's records are all there: a broker is not taken from under its feeder."""
        if self.feeding is not None:
            await self.feeding

    async def do(self, step: Step) -> float:
        """Do a step's act; return after how many seconds work went on everywhere."""
        random = Random(step.choice)  # noqa: S311 - a plan, nothing secret
        seconds = await ACTS[step.act](self, step, random)
        self.back_s[step.act].append(seconds)
        if step.act in AWAY and seconds > BACK_LIMIT_S:
            self.cluster.complaints.append(f"{step.act}: back at work after {seconds:.0f} s only")
        return seconds

    async def back_at_work(self, since_s: float | None = None) -> float:
        """Return the seconds from ``since_s`` (now) until every partition with unread records commits."""
        started_s = time.monotonic() if since_s is None else since_s
        await asyncio.sleep(SETTLES_S)
        async with asking(self.cluster.settings) as offsets:
            stand = await offsets.stand()
            self.idle_count += not stand.lag()
            await offsets.moved(stand)
        return time.monotonic() - started_s

    def victim(self, random: Random) -> HurtWorker:
        """Return the worker that it hits."""
        return random.choice(self.cluster.workers)

    async def killed(self, victim: HurtWorker) -> None:
        """Kill a worker; where it was the only one another starts at once, as a supervisor would do it."""
        self.kill_count += 1
        await self.cluster.kill(victim)
        if not self.cluster.workers:
            self.cluster.start()

    async def kill_at(self, victim: HurtWorker, point: Point, *, delay_ms: int = 0) -> None:
        """Let a worker kill itself at a point."""
        victim.points.arm(point, delay_ms=delay_ms)
        if not await victim.ended(STRUCK_LIMIT_S):
            self.missed_count += 1
        await self.killed(victim)


async def _kill(scene: Scene, _step: Step, random: Random) -> float:
    await scene.killed(scene.victim(random))
    return await scene.back_at_work()


def _kill_at(point: Point) -> "Do":
    async def kill(scene: Scene, _step: Step, random: Random) -> float:
        await scene.kill_at(scene.victim(random), point, delay_ms=random.choice((0, 1, 2, 5, 10, 20)))
        return await scene.back_at_work()

    return kill


async def _kill_restore(scene: Scene, _step: Step, random: Random) -> float:
    await scene.killed(scene.victim(random))
    started_s = time.monotonic()
    heir = scene.cluster.workers[-1] if len(scene.cluster.workers) == 1 else scene.cluster.start()
    await scene.kill_at(heir, Point.RESTORE)
    return await scene.back_at_work(started_s)


async def _kill_full(scene: Scene, _step: Step, random: Random) -> float:
    """A slice is many times what is buffered, so slow commits fill the queues to where they are held."""
    for worker in scene.cluster.workers:
        worker.points.arm(Point.SLOW, delay_ms=1_500)
    await scene.fed()
    await asyncio.sleep(4)
    victim = scene.victim(random)
    for worker in scene.cluster.workers:
        worker.points.disarm(Point.SLOW)
    await scene.killed(victim)
    return await scene.back_at_work()


async def _term(scene: Scene, _step: Step, random: Random) -> float:
    started_s = time.monotonic()
    await scene.cluster.stop(scene.victim(random))
    if not scene.cluster.workers:
        scene.cluster.start()
    return await scene.back_at_work(started_s)


async def _freeze(scene: Scene, _step: Step, random: Random) -> float:
    sleeper = scene.victim(random)
    sleeper.send(signal.SIGSTOP)
    return await _thawed(scene, sleeper)


async def _freeze_open(scene: Scene, _step: Step, random: Random) -> float:
    """Its transaction is open when the others take over, and it goes on to commit it when it wakes up."""
    sleeper = scene.victim(random)
    sleeper.points.arm(Point.FREEZE)
    if not await within(STRUCK_LIMIT_S, lambda: sleeper.points.has_struck(Point.FREEZE)):
        sleeper.points.disarm(Point.FREEZE)
        scene.missed_count += 1
        return await _freeze(scene, _step, random)
    return await _thawed(scene, sleeper)


async def _thawed(scene: Scene, sleeper: HurtWorker) -> float:
    """Wait until others have taken over and the session is long over, then let the sleeper go on."""
    started_s = time.monotonic()
    seconds = await scene.back_at_work()
    await asyncio.sleep(max(0.0, started_s + FROZEN_S - time.monotonic()))
    sleeper.send(signal.SIGCONT)
    return seconds


async def _slow(scene: Scene, _step: Step, _random: Random) -> float:
    """Longer than the group waits for a worker to let go, shorter than a transaction may be open."""
    for worker in scene.cluster.workers:
        worker.points.arm(Point.SLOW, delay_ms=TRANSACTION_MS - 1_000)
    scene.cluster.start()
    await asyncio.sleep(TRANSACTION_MS / 1000 + 2)
    for worker in scene.cluster.workers:
        worker.points.disarm(Point.SLOW)
    return await scene.back_at_work()


async def _down(scene: Scene, step: Step, random: Random) -> float:
    for worker in tuple(scene.cluster.workers):
        if random.random() < 0.5:
            await scene.cluster.stop(worker)
        else:
            scene.kill_count += 1
            await scene.cluster.kill(worker)
    await scene.fed()
    await scene.cluster.adjust(step.worker_count)
    return await scene.back_at_work()


def _broker(away_s: Callable[[Scene], float], *, is_killed: bool) -> "Do":
    async def away(scene: Scene, _step: Step, _random: Random) -> float:
        broker = scene.cluster.broker
        # One that starts without a broker says so and ends: its supervisor's affair, not its own.
        await within(STRUCK_LIMIT_S, lambda: all(worker.is_ready() for worker in scene.cluster.workers))
        await scene.fed()
        for worker in scene.cluster.workers:
            worker.points.arm(Point.SLOW, delay_ms=2_000)
        await asyncio.sleep(1)  # so that transactions are open when it goes
        await asyncio.to_thread(broker.kill if is_killed else broker.stop)
        for worker in scene.cluster.workers:
            worker.points.disarm(Point.SLOW)
        await asyncio.sleep(away_s(scene))
        await asyncio.to_thread(broker.start)
        return await scene.back_at_work()

    return away


Do = Callable[[Scene, Step, Random], Awaitable[float]]
ACTS: Final[dict[Act, Do]] = {
    Act.KILL_ALONE: _kill,
    Act.KILL_SHARED: _kill,
    Act.KILL_OUTPUTS: _kill_at(Point.OUTPUTS),
    Act.KILL_OFFSETS: _kill_at(Point.OFFSETS),
    Act.KILL_COMMIT: _kill_at(Point.COMMIT),
    Act.KILL_RESTORE: _kill_restore,
    Act.KILL_FULL: _kill_full,
    Act.TERM: _term,
    Act.FREEZE: _freeze,
    Act.FREEZE_OPEN: _freeze_open,
    Act.SLOW: _slow,
    Act.DOWN: _down,
    Act.BROKER_RESTART: _broker(lambda _: 0, is_killed=False),
    Act.BROKER_KILL: _broker(lambda _: 0, is_killed=True),
    Act.BROKER_AWAY: _broker(lambda _: AWAY_S, is_killed=True),
    Act.BROKER_LONG: _broker(lambda scene: scene.long_away_s, is_killed=True),
}
