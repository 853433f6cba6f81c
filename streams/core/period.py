"""Billing periods: which span of time an instant of usage belongs to, in the subscriber's own zone.

A period starts at local midnight of the cycle day and ends where the next one starts (half-open). In a month
that is too short it starts on the month's last day; where that midnight does not exist, at the first instant
after it. Days on which clocks change have 23 or 25 hours, so spans are looked up, never added.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct

from schemas.times import FIRST_MS, LAST_MS, MS_PER_DAY, MS_PER_SECOND, zone

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_CALENDAR_FIRST_MS: Final = FIRST_MS + 100 * MS_PER_DAY
_CALENDAR_LAST_MS: Final = LAST_MS - 100 * MS_PER_DAY
"""Python's calendar has the years 1 to 9999 only, and a cycle looks into its neighbours; usage of such times
is refused by its arrival, whatever its period."""

TERM_COUNT_MAX: Final = 128
"""Far above what 60 days of one change a period need; the oldest goes."""
ALWAYS_MS: Final = -(2**62)
"""From when a subscriber's first term holds: usage may be older than the profile."""


class Term(Struct, frozen=True, array_like=True, gc=False):
    """What holds for a subscriber's billing from an instant on, until the next term."""

    from_ms: int
    """Inclusive; the start of a period."""
    time_zone: str
    cycle_day: int
    plan_id: str | None


class Span(Struct, frozen=True, gc=False):
    """One billing period: ``[starts_ms, ends_ms)``, named by its local first day."""

    starts_ms: int
    ends_ms: int
    day: str
    plan_id: str | None


def span_at(terms: Sequence[Term], at_ms: int) -> Span:
    """Return the billing period that contains ``at_ms``.

    ``terms`` ascend by ``from_ms``. What lies before the first is read by its rule, up to its start.
    """
    at_ms = min(max(at_ms, _CALENDAR_FIRST_MS), _CALENDAR_LAST_MS)
    index = bisect_right(terms, at_ms, key=lambda term: term.from_ms) - 1
    term = terms[max(index, 0)]
    starts_ms, ends_ms = cycle_at(term.time_zone, term.cycle_day, at_ms)
    if index >= 0:
        starts_ms = max(starts_ms, term.from_ms)
    if index + 1 < len(terms):
        ends_ms = min(ends_ms, terms[index + 1].from_ms)
    return Span(starts_ms, ends_ms, local_day(term.time_zone, starts_ms).isoformat(), term.plan_id)


def cycle_at(zone_name: str, cycle_day: int, at_ms: int) -> tuple[int, int]:
    """Return start and end of the cycle that contains ``at_ms``, by one unchanging rule."""
    local = local_day(zone_name, at_ms)
    month = local.year * 12 + local.month - 1
    start = _cycle_start(zone_name, cycle_day, month)
    if start > at_ms:
        return _cycle_start(zone_name, cycle_day, month - 1), start
    return start, _cycle_start(zone_name, cycle_day, month + 1)


def local_day(zone_name: str, at_ms: int) -> date:
    """Return the date that the calendar on the wall shows in that zone."""
    return (_EPOCH + at_ms * _MS).astimezone(zone(zone_name)).date()


@lru_cache(maxsize=16_384)
def _cycle_start(zone_name: str, cycle_day: int, month: int) -> int:
    """Return when the cycle of a month begins; ``month`` counts from January of the year 0."""
    year, month_index = divmod(month, 12)
    last = monthrange(year, month_index + 1)[1]
    return day_start(zone_name, date(year, month_index + 1, min(cycle_day, last)))


def day_start(zone_name: str, day: date) -> int:
    """Return the first instant of a local day, in milliseconds.

    Where the day has no midnight (clocks go forward over it) or was left out whole (a zone changed sides of
    the date line), that is the first instant whose local date is not before ``day``.
    """
    midnight = datetime.combine(day, time(), tzinfo=zone(zone_name))
    at_ms = (midnight.astimezone(UTC) - _EPOCH) // _MS
    if (_EPOCH + at_ms * _MS).astimezone(midnight.tzinfo).time() == time():
        return at_ms
    # In a gap the two readings of the missing midnight enclose the change; it lies on a whole second.
    before_ms = (midnight.replace(fold=1).astimezone(UTC) - _EPOCH) // _MS - MS_PER_SECOND
    while at_ms - before_ms > MS_PER_SECOND:
        middle_ms = (before_ms + at_ms) // 2 // MS_PER_SECOND * MS_PER_SECOND
        if local_day(zone_name, middle_ms) < day:
            before_ms = middle_ms
        else:
            at_ms = middle_ms
    return at_ms


def months_later(zone_name: str, at_ms: int, months: int) -> int:
    """Return the first instant of the local day so many calendar months later.

    Where a month does not have that day, of its last.
    """
    local = local_day(zone_name, min(max(at_ms, _CALENDAR_FIRST_MS), _CALENDAR_LAST_MS))
    year, month_index = divmod(local.year * 12 + local.month - 1 + months, 12)
    if year > date.max.year:
        return LAST_MS
    last = monthrange(year, month_index + 1)[1]
    return day_start(zone_name, date(year, month_index + 1, min(local.day, last)))


def terms_after(terms: list[Term], rule: tuple[str, int, str | None], arrival_ms: int) -> list[Term]:
    """Return the terms once a rule of (zone, cycle day, plan) is in force.

    Another plan holds for the whole open period; another zone or cycle day from its end on.
    """
    _, _, plan_id = rule
    if not terms:
        return [Term(ALWAYS_MS, *rule)]
    open_span = span_at(terms, arrival_ms)
    in_force = next((term for term in reversed(terms) if term.from_ms <= arrival_ms), terms[0])
    changed = [
        *(term for term in terms if term.from_ms < open_span.starts_ms),
        Term(open_span.starts_ms, in_force.time_zone, in_force.cycle_day, plan_id),
        Term(open_span.ends_ms, *rule),
    ]
    merged = changed[:1]
    for term in changed[1:]:
        last = merged[-1]
        if (term.time_zone, term.cycle_day, term.plan_id) != (last.time_zone, last.cycle_day, last.plan_id):
            merged.append(term)
    return merged[-TERM_COUNT_MAX:]
