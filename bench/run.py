"""Measure Usagewatch on this machine: ``make bench``.

Four measurements, each printed as it ends: the replay of a file, the same with signals alone against all that
is said, one worker on a real broker behind a backlog, and the time from a record's production to its alert
being readable at a steady rate. Broker, feeder
and worker share the machine: read ratios rather than absolute numbers, and the median of several runs.
"""

import argparse
import asyncio
import gc
import os
import statistics
import time
from pathlib import Path

import msgspec

from bench.cluster import Cluster, lines_file
from bench.latency import measure
from bench.measure import cpu_s, peak_mb, percentile
from schemas.times import LAST_MS
from schemas.topics import CDR
from streams.cli import GC_THRESHOLDS
from streams.regimes.care import read_care
from streams.replay import Replay
from streams.rules import Rules
from streams.settings import AT_LEAST_ONCE, EXACTLY_ONCE
from streams.simulate import simulate
from streams.simulate.lean import uniform
from tests.kafka.broker import Broker
from tests.kafka.ports import free_port

SEED = 1
CARE_ROUNDS = 5
SLICE_LINES = 10_000


def main() -> None:
    """Run what the arguments ask for."""
    gc.set_threshold(*GC_THRESHOLDS)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=500_000)
    parser.add_argument("--subscribers", type=int, default=50_000)
    parser.add_argument(
        "--crossing",
        type=int,
        default=10,
        metavar="PERCENT",
        help="subscribers who go past 80 and 100 percent and over: three signals and what is said of them",
    )
    parser.add_argument(
        "--rounds", type=int, default=1, help="of the replay and the worker; medians are shown"
    )
    parser.add_argument("--rate", type=int, default=2_000, help="records/s of the latency measurement")
    parser.add_argument("--seconds", type=int, default=30, help="length of the latency measurement")
    parser.add_argument(
        "--guarantee", choices=[EXACTLY_ONCE, AT_LEAST_ONCE], default=EXACTLY_ONCE, help="of the workers"
    )
    parser.add_argument("--only", choices=["replay", "worker", "latency", "care"])
    arguments = parser.parse_args()
    path = lines_file(
        uniform(
            SEED,
            subscribers=arguments.subscribers,
            records=arguments.records,
            crossing_percent=arguments.crossing,
        )
    )
    try:
        if arguments.only in (None, "replay"):
            replay(path, arguments)
        if arguments.only in (None, "care"):
            care(path.read_bytes().splitlines(keepends=True), "uniform records")
            care(list(simulate()), "a simulated month")
        if arguments.only in ("replay", "care"):
            return
        with Broker(is_big=True) as broker:
            if arguments.only in (None, "worker"):
                worker(broker, path, arguments)
            if arguments.only in (None, "latency"):
                latency(broker, arguments)
    finally:
        path.unlink()


def replay(path: Path, arguments: argparse.Namespace) -> None:
    """Measure the replay of the file, outputs counted and thrown away."""
    lines = path.read_bytes().splitlines(keepends=True)
    rates, costs = [], []
    for _ in range(arguments.rounds):
        gc.collect()
        wall_s, used_s = time.perf_counter(), time.process_time()
        run = Replay()
        outputs = sum(1 for _ in run.run(lines))
        rates.append(len(lines) / (time.perf_counter() - wall_s))
        costs.append((time.process_time() - used_s) / len(lines) * 1e6)
    sizes = run.pipeline.sizes()
    state_bytes = sizes["state_bytes"] // sizes["subscribers"]
    report("replay", arguments.records, rates, costs, outputs=outputs, state_bytes_a_subscriber=state_bytes)


def care(lines: list[bytes], name: str) -> None:
    """Measure the whole pipeline against signals alone; the medians of `CARE_ROUNDS` are shown.

    Both run side by side, some lines each in turn: on a shared machine the one run after the other differs by
    more than what care costs.
    """
    whole = Rules.default()
    windows = msgspec.structs.replace(whole.windows, risks=())
    alone = msgspec.structs.replace(
        whole, windows=windows, care=read_care("version = 1"), muted_until_ms=LAST_MS
    )
    costs = [side_by_side(lines, alone, whole) for _ in range(CARE_ROUNDS)]
    signals, everything = (statistics.median(both) for both in zip(*costs, strict=True))
    more = statistics.median(one_whole / one_alone - 1 for one_alone, one_whole in costs)
    print(
        f"care     {len(lines):,} lines, {name}, {CARE_ROUNDS} rounds: signals alone {signals:.1f} µs, "
        f"with care and offers {everything:.1f} µs CPU a record, {more:+.1%}",
        flush=True,
    )


def side_by_side(lines: list[bytes], *rules: Rules) -> tuple[float, ...]:
    """Return what a line costs by each of the rules, in µs of CPU."""
    gc.collect()
    runs, used_s = [Replay(rules=one) for one in rules], [0.0] * len(rules)
    order = list(range(len(rules)))
    for start in range(0, len(lines), SLICE_LINES):
        for index in order:
            before_s = time.process_time()
            sum(1 for _ in runs[index].run(lines[start : start + SLICE_LINES]))
            used_s[index] += time.process_time() - before_s
        order.reverse()  # who comes second finds what both read in the cache
    return tuple(one / len(lines) * 1e6 for one in used_s)


def worker(broker: Broker, path: Path, arguments: argparse.Namespace) -> None:
    """Measure one worker from its first committed record to the end of the backlog."""
    rates, costs, peaks = [], [], []
    for number in range(arguments.rounds):
        cluster = Cluster(broker, f"backlog{number}-", USAGEWATCH_PROCESSING_GUARANTEE=arguments.guarantee)
        cluster.feed(path)
        with cluster.worker(free_port()) as process:
            begins_s = process.wait_for_records(CDR, 1)
            used_s, before = cpu_s(process.pid), process.committed(CDR)
            ends_s = process.wait_for_records(CDR, arguments.records)
            count = arguments.records - before
            rates.append(count / (ends_s - begins_s))
            costs.append((cpu_s(process.pid) - used_s) / count * 1e6)
            peaks.append(peak_mb(process.pid))
    report("worker", arguments.records, rates, costs, peak_mb=round(statistics.median(peaks)))


def latency(broker: Broker, arguments: argparse.Namespace) -> None:
    """Measure production → alert readable with ``read_committed`` at a steady rate."""
    cluster = Cluster(broker, "latency-", USAGEWATCH_PROCESSING_GUARANTEE=arguments.guarantee)
    records = arguments.rate * arguments.seconds
    with cluster.worker(free_port()) as process:
        process.wait_until_ready()
        waits_ms = asyncio.run(measure(cluster, records=records, per_second=arguments.rate))
        used_s = cpu_s(process.pid)
    shown = {f"p{percent}": round(percentile(waits_ms, percent)) for percent in (50, 90, 99)}
    print(
        f"latency  {arguments.rate:,} records/s for {arguments.seconds} s, {len(waits_ms):,} alerts: "
        + ", ".join(f"{name} {value} ms" for name, value in shown.items())
        + f", max {max(waits_ms):.0f} ms; worker CPU {used_s:.1f} s",
        flush=True,
    )


def report(name: str, records: int, rates: list[float], costs: list[float], **more: object) -> None:
    """Print the medians of one measurement."""
    print(
        f"{name:<8} {records:,} records, {len(rates)} rounds: {statistics.median(rates):,.0f} records/s, "
        f"{statistics.median(costs):.1f} µs CPU a record"
        + "".join(f", {key} {value:,}" for key, value in more.items()),
        flush=True,
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
