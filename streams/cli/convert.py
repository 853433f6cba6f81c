"""``usagewatch convert``: files of other formats to lines of a replay file."""

from collections.abc import Mapping
from typing import Final

import click

from schemas.times import format_instant
from streams.adapters import nrtrde
from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde import Conversion
from streams.adapters.subscriber_ids import read_ids

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
@click.pass_context
def convert_nrtrde(context: click.Context, files: tuple[str, ...], ids_file: str | None) -> None:
    """Read NRTRDE 2.1 FILES (XML or BER, told apart by their content) and write one cdr line an event.

    Calls become voice, short messages sms, data sessions data, all roaming; charges are dropped, for the
    files name no currency. Name the files in the order in which they were made available.

    An IMSI that --ids does not have stays the subscriber's id. A file that cannot be read gives no line, an
    event that cannot be is left out, everything else is written; the exit status is then 1.

    \b
    Example:
      usagewatch convert nrtrde NRFOO01BAR02*.nrt --ids ids.csv > roaming.jsonl
      cat plans.jsonl subscribers.jsonl roaming.jsonl | usagewatch replay -
    """  # noqa: D301 - \b is click's mark for lines that are not to be wrapped
    try:
        ids = None if ids_file is None else _ids(ids_file)
    except InputFileError as error:
        click.echo(f"error: {ids_file}: {error}", err=True)
        context.exit(EXIT_FAILED)
    is_whole = True
    available_ms = charge_count = unmapped_count = 0
    for file in files:
        try:
            result = nrtrde.convert(_content(file), ids)
        except InputFileError as error:
            click.echo(f"error: {file}: {error}", err=True)
            is_whole = False
            continue
        _write(result.lines)
        _report(file, result, newest_ms=available_ms)
        available_ms = max(available_ms, result.available_ms)
        charge_count += result.charge_count
        unmapped_count += result.unmapped_count
        is_whole = is_whole and not result.fault_count
    if charge_count:
        click.echo(f"note: charges of {charge_count} events dropped, the files name no currency", err=True)
    if unmapped_count:
        click.echo(f"warning: {unmapped_count} events of an IMSI not in {ids_file} keep the IMSI", err=True)
    context.exit(0 if is_whole else EXIT_FAILED)


def _content(file: str) -> bytes:
    """Return what is in the file, at most one octet more than is allowed."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - a path is no use here, and `-` no special name
            return stream.read(nrtrde.FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InputFileError(error.strerror or "cannot be read") from error


def _ids(file: str) -> Mapping[str, str]:
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:  # noqa: PTH123 - as in `_content`
            return read_ids(lines)
    except OSError as error:
        raise InputFileError(error.strerror or "cannot be read") from error


def _write(lines: list[bytes]) -> None:
    """Write lines to standard output."""
    stream = click.get_binary_stream("stdout")
    stream.writelines(line + b"\n" for line in lines)
    stream.flush()


def _report(file: str, result: Conversion, *, newest_ms: int) -> None:
    """Say on standard error what is wrong or odd in one file."""
    said, count = result.event_count_said, result.event_count
    if said != count:
        what = f"says {said}" if said is not None else "is missing"
        click.echo(f"warning: {file}: CallEventsCount {what}, file has {count}", err=True)
    if result.available_ms < newest_ms:
        earlier = f"available since {format_instant(result.available_ms)}, earlier than the file before it"
        click.echo(f"warning: {file}: {earlier}: a replay wants its lines in order of arrival", err=True)
    if result.repeat_count:
        what = "repeat an earlier one in every value that is known, and will not be counted again"
        click.echo(f"warning: {file}: {result.repeat_count} events {what}", err=True)
    if result.unknown_fields:
        names = ", ".join(sorted(result.unknown_fields))
        click.echo(f"note: {file}: fields left out that are not known here: {names}", err=True)
    for fault in result.faults:
        click.echo(f"error: {file}: {fault}", err=True)
    if more := result.fault_count - len(result.faults):
        click.echo(f"error: {file}: and {more} more events left out", err=True)
