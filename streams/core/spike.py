"""Far more in a day than is usual: the newest hours of a bucket against the mean of those before.

Adding up 168 hours costs as much as all else that one record does, so nearly every record ends before it, at
two numbers that are safe: `Spike.most`, which the newest hours cannot exceed, and `Spike.before`, which those
before them cannot fall short of. Neither ever hides a spike: it only saves the adding up.

Both are of the rule's bucket and hours as they were: when these are changed, the states are to be rebuilt.
"""

from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from streams.regimes.window_rules import SpikeRule

HOURS_PER_DAY: Final = 24
UNKNOWN: Final = -1
SUM_LAST: Final = 2**63 - 1
"""A stored number has 64 bits, and no network carries so much in a day."""

_SLOT: Final = Layout(">iq")
"""As in `window`: the hour since 1970 and its quantity, ascending."""


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
    before: int = 0
    """Those before them hold no less than this ..."""
    before_until: int = UNKNOWN
    """... as long as the newest hour since 1970 is not after this one."""
    fired_day: int = UNKNOWN
    """UTC day since 1970 of the last spike: there is one a day."""

    def note(self, quantity: int, hour_slots: bytes, rule: SpikeRule) -> Spiked | None:
        """Take in a quantity that is in ``hour_slots`` already; return a spike that is new.

        To be called with each quantity that is added to the slots, or the two numbers would not be safe.
        """
        if quantity < 0:
            self.before_until = UNKNOWN
        elif self.most >= 0:
            self.most += quantity
        if 0 <= self.most < rule.quantity.least:
            return None
        return self._look(hour_slots, rule) if hour_slots else None

    def _look(self, slots: bytes, rule: SpikeRule) -> Spiked | None:
        newest = _SLOT.unpack_from(slots, len(slots) - _SLOT.size)[0]
        day = newest // HOURS_PER_DAY
        self.most = min(self.most, SUM_LAST)
        if day <= self.fired_day or self._is_usual(newest, rule):
            return None
        last, before = self._add_up(slots, newest, rule)
        if last < rule.quantity.least or not _is_spike(last, before, rule) or _is_new(slots, newest, rule):
            return None
        self.fired_day = day
        return Spiked(last, max(0, before) * HOURS_PER_DAY // rule.mean_hours, day)

    def _is_usual(self, newest: int, rule: SpikeRule) -> bool:
        """Return whether even the most would be no spike against the least that was before."""
        return self.most >= 0 and newest <= self.before_until and not _is_spike(self.most, self.before, rule)

    def _add_up(self, slots: bytes, newest: int, rule: SpikeRule) -> tuple[int, int]:
        """Return the quantity of the newest hours and of those before, and note what is safe from now on."""
        end, near = newest - rule.hours, newest - rule.hours - rule.mean_hours // 2
        last = before = most = least = 0
        for hour, quantity in _SLOT.iter_unpack(slots):
            if hour > end:
                last += quantity
                most += max(0, quantity)
            elif hour > end - rule.mean_hours:
                before += quantity
            # Hours that are near stay among those before for as long as the far ones were; of all others,
            # which may come or go, only what a correction has left below zero can make it less.
            if near < hour <= end or quantity < 0:
                least += quantity
        # 0 stands for nothing known: any quantity is a spike against it, so that it is added up.
        self.most, self.before = min(most, SUM_LAST), max(0, min(least, SUM_LAST))
        self.before_until = newest + rule.mean_hours - rule.mean_hours // 2
        return last, before


def _is_new(slots: bytes, newest: int, rule: SpikeRule) -> bool:
    """Return whether too few days before are known to say what is usual."""
    end = newest - rule.hours
    days = {
        hour // HOURS_PER_DAY for hour, _ in _SLOT.iter_unpack(slots) if end - rule.mean_hours < hour <= end
    }
    return len(days) < rule.known_days


def _is_spike(last: int, before: int, rule: SpikeRule) -> bool:
    """Return whether the newest hours are so many times the mean of those before."""
    return rule.times.is_met(last * rule.mean_hours, per=before * rule.hours)
