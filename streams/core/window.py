"""Rolling windows of event time: how much in each of the newest hours and days, in UTC.

Hours hold what counted against an allowance, as billed; days hold all that was used, unrounded and zero-rated
use too. A correction can make a slot negative: whoever reads an outward quantity cuts it at 0.

A window only ever moves forward with the newest event; what is older than its length at that moment is not
taken in and what falls out is forgotten, so the same events give the same window in any order.

Slots are packed: 12 bytes each, the hour or day since 1970 (32 bits) and the quantity (64 bits), ascending.
Most records fall into the newest slot, which is the last; and a state with full windows is read and written
as two strings of bytes rather than as two hundred numbers.
"""

from bisect import bisect_left
from functools import cache
from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY, MS_PER_HOUR

HOUR_COUNT: Final = 168
DAY_COUNT: Final = 35
SLOT_LAST: Final = 2**63 - 1
"""A slot stays at it, or at its negative: a stored number has 64 bits, and no network carries so much."""
QUERY_DAYS: Final = 30
"""WIRE.md: ``queries_30d`` is the UTC day of the event and the 29 before."""
QUERY_DAYS_KEPT: Final = 92
"""A query that comes up to two months late still finds the 29 days before it."""

_SLOT: Final = Layout(">iq")
_INDEX: Final = Layout(">i")


class Window(Struct, array_like=True, gc=False):
    """Quantities by UTC hour and UTC day: at most `HOUR_COUNT` and `DAY_COUNT` slots."""

    hour_slots: bytes = b""
    """Counted against an allowance, in the bucket's unit."""
    day_slots: bytes = b""
    """Raw: before rounding, zero-rated use included."""

    @property
    def hours(self) -> dict[int, int]:
        """Counted quantities by hour since 1970."""
        return dict(_SLOT.iter_unpack(self.hour_slots))

    @property
    def days(self) -> dict[int, int]:
        """Raw quantities by day since 1970."""
        return dict(_SLOT.iter_unpack(self.day_slots))

    def add_counted(self, at_ms: int, quantity: int) -> None:
        """Take in what counts against an allowance; negative takes it back."""
        self.hour_slots = added(self.hour_slots, at_ms // MS_PER_HOUR, quantity, length=HOUR_COUNT)

    def add_raw(self, at_ms: int, quantity: int) -> None:
        """Take in what was used, whether it counts or not; negative takes it back."""
        self.day_slots = added(self.day_slots, at_ms // MS_PER_DAY, quantity, length=DAY_COUNT)

    def last_hours(self, at_ms: int, count: int) -> int:
        """Return the counted quantity in the ``count`` UTC hours that end with the hour of ``at_ms``."""
        return total(self.hour_slots, at_ms // MS_PER_HOUR, count=count)

    def last_days(self, at_ms: int, count: int = DAY_COUNT) -> int:
        """Return the raw quantity in the ``count`` UTC days that end with the day of ``at_ms``."""
        return total(self.day_slots, at_ms // MS_PER_DAY, count=count)


def added(slots: bytes, index: int, quantity: int, *, length: int) -> bytes:
    """Return packed slots with a quantity added to one, without those that have fallen out of ``length``."""
    if not slots:
        return _packed(index, quantity)
    newest, amount = _SLOT.unpack_from(slots, len(slots) - _SLOT.size)
    if index == newest:
        return slots[: -_SLOT.size] + _packed(index, amount + quantity)
    if index > newest:
        start = 0
        while start < len(slots) and _INDEX.unpack_from(slots, start)[0] <= index - length:
            start += _SLOT.size
        return slots[start:] + _packed(index, quantity)
    if index <= newest - length:
        return slots
    place = _place(slots, index)
    found, amount = _SLOT.unpack_from(slots, place)
    if found != index:
        return slots[:place] + _packed(index, quantity) + slots[place:]
    return slots[:place] + _packed(index, amount + quantity) + slots[place + _SLOT.size :]


def total(slots: bytes, newest: int, *, count: int) -> int:
    """Return the quantity in the ``count`` slots that end with ``newest``."""
    return sum(quantity for index, quantity in _SLOT.iter_unpack(slots) if newest - count < index <= newest)


def total_since(slots: bytes, first: int) -> int:
    """Return the quantity in the slots from ``first`` on, this one included.

    Runs for about every second record. A full week takes 3 µs: its quantities are unpacked at once, without
    the hours (`total` takes 12). A window is mostly asked for all that it has, so that is looked at first.
    """
    if slots and _INDEX.unpack_from(slots)[0] < first:
        slots = slots[_place(slots, first) :]
    return sum(_quantities(len(slots) // _SLOT.size).unpack(slots))


def unbroken(slots: bytes) -> tuple[int, tuple[int, ...]]:
    """Return the oldest slot's hour or day, and the quantity of each from it to the newest slot's.

    Those without a slot are 0 here. There must be a slot.
    """
    count = len(slots) // _SLOT.size
    oldest, newest = _INDEX.unpack_from(slots)[0], newest_index(slots)
    if newest - oldest == count - 1:
        return oldest, _quantities(count).unpack(slots)
    known = dict(_SLOT.iter_unpack(slots))
    return oldest, tuple([known.get(index, 0) for index in range(oldest, newest + 1)])


def newest_index(slots: bytes) -> int:
    """Return the hour or day of the newest slot. There must be one."""
    newest: int = _INDEX.unpack_from(slots, len(slots) - _SLOT.size)[0]
    return newest


def _packed(index: int, quantity: int) -> bytes:
    if not -SLOT_LAST <= quantity <= SLOT_LAST:
        quantity = SLOT_LAST if quantity > 0 else -SLOT_LAST
    return _SLOT.pack(index, quantity)


def _place(slots: bytes, index: int) -> int:
    """Return where in ``slots`` the first one from ``index`` on begins, their end if there is none."""
    starts = range(0, len(slots), _SLOT.size)
    return bisect_left(starts, index, key=lambda start: _INDEX.unpack_from(slots, start)[0]) * _SLOT.size


@cache
def _quantities(count: int) -> Layout:
    """Return the layout of that many slots, at most `HOUR_COUNT`, which leaves their hours out."""
    return Layout(">" + "4xq" * count)
