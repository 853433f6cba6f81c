"""When a bucket runs out if each day to come is as that weekday was in the newest 35 days. In whole numbers.

Days are the UTC days of the window before today, which is not over. They hold raw quantities; how much of
those counts is seen in the days that the window also has by the hour, so that zero-rated use and the rounding
of calls do not mislead. What a day takes is kept in thousandths: many send less than one message a day.
"""

from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY
from streams.core.window import DAY_COUNT, HOUR_COUNT, Window, newest_index, total_since, unbroken

_WEEK: Final = 7
_HOURS_PER_DAY: Final = 24
_THOUSAND: Final = 1000


class Week(Struct, frozen=True, gc=False):
    """What a day of each weekday takes."""

    rates: tuple[int, ...]
    """Raw, in thousandths, from day 0 of 1970 (a Thursday) on."""
    whole: int
    """Of all seven."""
    counted: int
    """So much counted …"""
    raw: int
    """… of this. Both are positive."""

    @property
    def rate_per_day(self) -> int:
        """The counted quantity of a mean day, cut to a whole number."""
        return self.whole * self.counted // (self.raw * _WEEK * _THOUSAND)


def week_before(window: Window, *, starts_ms: int, at_ms: int) -> Week | None:
    """Return the week as it was before the UTC day of ``at_ms``, None if nothing was used.

    A day without usage took nothing, from the oldest slot or the period's first day on, whichever is earlier.
    A weekday of which no day is known is taken as the mean of all.
    """
    if not window.hour_slots or not window.day_slots:
        return None
    today = at_ms // MS_PER_DAY
    oldest, days = unbroken(window.day_slots)
    hourly = -(-(newest_index(window.hour_slots) - HOUR_COUNT + 1) // _HOURS_PER_DAY)
    counted = total_since(window.hour_slots, hourly * _HOURS_PER_DAY)
    raw = sum(days[max(0, hourly - oldest) :])
    first = max(min(oldest, starts_ms // MS_PER_DAY), today - DAY_COUNT + 1)
    known = ((0,) * (oldest - first) + days[max(0, first - oldest) :])[: max(0, today - first)]
    known += (0,) * (today - first - len(known))
    if counted <= 0 or raw <= 0 or sum(known) <= 0:
        return None
    rates = [0] * _WEEK
    for place in range(_WEEK):
        same = known[place::_WEEK] or known
        rates[(first + place) % _WEEK] = max(0, sum(same) * _THOUSAND // len(same))
    return Week(tuple(rates), sum(rates), counted, raw)


def reached_ms(week: Week, quantity: int, *, from_ms: int, ends_ms: int) -> int | None:
    """Return when so much more counts, at each day's rate from ``from_ms`` on; None if not before the end."""
    if week.whole <= 0:
        return None
    # From any instant on, seven days take the same. What is missing then is less than that.
    weeks, missing = divmod(quantity * week.raw * _THOUSAND // week.counted, week.whole)
    at_ms, missing = from_ms + weeks * _WEEK * MS_PER_DAY, missing * MS_PER_DAY
    while at_ms < ends_ms:
        day = at_ms // MS_PER_DAY
        rate, next_ms = week.rates[day % _WEEK], (day + 1) * MS_PER_DAY
        takes = rate * (next_ms - at_ms)
        if missing <= takes:
            at_ms += missing // rate if rate else 0
            return at_ms if at_ms < ends_ms else None
        missing, at_ms = missing - takes, next_ms
    return None
