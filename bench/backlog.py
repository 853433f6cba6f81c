"""Measure what a worker holds behind a large backlog: ``python -m bench.backlog``.

The records are there before it starts, 5,000,000 unless told. Shown as it goes: how many are counted, and the
most that the process has held so far. It ends with status 1 when that exceeds what `streams` promises.
"""

import argparse
import sys
import time

from bench.cluster import PARTITION_COUNT, Cluster, lines_file
from bench.measure import peak_mb
from bench.run import SEED
from schemas.topics import CDR
from streams.simulate.lean import uniform
from tests.kafka.broker import Broker
from tests.kafka.ports import free_port

PROCESS_MB = 150
STATE_TIMES = 3
PARTITION_MB = 32 + 10_000 * 0.010
"""Buffers, and a transaction of as many records as a worker takes unless told."""
SHOW_EVERY_S = 15


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--subscribers", type=int, default=50_000)
    arguments = parser.parse_args()
    path = lines_file(uniform(SEED, subscribers=arguments.subscribers, records=arguments.records))
    try:
        with Broker(is_big=True) as broker:
            cluster = Cluster(broker, "backlog-")
            cluster.feed(path)
            size_mb = path.stat().st_size / 1e6
            print(f"backlog  {arguments.records:,} records, {size_mb:,.0f} MB", flush=True)
            sys.exit(watched(cluster, arguments.records))
    finally:
        path.unlink()


def watched(cluster: Cluster, records: int) -> int:
    """Return 0 if the worker stays within its bound while it counts the records, 1 if not."""
    with cluster.worker(free_port()) as worker:
        begins_s = worker.wait_for_records(CDR, 1)
        counted = 0
        while counted < records:
            time.sleep(SHOW_EVERY_S)
            counted = worker.committed(CDR)
            print(f"backlog  {counted:,} counted, {peak_mb(worker.pid):,.0f} MB at most", flush=True)
        took_s = time.monotonic() - begins_s
        state_mb = sum(
            worker.sum_of(f'usagewatch_state_size{{partition="{number}",what="state_bytes"}}') / 1e6
            for number in range(PARTITION_COUNT)
        )
        bound_mb = PROCESS_MB + STATE_TIMES * state_mb + PARTITION_MB * PARTITION_COUNT
        peak = peak_mb(worker.pid)
    print(
        f"backlog  {records / took_s:,.0f} records/s; {peak:,.0f} MB at most, {state_mb:,.0f} MB of states; "
        f"bound {bound_mb:,.0f} MB: {'kept' if peak <= bound_mb else 'BROKEN'}",
        flush=True,
    )
    return 0 if peak <= bound_mb else 1


if __name__ == "__main__":
    main()
