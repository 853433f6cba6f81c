"""``usagewatch state export`` and ``import``: all states to a file and back."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from schemas.errors import UsagewatchError
from schemas.times import format_instant, parse_instant
from streams import settings as environment
from streams.cli.files import UnreadableError
from streams.cli.progress import counting
from streams.core.archive import Head, Reader, State, Tail
from streams.kafka.exporting import export_states
from streams.kafka.importing import Source, import_states
from streams.kafka.origin import Origin

STDOUT: Final = "-"
_PROGRESS_EVERY: Final = 10_000


class _ReadFrom(click.ParamType):
    """Where reading goes on."""

    name = "stopped|beginning|end|TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Origin:
        """Return one of the three words, or an instant in milliseconds."""
        match value:
            case "stopped" | "beginning" | "end":
                return value
            case _:
                try:
                    return parse_instant(str(value))
                except ValueError:
                    words = "must be stopped, beginning, end or an instant like 2026-12-01T00:00:00Z"
                    self.fail(words, param, ctx)


@click.command("export")
@click.argument("file")
def export_command(file: str) -> None:
    """Write all committed states to FILE (- is standard output); no worker may be at work.

    One partition's states are in memory at a time, as in a worker. The file holds personal data: keep it as
    you keep the records.

    \b
    Examples:
      usagewatch state export states.usagewatch
      usagewatch state export - | gzip > states.gz
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    settings = environment.load(os.environ)
    path = Path(file)
    if file != STDOUT and path.exists():
        raise UnreadableError(f"{file} is there already: take another name, or remove it")
    part = path.with_name(f"{path.name}.part")
    with contextlib.ExitStack() as stack:
        try:
            target = sys.stdout.buffer if file == STDOUT else stack.enter_context(part.open("wb"))
            on_progress = stack.enter_context(counting("reading states", Console(stderr=True)))
            head, tail = asyncio.run(export_states(settings, target.write, on_progress=on_progress))
            target.flush()
        except BaseException as error:
            if file != STDOUT:
                part.unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, UsagewatchError):
                raise UnreadableError(f"cannot write {file}: {error.strerror or error}") from error
            raise
    if file != STDOUT:
        part.rename(path)
    for line in _said(head, tail):
        click.echo(line, err=True)


def _said(head: Head, tail: Tail) -> Iterator[str]:
    """Yield what a person should know of a file."""
    newest_ms = max((meta.clock_ms for meta in head.metas if meta is not None), default=0)
    until = f", counted until {format_instant(newest_ms)}" if newest_ms else ""
    yield f"{tail.state_count:,} states of {head.partition_count} partitions{until}"
    for topic, count in sorted(head.unread.items()):
        yield f"note: {count:,} of {topic} are not counted yet"
    for number, meta in enumerate(head.metas):
        if meta is not None and meta.breaker.pause is not None:
            yield f"note: partition {number} is paused, and stays so only among as many partitions"
    if tail.misrouted_count:
        yield (
            f"note: {tail.misrouted_count:,} states are in another partition than murmur2 gives, "
            f"{tail.torn_count:,} subscribers have more than one"
        )


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--read-from",
    "origin",
    type=_ReadFrom(),
    help="Which records of the inputs the states do not know yet; needed unless the inputs are empty.",
)
def import_command(file: Path, origin: Origin | None) -> None:
    """Take all states of FILE into an empty changelog, and set where reading goes on.

    The file is read once before, so that a broken one changes nothing. Among as many partitions as before
    each state stays where it was; among others it goes where Kafka's default partitioner puts its key. No
    worker may be at work, and none starts on states of which only a part is there.

    Offsets of one cluster mean nothing on another, so --read-from says where counting goes on:

    \b
      (nothing)   the inputs are empty: at their beginning
      stopped     these are the topics that the states were counted from, with as many partitions
      beginning   all that the inputs have is new to the states
      end         all that the inputs have is in the states
      TIME        what arrived from TIME on is new; a record of which the states know the identity
                  (USAGEWATCH_DEDUPE_HORIZON_DAYS) counts once all the same, so rather too early than too late

    \b
    To another cluster, with the producers stopped and the workers caught up:
      usagewatch state export states.usagewatch           stop the workers first
      USAGEWATCH_BOOTSTRAP_SERVERS=new:9092 usagewatch topics create --partitions 24
      USAGEWATCH_BOOTSTRAP_SERVERS=new:9092 usagewatch state import states.usagewatch

    \b
    To keep the states while something else is put right (the group's offsets have expired; inputs were made
    anew, or deleted before they were counted):
      usagewatch state export states.usagewatch && usagewatch rebuild
      usagewatch state import states.usagewatch --read-from stopped     or beginning
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    settings = environment.load(os.environ)
    console = Console(stderr=True)
    with counting("checking the file", console) as on_progress, _opened(file) as archive:
        for number, state in enumerate(archive.states()):
            if not number % _PROGRESS_EVERY:  # the file does not say before its end how many there are
                on_progress(state.partition, archive.head.partition_count)
        source = Source(archive.head, archive.tail, lambda: _states(file))
    with counting("writing states", console) as on_progress:
        offsets = asyncio.run(import_states(settings, source, origin=origin, on_progress=on_progress))
    for line in _said(source.head, source.tail):
        click.echo(line, err=True)
    count = len(next(iter(offsets.values())))
    click.echo(f"taken into {count} partitions; reading goes on there when a worker starts", err=True)
    for topic, at in offsets.items():
        click.echo(f"  {topic:<14} at {', '.join(str(at[number]) for number in sorted(at))}", err=True)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Reader]:
    try:
        with file.open("rb") as stream:
            yield Reader(stream.read)
    except OSError as error:
        raise UnreadableError(f"cannot read {file}: {error.strerror or error}") from error


def _states(file: Path) -> Iterator[State]:
    with _opened(file) as archive:
        yield from archive.states()
