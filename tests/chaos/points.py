"""Moments inside of a worker at which a chaos run strikes, and how it asks for them.

A point is armed by a file in the worker's folder; whoever comes by first takes the file away and strikes, so
each arming strikes once, in whichever partition is there first.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

FOLDER_VARIABLE: Final = "CHAOS_FOLDER"


class Point(StrEnum):
    """Where in a worker."""

    OUTPUTS = "outputs"
    """All outputs and states of a transaction are acknowledged, its offsets not yet sent: SIGKILL."""
    OFFSETS = "offsets"
    """Offsets too, only the end of the transaction is missing: SIGKILL."""
    COMMIT = "commit"
    """The end of the transaction is on its way to the broker, and nobody waits for the answer: SIGKILL."""
    RESTORE = "restore"
    """Some of a partition's changelog is read: SIGKILL."""
    FREEZE = "freeze"
    """As OFFSETS, but SIGSTOP: an open transaction is left to itself."""
    BETWEEN = "between"
    """Of a worker that is broken on purpose: between its two transactions, SIGKILL."""
    SLOW = "slow"
    """As long as it is armed, each commit takes so many milliseconds longer."""


class Points(NamedTuple):
    """The points of one worker process; ``folder`` is its own."""

    folder: Path

    def arm(self, point: Point, *, delay_ms: int = 0) -> None:
        """Ask for a strike; of COMMIT so long after the request was written."""
        unready = self.folder / f"{point}.unready"
        unready.write_text(str(delay_ms))
        unready.rename(self.folder / point)

    def disarm(self, point: Point) -> None:
        """Take back what was not struck yet."""
        (self.folder / point).unlink(missing_ok=True)

    def has_struck(self, point: Point) -> bool:
        """Tell whether the worker has come by since it was armed."""
        return (self.folder / f"{point}.struck").exists()

    def take(self, point: Point) -> int | None:
        """Return the delay if the point is armed and nobody else took it, None otherwise. For the worker."""
        struck = self.folder / f"{point}.struck"
        try:
            os.replace(self.folder / point, struck)  # noqa: PTH105 - one call that either wins or fails
        except FileNotFoundError:
            return None
        return int(struck.read_text())

    def is_armed(self, point: Point) -> bool:
        """Tell whether a strike is asked for."""
        return (self.folder / point).exists()

    def delay_ms(self, point: Point) -> int:
        """Return the delay while the point is armed, else 0. For the worker."""
        try:
            return int((self.folder / point).read_text())
        except FileNotFoundError:
            return 0
