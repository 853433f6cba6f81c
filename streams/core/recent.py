"""When the newest of some events happened: are there so many within so many hours, and is that new?

Times are packed, 8 bytes each, ascending. They are kept by number, not by age: an event that arrives late
still finds those before it. A rule that has found something stays silent for its cool-down of event time.
"""

from bisect import bisect_right, insort
from struct import pack, unpack
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_HOUR
from streams.regimes.window_rules import CountRule

NEVER_MS: Final = -(2**62)
"""Longer ago than any cool-down."""
_TIME_BYTES: Final = 8


class Reached(Struct, frozen=True, gc=False):
    """The limit that was reached."""

    count: int
    """Events in the window, the newest included; at most `CountRule.kept` and one."""
    hours: int


class Recent(Struct, array_like=True, gc=False):
    """The newest events of one rule."""

    times: bytes = b""
    """Milliseconds since 1970 of at most `CountRule.kept` events."""
    fired_ms: int = NEVER_MS
    """Event time at which the rule last found something."""

    def note(self, at_ms: int, rule: CountRule) -> Reached | None:
        """Take in an event; return the first limit that it reaches, None while there is none or in cool-down.

        A limit is reached when at least so many events are in ``(at_ms - hours, at_ms]``.
        """
        times = list(unpack(f">{len(self.times) // _TIME_BYTES}q", self.times))
        insort(times, at_ms)
        kept = times[-rule.kept :]
        self.times = pack(f">{len(kept)}q", *kept)
        if at_ms < self.fired_ms + rule.cooldown_hours * MS_PER_HOUR:
            return None
        end = bisect_right(times, at_ms)
        for limit in rule.limits:
            count = end - bisect_right(times, at_ms - limit.hours * MS_PER_HOUR)
            if count >= limit.least:
                self.fired_ms = at_ms
                return Reached(count, limit.hours)
        return None
