"""How much of a bucket was used from an instant on, found out afterwards.

Asked where a word comes late: a total from billing that has what started up to then, or a purchase that is
read after what it gave has expired. What comes since is added up: only what was read before is in question.
Of that the newest records are known one by one. The rest is known by whole UTC hours, 168 of them, and where
that is not enough by whole UTC days, 35 of them, in buckets whose days hold what counts (`window`): not those
of calls, which are rounded, nor a group's, whose days its lines hold.

So it is exact where such an hour or day begins at the instant, or all that is known of the instant's own is
known one by one. Else what may have started before the instant or after it is given apart, and the asker
decides. Keeping more would cost every subscriber, who nearly always buys in time, as much as all the rest.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.core.usage import Period, Usage
from streams.core.window import DAY_COUNT, HOUR_COUNT, Window, newest_index

_HOURS_PER_DAY: Final = MS_PER_DAY // MS_PER_HOUR


class Since(Struct, frozen=True, gc=False):
    """What has been counted of usage that started at an instant or later."""

    known: int
    """Of what did for certain."""
    unknown: int = 0
    """Of what did or did not: it lies in the same hour or day, or further back than anything is known."""
    is_likely: bool = False
    """Most of that hour or day comes after the instant."""


def counted_since(usage: Usage, window: Window, period: Period, from_ms: int, *, has_days: bool) -> Since:
    """Return what has been counted in a period of usage that started at ``from_ms`` or later.

    ``has_days``: the window's days hold what counts in the bucket; zero-rated use too, if there was any.
    """
    from_ms = max(from_ms, period.starts_ms)
    if from_ms >= period.ends_ms:
        return Since(0)
    if usage.is_tail_whole:
        return Since(sum(quantity for started_ms, quantity in usage.started() if started_ms >= from_ms))
    if from_ms == period.starts_ms and usage.opened_ms is None:
        return Since(usage.total)
    hours = window.hours
    first_hour = newest_index(window.hour_slots) - HOUR_COUNT + 1
    if from_ms // MS_PER_HOUR >= first_hour:
        return _since(usage, hours, period, from_ms, MS_PER_HOUR)
    if has_days and from_ms // MS_PER_DAY > newest_index(window.day_slots) - DAY_COUNT:
        return _since(usage, _days(window, hours, first_hour), period, from_ms, MS_PER_DAY)
    known = _whole(hours, period, first_hour, MS_PER_HOUR)
    return Since(known, max(0, usage.total - known))


def _days(window: Window, hours: Mapping[int, int], first_hour: int) -> dict[int, int]:
    """Return what is known by days: of those whose hours are all known the sum of these, as it counted."""
    first_day = -(-first_hour // _HOURS_PER_DAY)
    days = {day: quantity for day, quantity in window.days.items() if day < first_day}
    for hour, quantity in hours.items():
        day = hour // _HOURS_PER_DAY
        if day >= first_day:
            days[day] = days.get(day, 0) + quantity
    return days


def _since(usage: Usage, slots: Mapping[int, int], period: Period, from_ms: int, length_ms: int) -> Since:
    """Return what started from an instant on by slots of a length, in its own slot by single records."""
    index, offset_ms = divmod(from_ms, length_ms)
    if offset_ms == 0:
        return Since(_whole(slots, period, index, length_ms))
    own = [one for one in usage.started() if one[0] // length_ms == index]
    known = sum(quantity for started_ms, quantity in own if started_ms >= from_ms)
    return Since(
        known + _whole(slots, period, index + 1, length_ms),
        max(0, slots.get(index, 0) - sum(quantity for _, quantity in own)),
        is_likely=2 * offset_ms < length_ms,
    )


def _whole(slots: Mapping[int, int], period: Period, first: int, length_ms: int) -> int:
    """Return what is in the slots of a period from one on."""
    return sum(
        quantity for index, quantity in slots.items() if first <= index and index * length_ms < period.ends_ms
    )
