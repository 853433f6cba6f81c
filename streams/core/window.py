"""Rolling windows of event time: how much in each of the newest hours and days, in UTC.

A window only ever moves forward with the newest event; what is older than its length at that moment is not
taken in and what falls out is forgotten, so the same events give the same window in any order.
"""

from typing import Final

from msgspec import Struct, field

from schemas.times import MS_PER_DAY, MS_PER_HOUR

HOUR_COUNT: Final = 24
DAY_COUNT: Final = 35
SLOT_LAST: Final = 2**63 - 1
"""A slot stays at it: a stored number has 64 bits, and no network carries so much in a day."""
QUERY_DAYS: Final = 30
"""WIRE.md: ``queries_30d`` is the UTC day of the event and the 29 before."""
QUERY_DAYS_KEPT: Final = 92
"""A query that comes up to two months late still finds the 29 days before it."""


class Window(Struct, array_like=True, gc=False):
    """Quantities by UTC hour and UTC day since 1970: at most `HOUR_COUNT` and `DAY_COUNT`."""

    hours: dict[int, int] = field(default_factory=dict)
    days: dict[int, int] = field(default_factory=dict)

    def add(self, at_ms: int, quantity: int) -> None:
        """Take in a quantity at an instant."""
        add_to(self.hours, at_ms // MS_PER_HOUR, quantity, HOUR_COUNT)
        add_to(self.days, at_ms // MS_PER_DAY, quantity, DAY_COUNT)

    def last_hours(self, at_ms: int, count: int = HOUR_COUNT) -> int:
        """Return the quantity in the ``count`` UTC hours that end with the hour of ``at_ms``."""
        newest = at_ms // MS_PER_HOUR
        return sum(quantity for hour, quantity in self.hours.items() if newest - count < hour <= newest)

    def last_days(self, at_ms: int, count: int = DAY_COUNT) -> int:
        """Return the quantity in the ``count`` UTC days that end with the day of ``at_ms``."""
        newest = at_ms // MS_PER_DAY
        return sum(quantity for day, quantity in self.days.items() if newest - count < day <= newest)


def add_to(slots: dict[int, int], index: int, quantity: int, length: int) -> None:
    """Add to one slot and forget the slots that have fallen out; ``slots`` is changed in place."""
    if index in slots:
        slots[index] = min(slots[index] + quantity, SLOT_LAST)
        return
    newest = max(slots, default=index)
    if index <= newest - length:
        return
    slots[index] = quantity
    if index > newest:
        for old in [slot for slot in slots if slot <= index - length]:
            del slots[old]
