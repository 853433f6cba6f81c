"""Which files were converted already: one that comes again is known by its content, or by its number.

A record that is sent again is found by its identity, but that is remembered for days only; whole files are
remembered for `KEPT_MS`. They are numbered by sender and recipient, 1 to 99999 and then from 1 again, so a
number stands for one file only among those that were made available within that time of one another.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas.times import MS_PER_DAY, parse_instant
from streams.adapters.faults import InputFileError

KEPT_DAYS: Final = 45
"""Source: DOMAIN C7, dedupe window: what other mediation keeps files for."""
KEPT_MS: Final = KEPT_DAYS * MS_PER_DAY
FILES_MAX: Final = 1_000_000
"""Of 200 partners with a file every quarter of an hour, 45 days are 864,000. About 1 GB in memory."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class FileNumber(NamedTuple):
    """What numbers a file."""

    sender: str
    recipient: str
    sequence: int


class SeenFile(Struct, frozen=True, kw_only=True):
    """One file that was converted; a line of the list on disk has these fields."""

    name: str
    """Without its folders."""
    sha256: str
    """Of its octets."""
    events_sha256: str
    """Of its events' identities: the same in both encodings of one file."""
    sender: str | None = None
    recipient: str | None = None
    sequence: int | None = None
    available_at: str
    converted_at: str

    def __post_init__(self) -> None:
        """Raise ValueError for a text that is not what its field promises."""
        parse_instant(self.available_at)
        parse_instant(self.converted_at)
        if not _SHA256.fullmatch(self.sha256) or not _SHA256.fullmatch(self.events_sha256):
            raise ValueError("no SHA-256")

    @property
    def number(self) -> FileNumber | None:
        """What numbers the file, None if it does not say so."""
        if self.sender is None or self.recipient is None or self.sequence is None:
            return None
        return FileNumber(self.sender, self.recipient, self.sequence)


_decoder: Final = msgspec.json.Decoder(SeenFile)
_encoder: Final = msgspec.json.Encoder()


class SeenFiles:
    """The files that were converted within `KEPT_MS`."""

    def __init__(self, files: Iterable[SeenFile] = (), *, now_ms: int = 0) -> None:
        """Take the files that are not too old at ``now_ms``.

        Raises: InputFileError if there are more than `FILES_MAX`: to forget one would be to count it twice.
        """
        self._by_content: dict[str, SeenFile] = {}
        self._by_number: dict[FileNumber, list[SeenFile]] = {}
        self._by_name: dict[str, SeenFile] = {}
        for file in files:
            if now_ms - parse_instant(file.converted_at) < KEPT_MS:
                self.add(file)

    def add(self, file: SeenFile) -> None:
        """Take one more; one of the same content is the former no longer."""
        former = self._by_content.pop(file.sha256, None)
        if former is not None and former.number is not None:
            self._by_number[former.number].remove(former)
        if len(self._by_content) == FILES_MAX:
            raise InputFileError(f"more than {FILES_MAX:,} files in {KEPT_DAYS} days: keep several lists")
        self._by_content[file.sha256] = self._by_name[file.name] = file
        if file.number is not None:
            self._by_number.setdefault(file.number, []).append(file)

    def of_content(self, sha256: str) -> SeenFile | None:
        """Return the file that has the same octets."""
        return self._by_content.get(sha256)

    def of_number(self, file: SeenFile) -> SeenFile | None:
        """Return the newest file of the same sender, recipient and sequence number.

        One that was made available `KEPT_MS` or more before or after it is another turn of the numbers.
        """
        if file.number is None:
            return None
        available_ms = parse_instant(file.available_at)
        for other in reversed(self._by_number.get(file.number, [])):
            if abs(available_ms - parse_instant(other.available_at)) < KEPT_MS:
                return other
        return None

    def of_name(self, name: str) -> SeenFile | None:
        """Return the newest file of that name."""
        return self._by_name.get(name)

    def lines(self) -> Iterator[bytes]:
        """Yield the list as it is kept, without line feeds, in order of conversion."""
        return map(_encoder.encode, self._by_content.values())


def read_seen(lines: Iterable[bytes], *, now_ms: int) -> SeenFiles:
    """Return the list that was kept, without what is too old at ``now_ms``.

    Raises: InputFileError naming the first line that is none of it: a list with holes would let files pass.
    """
    return SeenFiles(_files(lines), now_ms=now_ms)


def events_sha256_of(record_ids: Iterable[str]) -> str:
    """Return in hex the SHA-256 of events' identities, whatever their order."""
    return hashlib.sha256("\n".join(sorted(record_ids)).encode()).hexdigest()


def sha256_of(content: bytes) -> str:
    """Return a file's SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _files(lines: Iterable[bytes]) -> Iterator[SeenFile]:
    for number, line in enumerate(lines, start=1):
        try:
            yield _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise InputFileError(f"line {number} is no entry of this list") from error
