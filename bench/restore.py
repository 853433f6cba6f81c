"""Measure how long a worker takes to be back with its states: ``python -m bench.restore``.

The states are those of a simulated month's subscribers, over and over under other ids, taken into the
changelog with ``usagewatch state import``. Then one worker starts on all partitions. What starting costs
without any state is measured first, and shown apart.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from bench.cluster import PARTITION_COUNT, Cluster
from bench.measure import cpu_s, peak_mb
from streams.core.archive import Head, State, Tail, Writer
from streams.core.stored import Meta, decode_state, encode_state
from streams.kafka.topic_check import home_of
from streams.replay import Replay
from streams.simulate import simulate
from tests.kafka.broker import Broker
from tests.kafka.ports import free_port

SEED = 7
TEMPLATES = 200
LIMIT_S = 1_800
RESTORED = "usagewatch_restored_records_total"


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="starts of a worker; all are shown")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Broker(is_big=True) as broker:
        # The first start of all also waits for the broker's own topics.
        empty = [started(Cluster(broker, f"empty{number}-")) for number in range(2)][-1]
        cluster = Cluster(broker, "restore-")
        file = Path(folder) / "states"
        size_bytes = write(file, arguments.subscribers)
        before_s = time.monotonic()
        cluster.run("state", "import", str(file), is_quiet=True)
        took_s = time.monotonic() - before_s
        print(
            f"{arguments.subscribers:,} states, {size_bytes / 1e6:,.0f} MB, {PARTITION_COUNT} partitions; "
            f"import {took_s:.1f} s, {arguments.subscribers / took_s:,.0f} states/s; "
            f"a start without states {empty.seconds:.1f} s",
            flush=True,
        )
        for _ in range(arguments.rounds):
            one = started(cluster)
            own_s, own_cpu_s = one.seconds - empty.seconds, one.cpu_s - empty.cpu_s
            print(
                f"restore  ready {one.seconds:.1f} s after the start, {own_s:.1f} s of it for "
                f"{one.records:,} records: {one.records / own_s:,.0f} records/s, "
                f"{own_cpu_s / one.records * 1e6:.0f} µs CPU a record; "
                f"worker {one.megabytes:,.0f} MB at most",
                flush=True,
            )


class Start(NamedTuple):
    """One start of a worker until all its partitions run."""

    seconds: float
    cpu_s: float
    records: int
    """Restored."""
    megabytes: float
    """At most."""


def started(cluster: Cluster) -> Start:
    """Return what a worker's start took."""
    port, begins_s = free_port(), time.monotonic()
    with cluster.worker(port) as worker:
        seconds = worker.wait_until_ready(LIMIT_S) - begins_s
        return Start(seconds, cpu_s(worker.pid), worker.sum_of(RESTORED), peak_mb(worker.pid))


def write(file: Path, count: int) -> int:
    """Write an archive of so many subscribers' states; return the bytes of the states."""
    metas = tuple(
        Meta(offsets={}, partition_count=PARTITION_COUNT, clock_ms=1) for _ in range(PARTITION_COUNT)
    )
    head = Head(app_id="bench", written_ms=0, partition_count=PARTITION_COUNT, metas=metas, unread={})
    size_bytes = 0
    with file.open("wb") as stream:
        writer = Writer(stream.write, head)
        for state in states(count):
            writer.add(state)
            size_bytes += len(state.value)
        writer.close(Tail(state_count=count))
    return size_bytes


def states(count: int) -> Iterator[State]:
    """Yield so many subscribers' states."""
    run = Replay()
    for _ in run.run(simulate(SEED, TEMPLATES)):
        pass
    templates = [decode_state(data) for key, data in run.pipeline.states() if "/" not in key]
    for number, state in enumerate(islice(cycle(templates), count)):
        state.id = f"restore-{number:09}"
        key = state.id.encode()
        yield State(home_of(key, PARTITION_COUNT), key, encode_state(state))


if __name__ == "__main__":
    main()
