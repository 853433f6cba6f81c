"""With which record each thing was raised that is not raised again."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from streams.core.subscriber import Subscriber

Decoded = Mapping[str, Subscriber | None]


class Mark(NamedTuple):
    """What a state remembers as raised."""

    period: str
    """Empty: of the credit limit."""
    bucket: str
    """Empty: of the period or the bill as a whole."""
    generation: int
    name: str
    """``near_limit/80``, ``overage/0``, ``throttled``, ``credit_limit/50``, ``arrears``, ..."""


class Marks:
    """Marks of the states that a subscriber is told of, each with the line that has raised it.

    As many as the states hold, which are bounded.
    """

    def __init__(self) -> None:
        self._lines: dict[str, dict[Mark, int | None]] = {}

    def note(self, before: Decoded, after: Decoded, line: int) -> None:
        """Take in states as they are after a line; all that the subscriber is told of now."""
        for key, state in after.items():
            known = self._lines.get(key)
            if known is None:
                known = dict.fromkeys(marks_of(before.get(key)))  # raised before anybody looked
            self._lines[key] = {mark: known.get(mark, line) for mark in marks_of(state)}
        self._lines = {key: lines for key, lines in self._lines.items() if key in after}

    def line(self, key: str, mark: Mark) -> int | None:
        """Return the line that has raised a mark, None if that was before anybody looked."""
        return self._lines.get(key, {}).get(mark)


def marks_of(state: Subscriber | None) -> Iterator[Mark]:
    """Yield all that a state remembers as raised."""
    if state is None:
        return
    for period in state.periods:
        for bucket, usage in period.buckets.items():
            for name in usage.raised:
                yield Mark(period.day, bucket, usage.generation, name)
        for name in period.history.raised:
            yield Mark(period.day, "", 0, name)
    # A payment begins a generation in which what is still true stays raised.
    for name in () if state.bill is None else state.bill.raised:
        yield Mark("", "", 0, name)
