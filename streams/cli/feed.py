"""`usagewatch feed`: replay files into the input topics."""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from streams import settings
from streams.kafka.feed import BAD_SHOWN, Fed
from streams.kafka.feed import feed as write

STANDARD_INPUT: Final = "-"
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
    task = progress.add_task("", total=_total_bytes(files), line_count=0)
    with progress:
        fed = asyncio.run(write(loaded, _lines(files, progress, task), rate_per_s=rate, say=_say))
    _summarize(fed)
    if fed.bad_count:
        click.get_current_context().exit(1)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _lines(files: Sequence[str], progress: Progress, task: TaskID) -> Iterator[bytes]:
    """Yield the lines of the files, one file after the other, and move the progress."""
    read_bytes = line_count = 0
    for name in files:
        with click.open_file(name, "rb") as file:
            for line in file:
                yield line
                line_count += 1
                read_bytes += len(line)
                if line_count % PROGRESS_LINES == 0:
                    progress.update(task, completed=read_bytes, line_count=line_count)


def _total_bytes(files: Sequence[str]) -> int | None:
    """Return the size of all files; None if one has none, as a pipe.

    Raises: OSError before anything is written, if one cannot be found.
    """
    sizes = [Path(name).stat() for name in files if name != STANDARD_INPUT]
    is_known = len(sizes) == len(files) and all(stat.S_ISREG(one.st_mode) for one in sizes)
    return sum(one.st_size for one in sizes) if is_known else None


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
