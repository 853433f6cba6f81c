"""Which dead letters a person asks for, the same for looking and for sending back; and how it is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.errors import Reason
from schemas.topics import INPUTS
from streams.cli.muting import instant
from streams.kafka.verdicts import Moved

WIDTH: Final = 140

topic_option = click.option(
    "--topic",
    "topics",
    type=click.Choice(INPUTS),
    multiple=True,
    help="Only records of this input topic; again for more.",
)
since_option = click.option(
    "--since",
    "since_ms",
    metavar="TIME",
    callback=instant,
    help="Only what was rejected then or later (RFC 3339 with its offset).",
)
reasons: Final = click.Choice([reason.value for reason in Reason])


@contextmanager
def progress(what: str) -> Iterator[Moved]:
    """Show how far one is, on standard error, on a terminal only; gone when it is done."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def new_table(*left: str, right: tuple[str, ...] = ()) -> Table:
    """Return a plain table with these columns, the ones in ``right`` aligned to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in left:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name != "detail")
    return table


def print_table(table: Table) -> None:
    """Print a table; on a terminal as wide as that."""
    console = Console(highlight=False, emoji=False, markup=False)
    console.width = console.width if console.is_terminal else WIDTH
    console.print(table)
