"""The clock on the wall and the calendar: quiet hours and ages."""

from datetime import date

import pytest

from schemas.times import format_instant, parse_instant
from streams.core.wall import age_at, quiet_ends_ms

TEN, EIGHT = 22 * 60, 8 * 60


def ends(zone: str, at: str, *, from_minute: int = TEN, to_minute: int = EIGHT) -> str | None:
    """Return when the quiet hours end in which an instant lies."""
    at_ms = parse_instant(at)
    ends_ms = quiet_ends_ms(zone, at_ms, from_minute=from_minute, to_minute=to_minute)
    return None if ends_ms is None else format_instant(ends_ms).removesuffix(".000Z")


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-20T21:59:59+08:00", None),
        ("2026-11-20T22:00:00+08:00", "2026-11-21T00:00:00"),
        ("2026-11-20T23:59:59+08:00", "2026-11-21T00:00:00"),
        ("2026-11-21T00:00:00+08:00", "2026-11-21T00:00:00"),
        ("2026-11-21T07:59:59+08:00", "2026-11-21T00:00:00"),
        ("2026-11-21T08:00:00+08:00", None),
    ],
)
def test_quiet_hours_go_over_midnight(local: str, expected: str | None) -> None:
    """From ten at night, inclusive, to before eight in the morning, where the subscriber lives."""
    assert expected == ends("Asia/Shanghai", local)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-20T12:59:00Z", None),
        ("2026-11-20T13:00:00Z", "2026-11-20T14:30:00"),
        ("2026-11-20T14:29:59Z", "2026-11-20T14:30:00"),
        ("2026-11-20T14:30:00Z", None),
    ],
)
def test_quiet_hours_may_be_within_a_day(local: str, expected: str | None) -> None:
    """A rest at noon."""
    assert expected == ends("UTC", local, from_minute=13 * 60, to_minute=14 * 60 + 30)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-08T04:00:00Z", "2026-03-08T12:00:00"),  # clocks go forward at 02:00: a night of nine hours
        ("2026-11-01T03:00:00Z", "2026-11-01T13:00:00"),  # and back: one of eleven
    ],
)
def test_a_night_in_which_clocks_change_ends_at_eight_all_the_same(at: str, expected: str) -> None:
    """By the wall, not by so many hours."""
    assert expected == ends("America/New_York", at)


def test_quiet_hours_that_end_in_a_skipped_hour_end_later() -> None:
    """An end at 02:30 on the night in which that is left out is never at or before the instant itself."""
    at = "2026-03-08T06:59:00Z"

    assert ends("America/New_York", at, to_minute=2 * 60 + 30) == "2026-03-08T07:30:00"


@pytest.mark.parametrize(
    ("born", "at", "expected"),
    [
        ("2008-11-20", "2026-11-19T15:59:59Z", 17),
        ("2008-11-20", "2026-11-19T16:00:00Z", 18),
        ("2008-02-29", "2026-02-28T12:00:00Z", 17),
        ("2008-02-29", "2026-02-28T16:00:00Z", 18),
        ("2008-02-29", "2028-02-28T12:00:00Z", 19),
        ("2008-02-29", "2028-02-29T12:00:00Z", 20),
        ("2027-01-01", "2026-11-20T00:00:00Z", -1),
    ],
)
def test_an_age_changes_at_local_midnight(born: str, at: str, expected: int) -> None:
    """In Shanghai; who was born on 29 February ages on 1 March in other years."""
    assert expected == age_at(date.fromisoformat(born), "Asia/Shanghai", parse_instant(at))


def test_without_a_date_of_birth_the_age_is_not_known() -> None:
    """It is never guessed."""
    assert age_at(None, "UTC", 0) is None
