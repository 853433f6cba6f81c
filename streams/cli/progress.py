"""A bar for what takes long: on standard error, on a terminal only, gone when it is done."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from streams.cli.files import read_lines, size_bytes

_STEP_BYTES: Final = 2**20


@contextmanager
def reading(files: Sequence[str], console: Console, *, is_shown: bool = True) -> Iterator[Iterator[bytes]]:
    """Return the lines of the files, as `read_lines` does, under a bar of the bytes.

    Raises: UnreadableError if a file cannot be read; one that is not there before any is.
    """
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    is_visible = console.is_terminal and is_shown
    with Progress(*columns, console=console, transient=True, disable=not is_visible) as progress:
        task = progress.add_task("", total=size_bytes(files))
        pending_bytes = 0

        def on_bytes(count: int) -> None:
            nonlocal pending_bytes
            pending_bytes += count
            if pending_bytes >= _STEP_BYTES:
                progress.advance(task, pending_bytes)
                pending_bytes = 0

        yield read_lines(files, on_bytes=on_bytes)


@contextmanager
def counting(what: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """Return what is told how much is done, and of how much, under a bar that says ``what`` is going on."""
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
