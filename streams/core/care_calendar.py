"""When a day of the calendar comes for a subscriber, by the clock on the wall there."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from schemas.profile import Profile
from schemas.times import zone
from streams.core.period import local_day
from streams.regimes.care_when import When

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_LEFT_OUT: Final = timedelta(days=2)
_EVERY_MONTH_HAS: Final = 28
_YEAR_LAST: Final = 9_990
"""Python's calendar ends soon after."""


def next_instant(when: When, profile: Profile, *, after_ms: int) -> int | None:
    """Return the first instant after ``after_ms`` at which a rule of the calendar is due, None or None."""
    zone_name = profile.time_zone
    instants: tuple[int, ...] = ()
    if when.day is None:
        instants = common_instants((when,), zone_name, day_of(zone_name, after_ms))
    elif when.day == "contract_end":
        if profile.contracts:
            instants = _contract_ends(when, profile, day_of(zone_name, after_ms))
    elif (first := profile.born_on if when.day == "birthday" else profile.joined_on) is not None:
        this = day_of(zone_name, after_ms).year
        if this < _YEAR_LAST:
            years = (max(this - 1, first.year + 1), this + 2)
            instants = _anniversaries(zone_name, *years, first.month, first.day, when.days, when.at)
    return next((at_ms for at_ms in instants if at_ms > after_ms), None)


def common_instants(whens: Iterable[When], zone_name: str, today: date) -> tuple[int, ...]:
    """Return the instants, ascending, of days around and after ``today`` that a whole zone has of such rules.

    None of them is of a subscriber's own day.
    """
    if today.year >= _YEAR_LAST:
        return ()
    found: set[int] = set()
    for when in whens:
        found.update(
            _of_everybody(zone_name, today, when.dates, when.yearly, when.monthly, when.days, when.at)
        )
    return tuple(sorted(found))


@lru_cache(maxsize=16_384)
def instant(zone_name: str, day: date, at: str) -> int:
    """Return a local day's time ``HH:MM``; one that clocks leave out is as much later, the earlier of two."""
    local = datetime.combine(day, time.fromisoformat(at), tzinfo=zone(zone_name))
    return (local.astimezone(UTC) - _EPOCH) // _MS


def days_after(zone_name: str, at_ms: int, days: int, at: str) -> int:
    """Return the time ``HH:MM`` of the local day that is so many days after an instant's."""
    return instant(zone_name, local_day(zone_name, at_ms) + timedelta(days=days), at)


def months_after(zone_name: str, at_ms: int, months: int, at: str) -> int:
    """Return the time ``HH:MM`` of the local day that is so many calendar months after an instant's.

    Where that month is too short, its last day.
    """
    day = local_day(zone_name, at_ms)
    years, month = divmod(day.month - 1 + months, 12)
    return instant(zone_name, _in_month(day.year + years, month + 1, day.day), at)


@lru_cache(maxsize=64)
def day_of(zone_name: str, at_ms: int) -> date:
    """Return the local day of an instant: every rule of one subscriber asks for the same."""
    return local_day(zone_name, at_ms)


@lru_cache(maxsize=4_096)
def _of_everybody(  # noqa: PLR0913, PLR0917  # what a rule has, as far as it can be hashed
    zone_name: str,
    today: date,
    dates: tuple[date, ...],
    yearly: tuple[str, ...],
    monthly: int | None,
    days: int,
    at: str,
) -> tuple[int, ...]:
    """Return the instants, ascending, of days around and after ``today`` that a whole zone has alike."""
    shift = timedelta(days=days)
    found = {day + shift for day in dates}
    for year in range(today.year - 1, today.year + 3):
        found |= {_in_month(year, *_month_day(text)) + shift for text in yearly}
    for month in range(today.month - 2, today.month + 2) if monthly is not None else ():
        year, index = divmod(month, 12)
        found.add(_in_month(today.year + year, index + 1, monthly or 0))
    return tuple(sorted(instant(zone_name, day, at) for day in found))


def _contract_ends(when: When, profile: Profile, today: date) -> tuple[int, ...]:
    """Return the instants, ascending, of the ends of contracts; one that lies out of reach has none."""
    shift, zone_name = timedelta(days=when.days), profile.time_zone
    ends = sorted(one.ends_on for one in profile.contracts if one.ends_on is not None)
    days = (day + shift for day in ends if today.year - 2 <= day.year < _YEAR_LAST)
    # A later day never comes earlier; a day that a zone left out whole came with the one after it.
    return tuple(instant(zone_name, day, when.at) for day in days if day >= today - _LEFT_OUT)


@lru_cache(maxsize=16_384)
def _anniversaries(  # noqa: PLR0913, PLR0917  # what a rule and a subscriber have, as far as it can be hashed
    zone_name: str, first_year: int, last_year: int, month: int, day: int, days: int, at: str
) -> tuple[int, ...]:
    """Return the instants of a day's return in some years; 29 February comes on the 28th where it must."""
    shift, years = timedelta(days=days), range(first_year, last_year + 1)
    return tuple(instant(zone_name, _in_month(year, month, day) + shift, at) for year in years)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, day if day <= _EVERY_MONTH_HAS else min(day, monthrange(year, month)[1]))


def _month_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)
