"""One call of ``usagewatch convert nrtrde``: what of its files is written, what is skipped, what is said."""

import io
import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import click

from schemas.times import format_instant
from streams.adapters import nrtrde
from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde import Conversion
from streams.adapters.seen_files import SeenFile, SeenFiles, events_sha256_of, sha256_of

_NS_PER_MS: Final = 1_000_000


class ConvertRun:
    """What becomes of each file, and what must be said of all of them together."""

    def __init__(self, ids: Mapping[str, str] | None, *, is_again: bool, is_provisional: bool) -> None:
        self.is_failed = False
        """Whether anything that was asked for is missing in the lines."""
        self._ids = ids
        self._is_again = is_again
        self._is_provisional = is_provisional
        self._newest_ms = 0
        self._counts: Counter[str] = Counter()

    def take(self, file: str, seen: SeenFiles) -> None:
        """Write the lines of a file, unless it repeats one that was seen, and remember it."""
        self._counts["files"] += 1
        try:
            content = _content(file)
            if self._is_known(file, content, seen):
                return
            result = nrtrde.convert(content, self._ids, is_provisional=self._is_provisional)
            described = _described(file, content, result)
            if self._is_repeat(file, described, seen):
                return
            seen.add(described)
        except InputFileError as error:
            self._refuse(file, str(error), "not readable")
            return
        _write(result.lines)
        _report(file, result, newest_ms=self._newest_ms)
        self._newest_ms = max(self._newest_ms, result.available_ms)
        self._counts["charges"] += result.charge_count
        self._counts["unmapped"] += result.unmapped_count
        self._counts["unnumbered"] += result.number is None
        self.is_failed = self.is_failed or bool(result.fault_count)

    def summarize(self, *, ids_file: str | None, seen_file: str | None) -> None:
        """Say what holds for all files, and how many there were."""
        counts = self._counts
        if counts["charges"]:
            click.echo(
                f"note: charges of {counts['charges']} events dropped, the files name no currency", err=True
            )
        if counts["unmapped"]:
            unmapped = f"{counts['unmapped']} events of an IMSI not in {ids_file} keep the IMSI"
            click.echo(f"warning: {unmapped}", err=True)
        if seen_file is not None and counts["unnumbered"]:
            without = f"{_plural(counts['unnumbered'], 'file')} without recipient or sequence number"
            click.echo(f"note: {without}: known again by the content alone", err=True)
        parts = [_plural(counts["files"], "file"), f"{_plural(counts['skipped'], 'duplicate')} skipped"]
        parts += [f"{counts[word]} {word}" for word in ("in conflict", "not readable") if counts[word]]
        click.echo(", ".join(parts), err=True)

    def _is_known(self, file: str, content: bytes, seen: SeenFiles) -> bool:
        """Return whether a file is skipped for its octets alone."""
        earlier = None if self._is_again else seen.of_content(sha256_of(content))
        if earlier is not None:
            self._skip(file, f"same content as {_told(earlier)}")
        return earlier is not None

    def _is_repeat(self, file: str, described: SeenFile, seen: SeenFiles) -> bool:
        """Return whether a file of new octets is not written; one that only looks like another is said."""
        if self._is_again:
            return False
        if (earlier := seen.of_number(described)) is not None:
            number = f"{described.sequence} from {described.sender} to {described.recipient}"
            if earlier.events_sha256 == described.events_sha256:
                self._skip(file, f"number {number} and all events as in {_told(earlier)}")
            else:
                why = f"conflict: number {number} was {_told(earlier)}, with other events; not converted"
                self._refuse(file, why, "in conflict")
            return True
        if (namesake := seen.of_name(described.name)) is not None:
            click.echo(f"warning: {file}: other content than {_told(namesake)}, of the same name", err=True)
        return False

    def _skip(self, file: str, why: str) -> None:
        click.echo(f"skipped: {file}: {why}", err=True)
        self._counts["skipped"] += 1

    def _refuse(self, file: str, why: str, word: str) -> None:
        click.echo(f"error: {file}: {why}", err=True)
        self._counts[word] += 1
        self.is_failed = True


def wall_ms() -> int:
    """Return milliseconds since 1970 by the wall clock."""
    return time.time_ns() // _NS_PER_MS


def settle() -> None:
    """Return when standard output has all lines, on the disk where it is a file."""
    stream = click.get_binary_stream("stdout")
    stream.flush()
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return
    if stat.S_ISREG(os.fstat(number).st_mode):
        os.fsync(number)


def _described(file: str, content: bytes, result: Conversion) -> SeenFile:
    """Return what is remembered of a file."""
    number = result.number
    return SeenFile(
        # A name that is no UTF-8 could not be written.
        name=os.fsencode(Path(file).name).decode(errors="backslashreplace"),
        sha256=sha256_of(content),
        events_sha256=events_sha256_of(result.record_ids),
        sender=number and number.sender,
        recipient=number and number.recipient,
        sequence=number and number.sequence,
        available_at=format_instant(result.available_ms),
        converted_at=format_instant(wall_ms()),
    )


def _told(earlier: SeenFile) -> str:
    return f"{earlier.name}, converted {earlier.converted_at}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _content(file: str) -> bytes:
    """Return what is in the file, at most one octet more than is allowed."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - a path is no use here, and `-` no special name
            return stream.read(nrtrde.FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InputFileError(error.strerror or "cannot be read") from error


def _write(lines: Iterable[bytes]) -> None:
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
