"""``usagewatch state``: what a cluster knows of one subscriber; all that it knows, to a file and back."""

import asyncio
import os
import time
from typing import Any, Final

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.times import format_instant
from streams import settings as environment
from streams.cli.progress import counting
from streams.cli.state_files import export_command, import_command
from streams.core.canonical import canonical
from streams.core.stored import decode_state
from streams.explain.standing import Standing, ago, standing
from streams.kafka.states import FoundState, find_state

EXIT_UNKNOWN: Final = 1
SHOW: Final = "show"
_WIDTH: Final = 110


class _Group(click.Group):
    """Takes what is none of its commands as a subscriber to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command before a subscriber that comes without one."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [SHOW, *args]
        return super().parse_args(ctx, args)


@click.group("state", cls=_Group, subcommand_metavar="SUBSCRIBER | COMMAND [ARGS]...")
def state() -> None:
    """Show what the cluster's changelog has of SUBSCRIBER, as it is committed, and how old that is.

    Committed records are read, in no group: nothing changes, and a running worker is not disturbed. The state
    of a group is under group/ID, that of an account under account/ID.

    \b
    Examples:
      usagewatch state 8613800000001
      usagewatch state group/family-7 --json | jq .state.periods
      usagewatch state export states.usagewatch
    """  # noqa: D301  # click reads \b as "leave these lines as they are"


@state.command(SHOW)
@click.argument("subscriber")
@click.option("--json", "is_json", is_flag=True, help="One JSON object: the state, its age and its place.")
@click.option(
    "--canonical",
    "is_canonical",
    is_flag=True,
    help="The state alone, as JSON: equal for all who have taken the same records, wherever and how often.",
)
@click.pass_context
def show(context: click.Context, subscriber: str, *, is_json: bool, is_canonical: bool) -> None:
    """Show one subscriber's state; exit status 1 if there is none.

    Only the partition of the subscriber's key is read (murmur2), the others when it is not there: a producer
    that spreads keys otherwise can leave more than one state, and then each is shown. Volumes are spoken of
    with 1 GB for 1000 MB.

    \b
    Examples:
      usagewatch state 8613800000001
      usagewatch state show export                     a subscriber who is called like a command
      usagewatch state 8613800000001 --canonical > live.json
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    settings = environment.load(os.environ)
    with counting("reading states", Console(stderr=True)) as on_progress:
        found = asyncio.run(find_state(settings, subscriber, on_progress=on_progress))
    if not found:
        click.echo(
            "usagewatch: the changelog has no state of that subscriber: is the id spelled as in the records, "
            "and is something of them committed?",
            err=True,
        )
        context.exit(EXIT_UNKNOWN)
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = min(_WIDTH, console.width) if console.is_terminal else _WIDTH
    for one in found:
        if is_canonical:
            click.echo(_json(canonical(decode_state(one.data))))
        elif is_json:
            click.echo(_json(_plain(one)))
        else:
            _print(console, one)


state.add_command(export_command)
state.add_command(import_command)


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _plain(found: FoundState) -> dict[str, Any]:
    return {
        "key": found.key,
        "partition": found.partition,
        "committed_at": format_instant(found.committed_ms),
        "clock": format_instant(found.clock_ms),
        "behind": found.behind,
        "state": canonical(decode_state(found.data)),
    }


def _print(console: Console, found: FoundState) -> None:
    age = ago(time.time_ns() // 1_000_000 - found.committed_ms)
    console.print(Text.assemble((_safe(found.key), "bold"), f"  partition {found.partition}"))
    console.print(f"committed {age} ago, {format_instant(found.committed_ms)}; {_behind(found)}", style="dim")
    _print_standing(console, standing(decode_state(found.data), clock_ms=found.clock_ms))


def _behind(found: FoundState) -> str:
    """Return how far the state's partition is behind its inputs."""
    if not found.behind:
        return "its partition has counted all that is there"
    parts = ", ".join(f"{count:,} of {topic}" for topic, count in sorted(found.behind.items()))
    return f"its partition has yet to count {parts}, its clock is at {format_instant(found.clock_ms)}"


def _print_standing(console: Console, found: Standing) -> None:
    facts = Table.grid(padding=(0, 2))
    for name, words in found.facts:
        facts.add_row(Text(name, "dim"), _safe(words))
    console.print(facts)
    if found.buckets:
        columns = ("period", "plan", "bucket", "used", "allowance", "left", "", "charged", "raised")
        table = _table(*columns, right=(3, 4, 5, 6))
        for row in found.buckets:
            figures = (row.used, row.allowance, row.left, row.percent)
            named = (row.period, _safe(row.plan), row.bucket)
            table.add_row(*named, *figures, _safe(row.charged), ", ".join(row.raised))
        console.print("", table, sep="\n")
    if found.windows:
        table = _table("lately", "24 h", "7 days", "35 days", right=(1, 2, 3))
        for window in found.windows:
            table.add_row(window.bucket, window.last_day, window.last_week, window.last_days)
        console.print("", table, sep="\n")
    if found.grants:
        table = _table("grant", "bucket", "amount", "from", "until", right=(2,))
        for grant in found.grants:
            table.add_row(_safe(grant.addon), grant.bucket, grant.amount, grant.since, grant.until)
        console.print("", table, sep="\n")


def _safe(text: str) -> str:
    """Return text without what a terminal would obey: a plan may be called anything."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _table(*columns: str, right: tuple[int, ...]) -> Table:
    table = Table(*columns, box=None, padding=(0, 2, 0, 0), header_style="dim")
    for index in right:
        table.columns[index].justify = "right"
    return table
