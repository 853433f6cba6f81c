"""Progress bars of ``usagewatch demo``."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_PROGRESS_LINES: Final = 2_000


def progress_bar() -> Progress:
    """Return a progress bar on standard error that is silent where nobody looks."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def counted(lines_of_file: Iterable[bytes], progress: Progress, task: TaskID) -> Iterator[bytes]:
    """Yield the lines and move the bar, now and then."""
    count = 0
    for count, line in enumerate(lines_of_file, start=1):
        if count % _PROGRESS_LINES == 0:
            progress.advance(task, _PROGRESS_LINES)
        yield line
    progress.advance(task, count % _PROGRESS_LINES)
