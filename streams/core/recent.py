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
    """Events in the window, its last included; at most `CountRule.kept` and one."""
    hours: int


class Recent(Struct, array_like=True, gc=False):
    """The newest events of one rule."""

    times: bytes = b""
    """Milliseconds since 1970 of at most `CountRule.kept` events."""
    fired_ms: int = NEVER_MS
    """End of the window in which the rule last found something."""

    @property
    def newest_ms(self) -> int:
        """Time of the newest event."""
        return int(unpack(">q", self.times[-_TIME_BYTES:])[0]) if self.times else NEVER_MS

    def note(self, at_ms: int, rule: CountRule) -> Reached | None:
        """Take in an event; return the first limit that it reaches, None while there is none or in cool-down.

        A limit is reached when at least so many events are in ``(end - hours, end]``, where ``end`` is the
        time of the event or, if it comes out of order, of a later one.
        """
        times = list(unpack(f">{len(self.times) // _TIME_BYTES}q", self.times))
        insort(times, at_ms)
        kept = times[-rule.kept :]
        self.times = pack(f">{len(kept)}q", *kept)
        silent_ms = self.fired_ms + rule.cooldown_hours * MS_PER_HOUR
        for end in range(bisect_right(times, at_ms), len(times) + 1):
            end_ms = times[end - 1]
            if end_ms < silent_ms or at_ms < end_ms <= self.fired_ms:
                continue
            for limit in rule.limits:
                first_ms = end_ms - limit.hours * MS_PER_HOUR
                count = end - bisect_right(times, first_ms)
                if first_ms < at_ms and count >= limit.least:
                    self.fired_ms = end_ms
                    return Reached(count, limit.hours)
        return None
