"""Billing periods of any zone, cycle day and instant, and of any changes of both."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.profile import Profile
from streams.core.period import cycle_at, span_at
from streams.core.subscriber import Subscriber
from tests.build import ms

EXAMPLES = settings(max_examples=400, derandomize=True, deadline=None)
ZONES = st.sampled_from(
    [
        "UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Beirut",
        "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe",
        "Europe/London", "Pacific/Apia", "Atlantic/Azores", "Africa/Casablanca",
    ]
)  # fmt: skip
DAYS = st.integers(1, 31)
FIRST, LAST = ms("1990-01-01T00:00:00Z"), ms("2040-01-01T00:00:00Z")
INSTANTS = st.integers(FIRST, LAST)
DAY_MS = 86_400_000


def local(zone: str, at_ms: int) -> datetime:
    """Return what calendar and clock on the wall show."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(
        zoneinfo.ZoneInfo(zone)
    )


def first_day(cycle_day: int, day: date) -> date:
    """Return the first day of the cycle that a local day is in, by counting days back."""
    while True:
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if day.day == min(cycle_day, last.day):
            return day
        day -= timedelta(days=1)


@EXAMPLES
@given(ZONES, DAYS, INSTANTS)
def test_instant_is_in_its_period_and_the_next_begins_at_its_end(
    zone: str, cycle_day: int, at_ms: int
) -> None:
    """Half-open, without gap or overlap."""
    starts_ms, ends_ms = cycle_at(zone, cycle_day, at_ms)

    assert starts_ms <= at_ms < ends_ms
    assert (
        (starts_ms, ends_ms) == cycle_at(zone, cycle_day, starts_ms) == cycle_at(zone, cycle_day, ends_ms - 1)
    )
    assert ends_ms == cycle_at(zone, cycle_day, ends_ms)[0]
    assert starts_ms == cycle_at(zone, cycle_day, starts_ms - 1)[1]
    assert 27 * DAY_MS <= ends_ms - starts_ms <= 32 * DAY_MS


@EXAMPLES
@given(ZONES, DAYS, INSTANTS)
def test_period_begins_on_its_local_first_day(zone: str, cycle_day: int, at_ms: int) -> None:
    """At the first instant whose local date is the cycle day's, the last of a short month; found by hand."""
    starts_ms, _ = cycle_at(zone, cycle_day, at_ms)
    day = local(zone, starts_ms).date()

    assert local(zone, starts_ms - 1).date() < day
    if zone != "Pacific/Apia":  # where a whole day was left out, the first day is the one after it
        assert first_day(cycle_day, local(zone, at_ms).date()) == day


PROFILES = st.lists(
    st.tuples(ZONES, DAYS, st.sampled_from(["p", "q"]), st.integers(0, 20 * DAY_MS)), min_size=1, max_size=8
)


def changed(changes: list[tuple[str, int, str, int]]) -> tuple[Subscriber, int]:
    """Return a subscriber after changes of profile, and when the last one came."""
    state, now_ms = Subscriber(id="s"), ms("2026-01-05T00:00:00Z")
    for zone, cycle_day, plan_id, later_ms in changes:
        now_ms += later_ms
        profile = Profile(
            subscriber_id="s", plan_id=plan_id, time_zone=zone, cycle_day=cycle_day, jurisdiction="CN"
        )
        state.set_profile(profile, arrival_ms=now_ms)
    return state, now_ms


@EXAMPLES
@given(PROFILES)
def test_periods_tile_time_whatever_the_profile_did(changes: list[tuple[str, int, str, int]]) -> None:
    """Half-open, without gap or overlap, over every change."""
    state, now_ms = changed(changes)
    at_ms = ms("2026-01-05T00:00:00Z")
    while at_ms < now_ms + 70 * DAY_MS:
        span = span_at(state.terms, at_ms)

        assert span.starts_ms <= at_ms < span.ends_ms
        assert span == span_at(state.terms, span.starts_ms) == span_at(state.terms, span.ends_ms - 1)
        at_ms = span.ends_ms


@EXAMPLES
@given(PROFILES)
def test_no_two_periods_have_one_name(changes: list[tuple[str, int, str, int]]) -> None:
    """A period's name is a key field: two of one name would have one id for two levels."""
    state, now_ms = changed(changes)
    names, at_ms = list[str](), ms("2026-01-05T00:00:00Z")
    while at_ms < now_ms + 70 * DAY_MS:
        span = span_at(state.terms, at_ms)
        names.append(span.day)
        at_ms = span.ends_ms

    assert sorted(set(names)) == names


@EXAMPLES
@given(PROFILES, ZONES, DAYS)
def test_open_period_keeps_its_end(
    changes: list[tuple[str, int, str, int]], zone: str, cycle_day: int
) -> None:
    """Another zone or cycle day: the open period keeps its end, the next starts there."""
    state, now_ms = changed(changes)
    before = span_at(state.terms, now_ms)
    profile = Profile(subscriber_id="s", plan_id="r", time_zone=zone, cycle_day=cycle_day, jurisdiction="CN")
    state.set_profile(profile, arrival_ms=now_ms)
    after = span_at(state.terms, now_ms)

    assert (before.starts_ms, before.ends_ms, before.day, "r") == (
        after.starts_ms,
        after.ends_ms,
        after.day,
        after.plan_id,
    )
    following = span_at(state.terms, before.ends_ms)
    assert (before.ends_ms, cycle_at(zone, cycle_day, before.ends_ms)[1]) == (
        following.starts_ms,
        following.ends_ms,
    )
