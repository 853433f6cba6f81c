"""Measure how long a partition rests after a kill: ``python -m bench.takeover``.

Records come at a steady rate while a worker is killed with SIGKILL. The time runs from the kill until every
partition has committed something new: first where nobody else is there, and a new worker is started at once,
as a supervisor does it; then where a second worker takes over. Most of it is what the group needs to miss the
one that is gone (``USAGEWATCH_SESSION_TIMEOUT_MS``).
"""

import argparse
import asyncio
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from bench.cluster import LIMIT_S, PARTITION_COUNT, USAGEWATCH, Cluster, Worker, lines_file
from bench.run import SEED
from streams.settings import Settings
from streams.simulate.lean import uniform
from tests.chaos.acts import SETTLES_S
from tests.chaos.offsets import Offsets, asking
from tests.kafka.broker import Broker
from tests.kafka.ports import free_port

RATE_PER_S = 2_000
ROUND_S = 60
"""Far more than a round takes: so long there must be records."""


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="of each; all are shown")
    arguments = parser.parse_args()
    steady = 2 * arguments.rounds * ROUND_S * RATE_PER_S
    lines = uniform(SEED, subscribers=arguments.subscribers, records=arguments.subscribers + steady)
    opening = lines_file(islice(lines, 2 + 2 * arguments.subscribers))
    rest = lines_file(lines)
    try:
        with Broker(is_big=True) as broker:
            cluster = Cluster(broker, "takeover-")
            cluster.feed(opening)
            with fed_steadily(cluster, rest):
                asyncio.run(measure(cluster, arguments.rounds, arguments.subscribers))
    finally:
        opening.unlink()
        rest.unlink()


async def measure(cluster: Cluster, rounds: int, subscribers: int) -> None:
    """Kill again and again, and print what it took."""
    settings = Settings(
        bootstrap_servers=cluster.bootstrap_servers, topic_prefix=cluster.prefix, app_id="bench"
    )
    with ExitStack() as stack:

        def start() -> Worker:
            return stack.enter_context(cluster.worker(free_port()))

        async with asking(settings) as offsets:
            first = start()
            alone = []
            for _ in range(rounds):
                await at_work(offsets, first, PARTITION_COUNT)
                killed_s = killed(first)
                first = start()
                alone.append(await back_at_work(offsets, killed_s))
            report("the only worker", subscribers, alone)
            shared = []
            for _ in range(rounds):
                other = start()
                await at_work(offsets, other, PARTITION_COUNT // 2)
                killed_s = killed(first)
                first = other
                shared.append(await back_at_work(offsets, killed_s))
            report("one of two workers", subscribers, shared)


async def at_work(offsets: Offsets, worker: Worker, partition_count: int) -> None:
    """Return when the worker has its partitions and all that waited is read. Raises: TimeoutError."""
    await asyncio.to_thread(worker.wait_until_it_has, partition_count)
    async with asyncio.timeout(LIMIT_S):
        while (await offsets.stand()).lag() > RATE_PER_S:  # noqa: ASYNC110  # a broker's offsets are no event
            await asyncio.sleep(SETTLES_S)


def killed(worker: Worker) -> float:
    """Kill a worker; return the monotonic time at which it was done."""
    killed_s = time.monotonic()
    worker.kill()
    return killed_s


async def back_at_work(offsets: Offsets, since_s: float) -> float:
    """Return the seconds from ``since_s`` until every partition commits again."""
    await asyncio.sleep(SETTLES_S)
    await offsets.moved(await offsets.stand())
    return time.monotonic() - since_s


@contextmanager
def fed_steadily(cluster: Cluster, path: Path) -> Iterator[None]:
    """Feed records at `RATE_PER_S` meanwhile."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [USAGEWATCH, "feed", str(path), "--rate", str(RATE_PER_S)],
        env=cluster.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def report(who: str, subscribers: int, seconds: list[float]) -> None:
    """Print one line."""
    print(
        f"takeover {who}, {subscribers:,} subscribers, {RATE_PER_S:,} records/s: back at work "
        f"{statistics.median(seconds):.1f} s after the kill, at most {max(seconds):.1f} s "
        f"({', '.join(f'{one:.1f}' for one in seconds)})",
        flush=True,
    )


if __name__ == "__main__":
    main()
