"""Rolling windows of event time: how much in each of the newest hours and days, in UTC.

A window only ever moves forward with the newest event; what is older than its length at that moment is not
taken in and what falls out is forgotten, so the same events give the same window in any order.

Slots are packed: 12 bytes each, the hour or day since 1970 (32 bits) and the quantity (64 bits), ascending.
Most records fall into the newest slot, which is the last; and a state with full windows is read and written
as two strings of bytes rather than as a hundred numbers.
"""

from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY, MS_PER_HOUR

HOUR_COUNT: Final = 24
DAY_COUNT: Final = 35
SLOT_LAST: Final = 2**63 - 1
"""A slot stays at it: a stored number has 64 bits, and no network carries so much in a day."""
QUERY_DAYS: Final = 30
"""WIRE.md: ``queries_30d`` is the UTC day of the event and the 29 before."""
QUERY_DAYS_KEPT: Final = 92
"""A query that comes up to two months late still finds the 29 days before it."""

_SLOT: Final = Layout(">iq")


class Window(Struct, array_like=True, gc=False):
    """Quantities by UTC hour and UTC day: at most `HOUR_COUNT` and `DAY_COUNT` slots."""

    hour_slots: bytes = b""
    day_slots: bytes = b""

    @property
    def hours(self) -> dict[int, int]:
        """Quantities by hour since 1970."""
        return dict(_SLOT.iter_unpack(self.hour_slots))

    @property
    def days(self) -> dict[int, int]:
        """Quantities by day since 1970."""
        return dict(_SLOT.iter_unpack(self.day_slots))

    def add_counted(self, at_ms: int, quantity: int) -> None:
        """Take in a quantity that counts."""
        self.hour_slots = added(self.hour_slots, at_ms // MS_PER_HOUR, quantity, length=HOUR_COUNT)

    def add_raw(self, at_ms: int, quantity: int) -> None:
        """Take in a quantity as it was measured."""
        self.day_slots = added(self.day_slots, at_ms // MS_PER_DAY, quantity, length=DAY_COUNT)

    def last_hours(self, at_ms: int, count: int = HOUR_COUNT) -> int:
        """Return the quantity in the ``count`` UTC hours that end with the hour of ``at_ms``."""
        return total(self.hour_slots, at_ms // MS_PER_HOUR, count=count)

    def last_days(self, at_ms: int, count: int = DAY_COUNT) -> int:
        """Return the quantity in the ``count`` UTC days that end with the day of ``at_ms``."""
        return total(self.day_slots, at_ms // MS_PER_DAY, count=count)


def added(slots: bytes, index: int, quantity: int, *, length: int) -> bytes:
    """Return packed slots with a quantity added to one, without those that have fallen out of ``length``."""
    if not slots:
        return _SLOT.pack(index, quantity)
    newest, amount = _SLOT.unpack_from(slots, len(slots) - _SLOT.size)
    if index == newest:
        return slots[: -_SLOT.size] + _SLOT.pack(index, min(amount + quantity, SLOT_LAST))
    if index > newest:
        start = 0
        while start < len(slots) and _SLOT.unpack_from(slots, start)[0] <= index - length:
            start += _SLOT.size
        return slots[start:] + _SLOT.pack(index, quantity)
    if index <= newest - length:
        return slots
    known = dict(_SLOT.iter_unpack(slots))
    known[index] = min(known.get(index, 0) + quantity, SLOT_LAST)
    return b"".join(_SLOT.pack(*slot) for slot in sorted(known.items()))


def total(slots: bytes, newest: int, *, count: int) -> int:
    """Return the quantity in the ``count`` slots that end with ``newest``."""
    return sum(quantity for index, quantity in _SLOT.iter_unpack(slots) if newest - count < index <= newest)
