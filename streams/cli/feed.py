"""`usagewatch feed`: replay files into the input topics."""

import asyncio
import os
from typing import Final

import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from streams import settings
from streams.cli.files import read_lines, size_bytes
from streams.kafka.feed import BAD_SHOWN, Fed
from streams.kafka.feed import feed as write

PROGRESS_LINES: Final = 1_000


@click.command("feed")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--rate", type=click.IntRange(1, 10_000_000), help="Records a second; as fast as it goes if left out."
)
def feed(*, files: tuple[str, ...], rate: int | None) -> None:
    """Write replay files (- is standard input) into the input topics.

    Keys and timestamps are the file's; a key that is left out is taken from the value, a timestamp too.
    Plans, add-ons, profiles and groups are acknowledged before what follows them is written. A line that is
    no record is said with its number and not written, and the exit status is 1; lines count from 1, across
    files.

    Usage and events are written side by side, a thousand lines at a time, and a worker that reads along takes
    what has arrived. One that starts when all is fed says to the letter what a replay says.

    \b
    Example:
      usagewatch feed plans.jsonl month.jsonl --rate 2000
    """  # noqa: D301
    loaded = settings.load(os.environ)
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("feeding {task.fields[line_count]:,} lines"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    task = progress.add_task("", total=size_bytes(files), line_count=0)
    read_bytes = line_count = 0

    def on_bytes(count: int) -> None:
        nonlocal read_bytes, line_count
        read_bytes += count
        line_count += 1
        if line_count % PROGRESS_LINES == 0:
            progress.update(task, completed=read_bytes, line_count=line_count)

    lines = read_lines(files, on_bytes=on_bytes)
    # uvloop: 4 % less CPU a record here. The worker keeps away from it, and says why.
    with progress, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        fed = runner.run(write(loaded, lines, rate_per_s=rate, say=_say))
    _summarize(fed)
    if fed.bad_count:
        click.get_current_context().exit(1)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _summarize(fed: Fed) -> None:
    total = sum(fed.sent.values())
    per_s = total / fed.elapsed_s if fed.elapsed_s else 0.0
    topics = ", ".join(f"{topic} {count:,}" for topic, count in fed.sent.items())
    _say(f"fed {total:,} records in {fed.elapsed_s:.1f} s ({per_s:,.0f}/s){': ' if topics else ''}{topics}")
    for topic, count in fed.old.items():
        _say(
            f"{topic}: {count:,} records are older than its retention: a broker deletes such records, "
            "read or not. Topics made with `--retention forever` keep them"
        )
    if fed.bad_count:
        shown = "" if fed.bad_count <= BAD_SHOWN else f" (the first {BAD_SHOWN} are named above)"
        _say(f"{fed.bad_count:,} lines are not written{shown}")
