"""Far more in a day than is usual: the newest hours of a bucket against the mean of those before.

Nearly every record ends at one comparison. `Spike.most` is never less than what the newest hours hold: it
grows with each quantity, and only where it reaches the least that is told are the hours added up anew.
"""

from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from streams.regimes.window_rules import SpikeRule

HOURS_PER_DAY: Final = 24
UNKNOWN: Final = -1

_SLOT: Final = Layout(">iq")
"""As in `window`: the hour since 1970 and its quantity, ascending."""
_SIGN_BYTE: Final = 4
"""Of a slot: its first bit is the quantity's sign."""


class Spiked(Struct, frozen=True, gc=False):
    """A spike that is new."""

    last: int
    """Quantity of the newest hours."""
    mean_day: int
    """Of the hours before, cut to a whole number."""
    day: int
    """UTC day since 1970 of the newest hour."""


class Spike(Struct, array_like=True, gc=False):
    """What is known without adding up."""

    most: int = UNKNOWN
    """The newest hours hold no more than this."""
    fired_day: int = UNKNOWN
    """UTC day since 1970 of the last spike: there is one a day."""

    def note(self, quantity: int, hour_slots: bytes, rule: SpikeRule) -> Spiked | None:
        """Take in a quantity that is in ``hour_slots`` already; return a spike that is new.

        To be called with each quantity that is added to the slots, or `most` would be too small.
        """
        if self.most >= 0:
            if quantity > 0:
                self.most += quantity
            if self.most < rule.quantity.least:
                return None
        return self._look(hour_slots, rule) if hour_slots else None

    def _look(self, slots: bytes, rule: SpikeRule) -> Spiked | None:
        newest = _SLOT.unpack_from(slots, len(slots) - _SLOT.size)[0]
        last, self.most, end = _newest(slots, newest - rule.hours)
        day = newest // HOURS_PER_DAY
        if day <= self.fired_day or last < rule.quantity.least:
            return None
        oldest = newest - rule.hours - rule.mean_hours
        # Without a negative hour, which a correction before its original leaves, a sum only grows.
        is_growing = slots[_SIGN_BYTE :: _SLOT.size].isascii()
        before = 0
        for place in range(end, -1, -_SLOT.size):
            hour, quantity = _SLOT.unpack_from(slots, place)
            if hour <= oldest:
                break
            before += quantity
            if is_growing and not _is_spike(last, before, rule):
                return None
        if not _is_spike(last, before, rule):
            return None
        self.fired_day = day
        return Spiked(last, max(0, before) * HOURS_PER_DAY // rule.mean_hours, day)


def _newest(slots: bytes, before: int) -> tuple[int, int, int]:
    """Return the quantity after hour ``before``, the same without negative hours, the place where it ends."""
    total = most = 0
    place = len(slots) - _SLOT.size
    while place >= 0:
        hour, quantity = _SLOT.unpack_from(slots, place)
        if hour <= before:
            break
        total += quantity
        if quantity > 0:
            most += quantity
        place -= _SLOT.size
    return total, most, place


def _is_spike(last: int, before: int, rule: SpikeRule) -> bool:
    """Return whether the newest hours are so many times the mean of those before."""
    return rule.times.is_met(last * rule.mean_hours, per=before * rule.hours)
