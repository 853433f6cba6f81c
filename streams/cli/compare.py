"""``usagewatch compare``: who differs from billing, and by how much."""

import asyncio
import contextlib
import os
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, TypedDict, Unpack

import click
from rich.console import Console

from schemas.topics import changelog
from streams import settings as environment
from streams.cli.compare_report import closing, json_lines, table
from streams.cli.files import UnreadableError, size_bytes
from streams.cli.progress import counting, reading
from streams.cli.rule_options import horizon_option, rules_with
from streams.compare.billing import Billing, BillingError, read_billing
from streams.compare.differences import Comparison, Tolerance
from streams.ledger import DEAD
from streams.replay import Replay

STDIN: Final = "-"
DIFFERENCES_MOST: Final = 100_000
"""Some 50 MB, and more than anybody reads."""
EXIT_DIFFERS: Final = 1


class Percent(click.ParamType):
    """A number of percent, exact."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the number, without what floating point would make of it."""
        text = str(value)
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
            self.fail("must be a number such as 0.5", param, ctx)
        return Fraction(text)


class Options(TypedDict):
    """The options as click gives them."""

    tolerance: int
    tolerance_percent: Fraction
    periods: tuple[object, ...]
    most: int
    is_json: bool
    dedupe_horizon_days: int | None


@click.command()
@click.argument("billing")
@click.argument("records", nargs=-1, metavar="[RECORDS]...")
@click.option(
    "--tolerance",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Octets, seconds or messages by which totals may differ and still be equal.",
)
@click.option(
    "--tolerance-percent",
    type=Percent(),
    default="0",
    show_default=True,
    help="Likewise in percent of billing's total; one of the two is enough.",
)
@click.option(
    "--period",
    "periods",
    multiple=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Compare this billing period only (its first day); may be given several times.",
)
@click.option(
    "--most",
    type=click.IntRange(1, DIFFERENCES_MOST),
    default=DIFFERENCES_MOST,
    show_default=True,
    help="List the largest differences only; all are counted.",
)
@click.option("--json", "is_json", is_flag=True, help="Write JSON lines instead of a table.")
@horizon_option
def compare(billing: str, records: tuple[str, ...], **options: Unpack[Options]) -> None:
    """Hold our totals against BILLING's and list who differs, by how much, the largest first.

    BILLING is a file (- is standard input) of what billing has counted: JSON lines or CSV with a heading,
    with subscriber_id, bucket, period (its first day, YYYY-MM-DD) and used, in octets, seconds or messages.
    More fields may be. JSON lines may also be balance.reported events, or envelopes of these; of several for
    one total the latest as_of counts. BILLING is in memory, some 300 bytes a row; our totals are not.

    Ours are those of a replay of RECORDS. Without any they are the cluster's: committed states, read in no
    group, so that nothing changes. Totals move while usage comes: export BILLING when it is quiet, or allow
    for it with a tolerance. A total that one side lacks is read as 0. Groups' shared totals are left out.

    Exit status 0 if all are equal, 1 if anything differs or a line or file cannot be read, 2 for wrong usage.
    Lines of BILLING that are no row are listed and left out.

    \b
    Examples:
      usagewatch compare billing.csv november.jsonl
      usagewatch compare billing.csv --period 2026-11-01 --tolerance-percent 0.1
      usagewatch compare billing.jsonl --json | jq -r .subscriber_id | sort -u
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    _check_usage(billing, records, options)
    settings = None if records else environment.load(os.environ)
    size_bytes([billing, *records])  # that all files are there is known before long work
    periods = frozenset(f"{period:%Y-%m-%d}" for period in options["periods"])
    console = Console(stderr=True)
    said = _read(billing, periods, console)
    comparison = Comparison(
        said.totals,
        tolerance=Tolerance(units=options["tolerance"], percent=options["tolerance_percent"]),
        most=options["most"],
        periods=periods,
    )
    if settings is None:
        _replay(comparison, records, options["dedupe_horizon_days"], console)
    else:
        asyncio.run(_look(comparison, settings, console))
    outcome = comparison.finish()
    click.get_binary_stream("stdout").writelines(
        json_lines(outcome.differences) if options["is_json"] else table(outcome.differences)
    )
    for line in closing(outcome):
        click.echo(line, err=options["is_json"])
    click.get_current_context().exit(EXIT_DIFFERS if outcome.unequal or said.fault_count else 0)


def _check_usage(billing: str, records: Sequence[str], options: Options) -> None:
    """Raises: UsageError for what cannot be meant."""
    if billing == STDIN and STDIN in records:
        raise click.UsageError("BILLING and RECORDS cannot both be standard input")
    if options["dedupe_horizon_days"] is not None and not records:
        raise click.UsageError("--dedupe-horizon-days is for a replay: name RECORDS")


def _read(file: str, periods: frozenset[str], console: Console) -> Billing:
    """Return what billing says; what cannot be read of it is said."""
    with reading([file], console) as lines:
        try:
            said = read_billing(lines, periods=periods)
        except BillingError as error:
            raise UnreadableError(f"{file}: {error}") from error
    for fault in said.faults:
        click.echo(f"error: {file}: {fault}", err=True)
    if more := said.fault_count - len(said.faults):
        click.echo(f"error: {file}: and {more:,} more of such lines", err=True)
    if said.other_count:
        click.echo(f"note: {file}: {said.other_count:,} records of other kinds passed over", err=True)
    return said


def _replay(
    comparison: Comparison, files: Sequence[str], dedupe_horizon_days: int | None, console: Console
) -> None:
    """Give the states after a replay of the files to the comparison."""
    run = Replay(rules=rules_with(dedupe_horizon_days=dedupe_horizon_days))
    with reading(files, console) as lines:
        for _ in run.run(lines):
            pass
    for key, state in run.pipeline.states():
        comparison.take(key, state)
    summary = run.summary()
    dead = sum(count for (_, disposition), count in summary.records.items() if disposition == DEAD)
    click.echo(
        f"ours: {summary.lines:,} lines replayed, {dead:,} rejected",
        err=True,
    )


async def _look(comparison: Comparison, settings: environment.Settings, console: Console) -> None:
    """Give the cluster's states to the comparison."""
    from streams.kafka.states import read_states  # noqa: PLC0415 - a replay needs no client of Kafka

    count = 0
    with counting("reading states", console) as on_progress:
        async with contextlib.aclosing(read_states(settings, on_progress=on_progress)) as states:
            async for key, state in states:
                comparison.take(key, state)
                count += 1
    topic = settings.topic(changelog(settings.app_id).name)
    click.echo(f"ours: {count:,} states in {topic}", err=True)
