"""Back-test ``forecast`` on simulated subscribers: ``make bench-forecast``.

Straight line (the newest 168 hours, as every day) against a rate by weekday (the newest 35 days), and as a
control the same 35 days without their weekdays. For each limited bucket of data or voice in one billing
period: was it forecast to run out, and did it? Right, false (alarms) and missed are cases; lead is the median
from the first forecast to the allowance's end, in days; told are subscribers with at least one forecast, and
p50, p90 and most how many each of these hears.

Simulated people differ in their days, hardly in their weekdays (weekends have a fifth more), and a tenth use
three times as much in the first half. So looking back further pays here, as the control shows, more than
weekdays do; where habits change within a month it pays less (--drift).
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import json
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.backtest import NOISE_POINTS, RATES, RULE, STRAIGHT, WEEKDAY, Case, Score, better, follow, score
from bench.two_months import two_months
from streams.simulate import DEFAULT_MONTH, DEFAULT_SEED

SUBSCRIBERS: Final = 5_000
DRIFT: Final = 0.5
"""Estimate: months of one person are then correlated (logarithms, within a plan) by about 0.9."""
ALL: Final = "all"
_WIDTH: Final = 120
_NUMBERS: Final = (
    *("cases", "ran out", "right", "false", "missed", "precision %", "recall %", "F1 %"),
    *("lead", "told", "p50", "p90", "most"),
)

_EXAMPLES: Final = """\
examples:
  python -m bench.forecast                      5,000 subscribers, about a minute on one core
  python -m bench.forecast --subscribers 500    the same, rough, in six seconds
  python -m bench.forecast --drift 1            months of one person that differ more
  python -m bench.forecast --new                nothing known from before the period
  python -m bench.forecast --json | jq .rates   every figure, for a machine
"""


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.forecast",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--subscribers", type=int, default=SUBSCRIBERS, metavar="N")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the simulation")
    parser.add_argument(
        "--drift",
        type=float,
        default=DRIFT,
        metavar="SIGMA",
        help="of the lognormal factor between a person's two months: 0 none, 0.5 from -40 to +65 percent",
    )
    parser.add_argument("--new", action="store_true", help="leave out the month before the period")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    given = parser.parse_args(arguments)
    began_s, record_count, cases = time.process_time(), 0, list[Case]()
    for number in track(range(given.subscribers), "back-test", console=Console(stderr=True), transient=True):
        life = two_months(given.seed, number, month=DEFAULT_MONTH, drift=given.drift, is_new=given.new)
        record_count += len(life.records)
        cases += follow(life, number)
    scores = {rate: by_bucket(cases, rate) for rate in RATES}
    kept = better(scores[STRAIGHT][ALL], scores[WEEKDAY][ALL])
    facts = {**vars(given), "records": record_count, "cpu_s": round(time.process_time() - began_s, 1)}
    if given.json:
        found = {**facts, "rates": scores, "better": kept, "default": RULE.rate}
        print(json.format(json.encode(found)).decode())
        return
    show(scores)
    print(
        f"{given.subscribers:,} subscribers (seed {given.seed}), {record_count:,} records of data and voice, "
        f"{facts['cpu_s']} s.\n"
        f"Better: {kept}, by F1 if by {NOISE_POINTS:g} point or more, else {STRAIGHT}. "
        f"In the product: {RULE.rate}."
    )


def by_bucket(cases: list[Case], rate: str) -> dict[str, Score]:
    """Return the score of a rate over all cases, then by bucket, the most frequent first."""
    buckets = Counter(case.bucket for case in cases)
    return {ALL: score(cases, rate)} | {
        bucket: score([case for case in cases if case.bucket == bucket], rate)
        for bucket, _ in buckets.most_common()
    }


def show(scores: dict[str, dict[str, Score]]) -> None:
    """Print the table."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("rate", "bucket"):
        table.add_column(heading, no_wrap=True)
    for heading in _NUMBERS:
        table.add_column(heading, justify="right", no_wrap=True)
    for rate, buckets in scores.items():
        for bucket, one in buckets.items():
            table.add_row(rate if bucket == ALL else "", bucket, *_numbers(one))
        table.add_section()
    Console(width=_WIDTH).print(table)


def _numbers(one: Score) -> Iterator[str]:
    for count in (one.cases, one.ran_out, one.right, one.false, one.missed):
        yield f"{count:,}"
    for share in (one.precision, one.recall, one.f1):
        yield f"{100 * share:.1f}"
    yield f"{one.lead_days:.1f}"
    for number in (one.hearing, *one.times):
        yield f"{number:,g}"


if __name__ == "__main__":
    main()
