"""``usagewatch rebuild``: deletes what was counted, so that a worker counts all that is still there anew."""

import asyncio
import os
import time
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from schemas.times import format_instant
from streams import settings as environment
from streams.cli.muting import instant
from streams.kafka.rebuilding import Span, spans
from streams.kafka.rebuilding import rebuild as do_rebuild

_WIDTH: Final = 110


@click.command()
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@click.option(
    "--muted-until",
    "muted_until_ms",
    metavar="TIME",
    callback=instant,
    help="Write no notices and offers for what arrived before TIME (RFC 3339 with its offset); now if not "
    "said. It is kept with the partitions: workers need no option for it.",
)
@click.pass_context
def rebuild(context: click.Context, *, is_sure: bool, muted_until_ms: int | None) -> None:
    """Delete all states and the group's offsets; the next worker counts all that is still there anew.

    Says first what is gone: records that were counted and that Kafka has deleted since count no more. Then it
    asks. No worker may be at work.

    While the history is counted, states move and signals are written again, with the ids that they have
    already; notices and offers stay silent until TIME. What is still held of a subscriber's consents, port
    requests and contacts comes of the records that are still there.

    \b
    Examples:
      usagewatch rebuild
      usagewatch rebuild --yes --muted-until 2026-12-01T00:00:00+08:00 && usagewatch worker
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    settings = environment.load(os.environ)
    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    console.width = max(_WIDTH, console.width)
    console.print(_table(asyncio.run(spans(settings))))
    until_ms = time.time_ns() // 1_000_000 if muted_until_ms is None else muted_until_ms
    until = format_instant(until_ms)
    if not is_sure and not click.confirm(
        f"Delete all states of {settings.app_id}? Notices and offers stay silent until {until}.", err=True
    ):
        click.echo("nothing was changed", err=True)
        context.exit(1)
    count = asyncio.run(do_rebuild(settings, muted_until_ms=until_ms))
    click.echo(f"{count} partitions begin anew with the next worker, silent until {until}", err=True)


def _table(found: tuple[Span, ...]) -> Table:
    """Return what is still there of each input."""
    table = Table("input", "counted", "deleted since", "what is still there", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = table.columns[2].justify = "right"
    for span in found:
        first = (
            "nothing" if span.first_ms is None else f"what arrived from {format_instant(span.first_ms)} on"
        )
        newest = ", of each key the newest" if span.is_compacted and span.first_ms is not None else ""
        table.add_row(span.topic, f"{span.counted:,}", f"{span.gone:,}", first + newest)
    return table
