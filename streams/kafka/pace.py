"""How soon a partition commits again: under load fewer and larger transactions."""

import time
from typing import Final

PACE: Final = 2.0
"""Commits begin no sooner after each other than so many times as long as the last one took."""
PACE_MAX_S: Final = 0.5


class Pace:
    """One partition's pace. ``interval_s``: the least time between its commits."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_s = 0.0

    def note(self, started_s: float) -> float:
        """Let the next commit wait the longer, the longer this one took; return how long it took."""
        took_s = time.monotonic() - started_s
        self._next_s = started_s + min(
            max(took_s * PACE, self._interval_s), max(PACE_MAX_S, self._interval_s)
        )
        return took_s

    def left_s(self) -> float:
        """Return the time until the next commit is due, 0 or less when it is."""
        return self._next_s - time.monotonic()
