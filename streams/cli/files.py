"""Reading replay files: line by line, bounded, with a clear word when one cannot be read."""

import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from schemas.errors import UsagewatchError

LINE_BYTES_MAX: Final = 16 * 2**20
"""Far above Kafka's largest record. Of a longer line only so much is given, which is no envelope then."""


class UnreadableError(UsagewatchError):
    """A file cannot be read."""


def read_lines(
    paths: Iterable[str], *, on_bytes: Callable[[int], object] = lambda _count: None
) -> Iterator[bytes]:
    """Yield the lines of all files in order, with their line feeds; ``-`` is standard input.

    ``on_bytes`` hears how many bytes each line had.
    Raises: UnreadableError, as soon as it is reached, for a file that cannot be read.
    """
    for path in paths:
        try:
            if path == "-":
                yield from _lines(sys.stdin.buffer, on_bytes)
            else:
                with Path(path).open("rb") as file:
                    yield from _lines(file, on_bytes)
        except OSError as error:
            raise UnreadableError(f"cannot read {path}: {error.strerror or error}") from error


def size_bytes(paths: Iterable[str]) -> int | None:
    """Return how many bytes the files hold in all, None where that is unknown before they are read.

    Raises: UnreadableError if a file is not there: better before anything is done than in the middle.
    """
    total_bytes = 0
    is_known = True
    for path in paths:
        if path == "-":
            is_known = False
            continue
        try:
            status = Path(path).stat()
        except OSError as error:
            raise UnreadableError(f"cannot read {path}: {error.strerror or error}") from error
        is_known = is_known and stat.S_ISREG(status.st_mode)
        total_bytes += status.st_size
    return total_bytes if is_known else None


def _lines(file: BinaryIO, on_bytes: Callable[[int], object]) -> Iterator[bytes]:
    while line := file.readline(LINE_BYTES_MAX):
        on_bytes(len(line))
        rest = line
        while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX)
            on_bytes(len(rest))
        yield line
