"""The list of files that were converted already, on disk: locked, read, and replaced whole.

It is written when everything that was converted has been written, and not at all otherwise: a run that is cut
off is done again. The other order would call files converted whose lines never reached anybody.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from streams.adapters.faults import InputFileError
from streams.adapters.seen_files import SeenFiles, read_seen

LOCK_WAIT_S: Final = 10.0
_PAUSE_S: Final = 0.05


@contextmanager
def remembered(file: str | None, *, now_ms: int, wait_s: float = LOCK_WAIT_S) -> Iterator[SeenFiles]:
    """Return the list in ``file`` as of ``now_ms``, an empty one if there is none yet; no other run has it.

    The list is written back if the block ends without an exception. None: it lives for this block only.
    Raises: InputFileError when the list cannot be had or written.
    """
    if file is None:
        yield SeenFiles()
        return
    path = Path(file).resolve()  # a link stays a link to the list
    with _locked(path, wait_s):
        seen = _read(path, now_ms)
        yield seen
        _replace(path, seen)


@contextmanager
def _locked(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock beside the list. It is never removed: that would let two runs hold one each."""
    lock_path = path.with_name(f"{path.name}.lock")
    limit_s = time.monotonic() + wait_s
    try:
        lock = lock_path.open("ab")
    except OSError as error:
        raise InputFileError(f"cannot lock: {error.strerror or error}") from error
    with lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= limit_s:
                    raise InputFileError(f"another run has used it for {wait_s:g} s, try again") from error
                time.sleep(_PAUSE_S)
            else:
                break
        yield


def _read(path: Path, now_ms: int) -> SeenFiles:
    try:
        with path.open("rb") as lines:
            return read_seen(lines, now_ms=now_ms)
    except FileNotFoundError:
        return SeenFiles()
    except OSError as error:
        raise InputFileError(error.strerror or "cannot be read") from error


def _replace(path: Path, seen: SeenFiles) -> None:
    """Put the list in the place of the one before in one step, on the disk for good."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as stream:
            stream.writelines(line + b"\n" for line in seen.lines())
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise InputFileError(f"cannot be written: {error.strerror or error}") from error
