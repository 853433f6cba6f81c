"""Billing periods, as the signals of a replay name and end them."""

import pytest

from tests.build import after, data, profile, replay

#    zone, cycle day, an instant of usage → the period's name and end
PERIODS = [
    # A month is a month in the subscriber's own zone.
    ("UTC", 1, "2026-11-30T23:59:59.999Z", "2026-11-01", "2026-12-01T00:00:00.000Z"),
    ("UTC", 1, "2026-12-01T00:00:00Z", "2026-12-01", "2027-01-01T00:00:00.000Z"),
    ("Asia/Shanghai", 1, "2026-11-30T15:59:59.999Z", "2026-11-01", "2026-11-30T16:00:00.000Z"),
    ("Asia/Shanghai", 1, "2026-11-30T16:00:00Z", "2026-12-01", "2026-12-31T16:00:00.000Z"),
    ("Asia/Shanghai", 15, "2026-11-14T15:59:59.999Z", "2026-10-15", "2026-11-14T16:00:00.000Z"),
    # Clocks go forward on 8 March 2026: that day has 23 hours.
    ("America/New_York", 8, "2026-03-08T04:59:59.999Z", "2026-02-08", "2026-03-08T05:00:00.000Z"),
    ("America/New_York", 8, "2026-03-08T05:00:00Z", "2026-03-08", "2026-04-08T04:00:00.000Z"),
    ("America/New_York", 9, "2026-03-09T03:59:59.999Z", "2026-02-09", "2026-03-09T04:00:00.000Z"),
    ("America/New_York", 9, "2026-03-09T04:00:00Z", "2026-03-09", "2026-04-09T04:00:00.000Z"),
    # Clocks go back on 1 November 2026: that day has 25 hours.
    ("America/New_York", 1, "2026-11-01T03:59:59.999Z", "2026-10-01", "2026-11-01T04:00:00.000Z"),
    ("America/New_York", 1, "2026-11-01T04:00:00Z", "2026-11-01", "2026-12-01T05:00:00.000Z"),
    ("America/New_York", 2, "2026-11-02T04:59:59.999Z", "2026-10-02", "2026-11-02T05:00:00.000Z"),
    ("America/New_York", 2, "2026-11-02T05:00:00Z", "2026-11-02", "2026-12-02T05:00:00.000Z"),
    # Midnight does not exist: the first instant of the day is 01:00.
    ("America/Sao_Paulo", 4, "2018-11-04T02:59:59.999Z", "2018-10-04", "2018-11-04T03:00:00.000Z"),
    ("America/Sao_Paulo", 4, "2018-11-04T03:00:00Z", "2018-11-04", "2018-12-04T02:00:00.000Z"),
    ("Asia/Beirut", 29, "2026-03-28T21:59:59.999Z", "2026-02-28", "2026-03-28T22:00:00.000Z"),
    ("Asia/Beirut", 29, "2026-03-28T22:00:00Z", "2026-03-29", "2026-04-28T21:00:00.000Z"),
    # Midnight comes twice: the day begins with the first.
    ("America/Havana", 3, "2024-11-03T03:59:59.999Z", "2024-10-03", "2024-11-03T04:00:00.000Z"),
    ("America/Havana", 3, "2024-11-03T04:00:00Z", "2024-11-03", "2024-12-03T05:00:00.000Z"),
    # The whole day does not exist: Samoa went from 29 to 31 December 2011.
    ("Pacific/Apia", 31, "2011-12-30T09:59:59.999Z", "2011-11-30", "2011-12-30T10:00:00.000Z"),
    # In a month that is too short, its last day.
    ("UTC", 31, "2026-02-27T23:59:59.999Z", "2026-01-31", "2026-02-28T00:00:00.000Z"),
    ("UTC", 31, "2026-02-28T00:00:00Z", "2026-02-28", "2026-03-31T00:00:00.000Z"),
    ("UTC", 31, "2026-04-29T23:59:59.999Z", "2026-03-31", "2026-04-30T00:00:00.000Z"),
    ("UTC", 31, "2028-02-29T00:00:00Z", "2028-02-29", "2028-03-31T00:00:00.000Z"),
    ("UTC", 30, "2026-02-28T00:00:00Z", "2026-02-28", "2026-03-30T00:00:00.000Z"),
    ("UTC", 29, "2027-02-28T00:00:00Z", "2027-02-28", "2027-03-29T00:00:00.000Z"),
    # Offsets that are no whole hours, and zones east and west of the date line.
    ("Asia/Kathmandu", 1, "2026-10-31T18:15:00Z", "2026-11-01", "2026-11-30T18:15:00.000Z"),
    ("Pacific/Kiritimati", 1, "2026-10-31T10:00:00Z", "2026-11-01", "2026-11-30T10:00:00.000Z"),
    ("Pacific/Pago_Pago", 1, "2026-11-01T10:59:59.999Z", "2026-10-01", "2026-11-01T11:00:00.000Z"),
]


@pytest.mark.parametrize(("zone", "cycle_day", "at", "name", "ends_at"), PERIODS)
def test_period_is_local(zone: str, cycle_day: int, at: str, name: str, ends_at: str) -> None:
    """From local midnight of the cycle day on, half-open, named by its local first day."""
    [signal] = replay([profile(arrives=at, time_zone=zone, cycle_day=cycle_day), data(80, at=at)]).signals

    assert (name, ends_at) == (signal.period, signal.period_ends_at)


@pytest.mark.parametrize(("zone", "cycle_day", "at", "name", "ends_at"), PERIODS)
def test_period_is_the_same_in_a_profile_that_came_long_before(
    zone: str, cycle_day: int, at: str, name: str, ends_at: str
) -> None:
    """A period follows from zone and cycle day alone, not from when the profile came."""
    early = profile(arrives=after(at, days=-400), time_zone=zone, cycle_day=cycle_day)
    [signal] = replay([early, data(80, at=at)]).signals

    assert (name, ends_at) == (signal.period, signal.period_ends_at)


@pytest.mark.parametrize(("zone", "cycle_day", "at", "name", "ends_at"), PERIODS)
def test_period_ends_where_the_next_begins(
    zone: str, cycle_day: int, at: str, name: str, ends_at: str
) -> None:
    """Half-open: its last millisecond is in it, the next one is not."""
    who = profile(arrives=at, time_zone=zone, cycle_day=cycle_day)
    last, first = data(80, at=after(ends_at, ms=-1)), data(80, at=ends_at)

    assert name == replay([who, last]).signals[0].period
    assert name != replay([who, first]).signals[0].period


def test_event_time_decides_and_not_arrival() -> None:
    """Usage of the last minute of November counts in November though December has begun when it arrives."""
    fed = replay([data(80, at="2026-11-30T23:59:00Z", arrives="2026-12-01T00:01:00Z")])

    assert [("2026-11-01", True)] == [(signal.period, signal.late) for signal in fed.signals]


def test_usage_of_the_next_period_may_arrive_before_it() -> None:
    """A network's clock may run ahead by five minutes, over the period's end too."""
    fed = replay([data(80, at="2026-12-01T00:00:00Z", arrives="2026-11-30T23:56:00Z")])

    assert [("2026-12-01", False)] == [(signal.period, signal.late) for signal in fed.signals]
