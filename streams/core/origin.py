"""Which numbers were asked about from one device, or by one agent: three of them are no family any more.

It is a state of its own, under a hash of the device or agent, and forgets all once nothing is newer than the
span that its regime looks at. A line is told by its first question of the span: that comes before the line's
others whichever line's word is ahead, so its signal has the same identity in every run.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

ASK_COUNT_MAX: Final = 64
"""The newest are kept; more lines than these are told as soon as the rule is met, not after."""
ASKS_OF_LINE_MAX: Final = 4
"""The first and the newest: who asks again and again does not push out the others."""


class Ask(Struct, array_like=True, gc=False):
    """A question about a line."""

    line: str
    at_ms: int
    partition: int
    offset: int
    record_id: str
    """Where its event lies."""
    source: str
    is_told: bool = False
    """The line has heard that it is one of several."""


class Origin(Struct, array_like=True, gc=False):
    """The questions that came from one device or agent."""

    asks: tuple[Ask, ...] = ()
    """Ascending by event time; bounded by `ASK_COUNT_MAX`, of one line by `ASKS_OF_LINE_MAX`."""
    ends_ms: int = 0
    """Timer: when nothing of it matters any more."""

    def next_due_ms(self) -> int | None:
        """Return when it is to be forgotten."""
        return self.ends_ms

    def note(self, ask: Ask, *, span_ms: int, arrival_ms: int) -> None:
        """Take in a question."""
        same = [one for one in self.asks if one.line == ask.line]
        ask.is_told = any(one.is_told and abs(ask.at_ms - one.at_ms) < span_ms for one in same)
        asks = sorted((*self.asks, ask), key=lambda one: (one.at_ms, one.line))
        if len(same) >= ASKS_OF_LINE_MAX:
            asks.remove([one for one in asks if one.line == ask.line][1])
        oldest_ms = asks[-1].at_ms - 2 * span_ms  # one that comes late still finds those around it
        self.asks = tuple(one for one in asks if one.at_ms > oldest_ms)[-ASK_COUNT_MAX:]
        self.ends_ms = max(self.ends_ms, max(ask.at_ms, arrival_ms) + span_ms)

    def suspects(self, *, span_ms: int, least: int) -> Iterator[tuple[Ask, int]]:
        """Yield each line of which it is news that it is one of several, and how many those are.

        They are those of a span that has at least so many; of each its first question there.
        """
        for last in self.asks:
            within = [one for one in self.asks if last.at_ms - span_ms < one.at_ms <= last.at_ms]
            by_line: dict[str, list[Ask]] = {}
            for one in within:
                by_line.setdefault(one.line, []).append(one)
            for own in by_line.values() if len(by_line) >= least else ():
                if not any(one.is_told for one in own):
                    yield own[0], len(by_line)
                for one in own:
                    one.is_told = True
