"""``usagewatch simulate``: a month of invented subscribers as a replay file."""

from typing import BinaryIO, Final

import click

from streams.simulate import DEFAULT_MONTH, DEFAULT_SEED, DEFAULT_SUBSCRIBERS
from streams.simulate import simulate as simulated
from streams.simulate.month import Month


def month_text(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Return the month as given.

    Raises: BadParameter if it is none.
    """
    try:
        Month.of(text)
    except ValueError:
        raise click.BadParameter("not a month written YYYY-MM") from None
    return text


RECORDS_EACH: Final = 563
"""Of a subscriber in a month, about."""

seed_option = click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another seed, another month."
)
subscribers_option = click.option(
    "--subscribers",
    type=click.IntRange(1, 100_000),
    default=DEFAULT_SUBSCRIBERS,
    show_default=True,
    help=f"Each has some {RECORDS_EACH} records.",
)


@click.command()
@seed_option
@subscribers_option
@click.option("--month", default=DEFAULT_MONTH, show_default=True, callback=month_text, help="As YYYY-MM.")
@click.option(
    "--out", type=click.File("wb"), default="-", help="Where to write; standard output if not given."
)
def simulate(seed: int, subscribers: int, month: str, out: BinaryIO) -> None:
    """Write a month of invented subscribers as a replay file.

    The same seed, number and month give the same bytes. All people, numbers and prices are fictional. Some
    records are broken or late, the last by two months: to feed a cluster, take a month that is long past.

    \b
    Examples:
      usagewatch simulate --subscribers 50 --out month.jsonl
      usagewatch replay month.jsonl
      usagewatch simulate --month 2026-05 | usagewatch feed -
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    out.writelines(simulated(seed, subscribers, month=month))
