"""Billing periods, by the calendar.

Zones are read straight from the `tzdata` package, so that the machine's own never matter. A local midnight
is found by halving: the first millisecond at which the local date is that day or a later one. That is right
also where clocks jump over midnight (first instant of the day) or over a whole day (Pacific/Apia, 2011).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Rule:
    """By which zone and cycle day periods are cut, for event times from ``from_ms`` on."""

    from_ms: int
    zone: str
    cycle_day: int


@dataclass(frozen=True)
class Period:
    """One billing period, ``starts_ms <= at < ends_ms``."""

    day: str
    starts_ms: int
    ends_ms: int
    zone: str


def instant(given: str | int) -> int:
    """Return milliseconds since 1970 of a time in an input; fractions of a millisecond are cut."""
    if isinstance(given, int):
        return given
    return (datetime.fromisoformat(given) - EPOCH) // timedelta(milliseconds=1)


def text(at_ms: int) -> str:
    """Return a time as outputs have it: RFC 3339, UTC, milliseconds."""
    moment = EPOCH + timedelta(milliseconds=at_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03}Z"


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a zone of the `tzdata` package."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, key=name)


def local_day(zone: str, at_ms: int) -> date:
    """Return the date on the wall calendar."""
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone_of(zone)).date()


@cache
def midnight(zone: str, day: date) -> int:
    """Return the first instant whose local date is the day, or a later one where the day was left out."""
    utc_ms = instant(f"{day}T00:00:00+00:00")
    before, reached = utc_ms - 2 * DAY_MS, utc_ms + 2 * DAY_MS
    while reached - before > 1:
        middle = (before + reached) // 2
        if local_day(zone, middle) >= day:
            reached = middle
        else:
            before = middle
    return reached


def first_day(cycle_day: int, year: int, month: int) -> date:
    """Return the day on which a cycle begins in a month; in one that is too short its last."""
    return date(year, month, min(cycle_day, calendar.monthrange(year, month)[1]))


def turns(rule: Rule, at_ms: int) -> list[int]:
    """Return where the rule cuts, from two months before an instant to two months after it."""
    day = local_day(rule.zone, at_ms)
    months = [day.year * 12 + day.month - 1 + step for step in (-2, -1, 0, 1, 2)]
    return [midnight(rule.zone, first_day(rule.cycle_day, month // 12, month % 12 + 1)) for month in months]


def period_at(rules: Sequence[Rule], at_ms: int) -> Period:
    """Return the period of an event time. The first rule holds for all times before it, too."""
    ruling = [place for place, rule in enumerate(rules) if rule.from_ms <= at_ms]
    place = ruling[-1] if ruling else 0
    rule = rules[place]
    cuts = turns(rule, at_ms)
    starts_ms = max(cut for cut in cuts if cut <= at_ms)
    ends_ms = min(cut for cut in cuts if cut > at_ms)
    if place > 0:
        starts_ms = max(starts_ms, rule.from_ms)
    if place + 1 < len(rules):
        ends_ms = min(ends_ms, rules[place + 1].from_ms)
    return Period(str(local_day(rule.zone, starts_ms)), starts_ms, ends_ms, rule.zone)


def rules_of(profiles: Sequence[tuple[int, str, int]]) -> list[Rule]:
    """Return the rules that came of profiles, each (arrival, zone, cycle day), in their order.

    Another zone or cycle day: the period open at the profile's arrival keeps its end, the rule holds from
    there, and a rule that was to begin there or later never does.
    """
    rules: list[Rule] = []
    for arrival_ms, zone, cycle_day in profiles:
        if not rules:
            rules = [Rule(arrival_ms, zone, cycle_day)]
        elif (rules[-1].zone, rules[-1].cycle_day) != (zone, cycle_day):
            end_ms = period_at(rules, arrival_ms).ends_ms
            kept = [rule for place, rule in enumerate(rules) if place == 0 or rule.from_ms < end_ms]
            rules = [*kept, Rule(end_ms, zone, cycle_day)]
    return rules
