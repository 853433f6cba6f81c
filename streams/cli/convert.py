"""``usagewatch convert``: files of other formats to lines of a replay file."""

from collections.abc import Mapping
from typing import Final, NoReturn

import click

from streams.adapters.faults import InputFileError
from streams.adapters.seen_files import KEPT_DAYS
from streams.adapters.subscriber_ids import read_ids
from streams.cli.convert_run import ConvertRun, settle, wall_ms
from streams.cli.seen import remembered

EXIT_FAILED: Final = 1


@click.group()
def convert() -> None:
    """Turn files of other formats into lines of a replay file."""


@convert.command("nrtrde")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "--ids",
    "ids_file",
    type=click.Path(),
    help="CSV lines imsi,subscriber_id: the ids under which subscribers are known here.",
)
@click.option(
    "--seen",
    "seen_file",
    type=click.Path(),
    help=f"The files converted in the last {KEPT_DAYS} days; made if it is not there.",
)
@click.option(
    "--again", "is_again", is_flag=True, help="Convert files that repeat earlier ones all the same."
)
@click.option(
    "--provisional", "is_provisional", is_flag=True, help="Mark records as those that TAP replaces later."
)
def convert_nrtrde(
    *,
    files: tuple[str, ...],
    ids_file: str | None,
    seen_file: str | None,
    is_again: bool,
    is_provisional: bool,
) -> None:
    """Read NRTRDE 2.1 FILES (XML or BER, told apart by their content) and write one cdr line an event.

    Calls become voice, short messages sms, data sessions data, all roaming; charges are dropped, for the
    files name no currency. Name the files in the order in which they were made available.

    An IMSI that --ids does not have stays the subscriber's id. A file that cannot be read gives no line, an
    event that cannot be is left out, everything else is written; the exit status is then 1.

    A file that repeats an earlier one is skipped: the same content, or the same sender, recipient, sequence
    number and events. The same number with other events is a conflict: it is not converted, and the exit
    status is 1. Either way a line names the earlier file. --seen remembers files from call to call: it is
    written when all lines are, and one call at a time has it. If what reads the lines fails, convert --again.

    The same usage is billed days later by TAP files. With --provisional (WIRE.md, Provisional) a TAP record
    that names the one here in its `replaces` takes its place and nothing is counted twice. A record that
    comes with the mark and without is a conflict: mark all files of a sender, or none.

    \b
    Examples:
      usagewatch convert nrtrde NRFOO01BAR02*.nrt --ids ids.csv > roaming.jsonl
      usagewatch convert nrtrde in/*.nrt --seen seen.jsonl --provisional > new.jsonl
      cat plans.jsonl subscribers.jsonl roaming.jsonl | usagewatch replay -
    """  # noqa: D301 - \b is click's mark for lines that are not to be wrapped
    try:
        ids = None if ids_file is None else _ids(ids_file)
    except InputFileError as error:
        _fail(f"{ids_file}: {error}")
    run = ConvertRun(ids, is_again=is_again, is_provisional=is_provisional)
    try:
        with remembered(seen_file, now_ms=wall_ms()) as seen:
            for file in files:
                run.take(file, seen)
            settle()
    except InputFileError as error:
        _fail(f"{seen_file}: {error}")
    run.summarize(ids_file=ids_file, seen_file=seen_file)
    click.get_current_context().exit(EXIT_FAILED if run.is_failed else 0)


def _fail(message: str) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    click.get_current_context().exit(EXIT_FAILED)


def _ids(file: str) -> Mapping[str, str]:
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:  # noqa: PTH123 - a path is no use here, and `-` no special name
            return read_ids(lines)
    except OSError as error:
        raise InputFileError(error.strerror or "cannot be read") from error
