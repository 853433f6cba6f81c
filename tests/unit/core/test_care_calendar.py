"""Days of the calendar come by the clock on the subscriber's wall."""

from datetime import date
from typing import Any

import pytest

from schemas.profile import Contract, Profile
from streams.core.care_calendar import days_after, instant, months_after, next_instant
from streams.regimes.care_when import When
from tests.build import iso, ms


def somebody(**own: Any) -> Profile:  # noqa: ANN401
    """Return a profile."""
    given: dict[str, Any] = {
        "subscriber_id": "s",
        "plan_id": "p",
        "time_zone": "UTC",
        "cycle_day": 1,
        "jurisdiction": "CN",
    }
    return Profile(**(given | own))


def comes(when: When, after: str, **own: Any) -> str | None:  # noqa: ANN401
    """Return when a rule is due next."""
    at_ms = next_instant(when, somebody(**own), after_ms=ms(after))
    return None if at_ms is None else iso(at_ms)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("UTC", "2026-11-10", "10:00", "2026-11-10T10:00:00.000Z"),
        ("Asia/Shanghai", "2026-11-10", "00:00", "2026-11-09T16:00:00.000Z"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30:00.000Z"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00.000Z"),
    ],
)
def test_a_time_on_the_wall_is_one_instant(zone: str, day: str, at: str, expected: str) -> None:
    """Left out by a change of clocks: as much later; there twice: the first."""
    assert expected == iso(instant(zone, date.fromisoformat(day), at))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-10T09:59:59Z", "2026-11-10T10:00:00.000Z"),
        ("2026-11-10T10:00:00Z", "2027-11-10T10:00:00.000Z"),
        ("2027-12-31T23:59:59Z", "2028-11-10T10:00:00.000Z"),
    ],
)
def test_a_birthday_comes_every_year(after: str, expected: str) -> None:
    """Strictly after the instant that is looked from."""
    assert expected == comes(When(day="birthday"), after, born_on=date(1990, 11, 10))


def test_who_is_born_on_29_february_has_a_birthday_every_year() -> None:
    """On the 28th where there is no 29th."""
    when, born_on = When(day="birthday"), date(2000, 2, 29)

    assert "2027-02-28T10:00:00.000Z" == comes(when, "2026-11-10T00:00:00Z", born_on=born_on)
    assert "2028-02-29T10:00:00.000Z" == comes(when, "2027-03-01T00:00:00Z", born_on=born_on)


def test_without_the_day_nothing_comes() -> None:
    """No birthday, no contract, a contract without an end."""
    contract = Contract(what="plan")

    assert comes(When(day="birthday"), "2026-11-10T00:00:00Z") is None
    assert comes(When(day="contract_end", days=-30), "2026-11-10T00:00:00Z", contracts=(contract,)) is None


def test_a_contract_that_never_ends_and_one_that_ended_long_ago_bring_nothing() -> None:
    """The first and the last year of the calendar stand for that, and have no day before or after them."""
    ends = (date(1, 1, 1), date(2026, 12, 31), date(9999, 12, 31))
    contracts = tuple(Contract(what="plan", ends_on=day) for day in ends)
    when = When(day="contract_end", days=-30)

    for zone in ("Asia/Shanghai", "America/New_York"):
        own = {"contracts": contracts, "time_zone": zone}
        assert "2026-12-01" == (comes(when, "2026-11-10T00:00:00Z", **own) or "")[:10]
        assert comes(when, "2026-12-02T00:00:00Z", **own) is None


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (date(2026, 11, 10), "2027-11-10T10:00:00.000Z"),
        (date(2027, 11, 10), "2028-11-10T10:00:00.000Z"),
        (date(2029, 11, 10), None),
        (date(9999, 11, 10), None),
        (date(1, 11, 10), "2026-11-10T10:00:00.000Z"),
    ],
)
def test_a_birthday_comes_after_the_day_of_birth(born_on: date, expected: str | None) -> None:
    """Not on it. Who is born in years to come has none yet: a profile may say so."""
    assert expected == comes(When(day="birthday"), "2026-11-10T00:00:00Z", born_on=born_on)


def test_the_31st_of_a_short_month_is_its_last_day() -> None:
    """Each calendar month has one."""
    assert "2026-11-30T10:00:00.000Z" == comes(When(monthly=31), "2026-11-10T00:00:00Z")
    assert "2027-02-28T10:00:00.000Z" == comes(When(monthly=31), "2027-02-01T00:00:00Z")


def test_festivals_come_on_their_days() -> None:
    """Every year, or on dates of another calendar."""
    dates = When(dates=(date(2027, 2, 6), date(2028, 1, 26)), days=-1)

    assert "2027-01-01T10:00:00.000Z" == comes(When(yearly=("01-01",)), "2026-11-10T00:00:00Z")
    assert "2027-02-05T10:00:00.000Z" == comes(dates, "2026-11-10T00:00:00Z")
    assert comes(dates, "2029-01-01T00:00:00Z") is None


def test_days_and_months_are_the_calendars() -> None:
    """Three months after the last of November is the last of February; a day may have 25 hours."""
    assert "2027-02-28T10:00:00.000Z" == iso(months_after("UTC", ms("2026-11-30T23:00:00Z"), 3, "10:00"))
    assert "2026-10-26T09:00:00.000Z" == iso(
        days_after("Europe/Berlin", ms("2026-10-24T22:30:00Z"), 1, "10:00")
    )


def test_the_end_of_the_calendar_is_no_error() -> None:
    """A clock that has been set to the year 9999 brings nothing."""
    assert comes(When(monthly=1), "9995-01-01T00:00:00Z") is None
