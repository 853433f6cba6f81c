"""``usagewatch explain``: one subscriber's story, record by record."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Unpack

import click
import msgspec
from rich.console import Console

from schemas.times import format_instant
from streams.cli.explain_text import local, show
from streams.cli.muting import muted_until_option
from streams.cli.progress import reading
from streams.cli.regime_files import REGIMES_OPTION
from streams.cli.rule_options import RuleOptions, horizon_option, rules_with
from streams.explain import Step, story
from streams.explain.runs import in_runs

EXIT_UNKNOWN: Final = 1
_WIDTH: Final = 100


class Options(RuleOptions):
    """The options as click gives them."""

    is_json: bool
    is_whole: bool
    only_raised: bool
    first: datetime | None
    last: datetime | None


@click.command()
@click.argument("subscriber")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--json", "is_json", is_flag=True, help="One JSON object a step, for other programs; every step."
)
@click.option(
    "--all", "is_whole", is_flag=True, help="Tell every record by itself, also where nothing happens."
)
@click.option("--only-raised", is_flag=True, help="Leave out what raised nothing and changed no allowance.")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="From this day on: the local day on which a record's event happened (started_at, at), not on which "
    "it arrived; where it has no such time, on which it arrived.",
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Up to this day, included; likewise.")
@muted_until_option
@REGIMES_OPTION
@horizon_option
@click.pass_context
def explain(
    context: click.Context, subscriber: str, files: tuple[str, ...], **options: Unpack[Options]
) -> None:
    """Tell one subscriber's story: each record, what it moved, what was raised, what was not, and why.

    FILE is a path or - for standard input, as for `usagewatch replay`; all lines are taken, so that time goes
    on as it did. Times are the subscriber's local ones, of the event; the arrival stands beside it where it
    was an hour later or more. Records in a row that raise nothing are told as one, without --all.

    Nothing of anybody else is shown. Of a record of which key and value name two people, and of a broken
    line that names the subscriber, the place and the reason of the refusal are. Other lines of a group have
    no names. Exit status 1 when the files have nothing of the subscriber.

    \b
    Examples:
      usagewatch explain 8613800000001 november.jsonl
      usagewatch explain 8613800000001 november.jsonl --only-raised --from 2026-11-10
      usagewatch explain 8613800000001 november.jsonl --all --from 2026-11-10 --to 2026-11-10
      usagewatch explain 8613800000001 november.jsonl --json | jq 'select(.became == "dead")'
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    seen = Seen()
    with reading(files, Console(stderr=True), is_shown=not sys.stdout.isatty()) as lines:
        steps = _chosen(seen.of(story(lines, subscriber, rules_with(**_rules(options)))), options)
        if options["is_json"]:
            for step in steps:
                click.echo(msgspec.json.encode(_plain(step)))
        else:
            console = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
            console.width = min(_WIDTH, console.width) if console.is_terminal else _WIDTH
            for told in steps if options["is_whole"] else in_runs(steps):
                show(console, told)
    if not seen.count:
        click.echo(
            "usagewatch: nothing of that subscriber in the files: is the id spelled as in them?", err=True
        )
        context.exit(EXIT_UNKNOWN)


class Seen:
    """Counts the steps of a story, chosen or not."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps."""
        for step in steps:
            self.count += 1
            yield step


def _rules(options: Options) -> RuleOptions:
    """Return those of the options that a replay has too."""
    names = RuleOptions.__annotations__
    return {name: value for name, value in options.items() if name in names}  # type: ignore[return-value]


def _chosen(steps: Iterable[Step], options: Options) -> Iterator[Step]:
    """Yield the steps that the options ask for."""
    first, last = options["first"], options["last"]
    for step in steps:
        day = local(step.shown_ms, step.time_zone).date()
        if (first and day < first.date()) or (last and day > last.date()):
            continue
        if options["only_raised"] and not (
            step.outputs or step.refused or any(move.is_rearmed for move in step.moved)
        ):
            continue
        yield step


def _plain(step: Step) -> dict[str, Any]:
    """Return a step for other programs; times as in outputs."""
    fields: dict[str, Any] = msgspec.to_builtins(step)
    at = None if step.at_ms is None else format_instant(step.at_ms)
    return {**fields, "at": at, "arrived_at": format_instant(step.arrived_ms)}
