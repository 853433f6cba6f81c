"""Each day to come takes what its weekday took: the newest 35 days before today."""

import pytest
from msgspec.structs import replace

from schemas.times import MS_PER_DAY
from streams.core.forecast import Forecast, runs_out
from streams.core.weekday_rate import week_before
from streams.core.window import Window
from streams.regimes.windows import shipped_windows
from tests.build import after, iso, ms

STARTS, ENDS = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"
"""A Sunday, a Tuesday."""
MONDAY = "2026-11-16T00:00:00Z"
ALLOWANCE = 10_000
SATURDAY = "2026-10-17T00:00:00Z"
"""The oldest one in the 35 days that end on the `MONDAY`."""


def filled(*used: tuple[str, int], counted: int = 1, of: int = 1) -> Window:
    """Return a window of (instant, raw quantity); of each ``of`` units, ``counted`` counted."""
    window = Window()
    for at, quantity in used:
        window.add_counted(ms(at), quantity * counted // of)
        window.add_raw(ms(at), quantity)
    return window


def weekly(
    quantity: int, *, first: str = SATURDAY, weeks: int = 5, more: tuple[tuple[str, int], ...] = ()
) -> Window:
    """Return a window with so much at noon of one day a week, and ``more``."""
    return filled(*((after(first, days=7 * week, hours=12), quantity) for week in range(weeks)), *more)


def looked(window: Window, used: int, *, at: str = MONDAY) -> Forecast | None:
    """Return the forecast for a bucket of which so much is used."""
    found = runs_out(
        window,
        time_zone="UTC",
        starts_ms=ms(STARTS),
        ends_ms=ms(ENDS),
        at_ms=ms(at),
        used=used,
        allowance=ALLOWANCE,
        rule=replace(shipped_windows().forecast, rate="weekday"),
    )
    return found if isinstance(found, Forecast) else None


def said_at(forecast: Forecast | None) -> str:
    """Return when a forecast says that the bucket runs out."""
    assert forecast is not None
    return iso(forecast.runs_out_ms)


def rates(window: Window, *, at: str = MONDAY, starts: str = STARTS) -> tuple[int, ...]:
    """Return what a day takes, Monday first, in thousandths of raw."""
    week = week_before(window, starts_ms=ms(starts), at_ms=ms(at))
    assert week is not None
    monday = ms(MONDAY) // MS_PER_DAY
    return tuple(week.rates[(monday + day) % 7] for day in range(7))


def test_even_use_is_a_straight_line() -> None:
    """Where every day is the same the weekday does not matter."""
    window = filled(*((after(MONDAY, days=-day), 100) for day in range(35)))
    forecast = looked(window, 9_000)

    assert (100, after(MONDAY, days=10)) == (forecast.rate_per_day if forecast else None, said_at(forecast))


def test_saturdays_use_runs_out_on_a_saturday() -> None:
    """Mo to Fr nothing, Sa 1,000: 1,500 last until the middle of the second Saturday."""
    #  Mo 16 … |Sa 21: 1,000| … |Sa 28: 500 of 1,000
    assert "2026-11-28T12:00:00.000Z" == said_at(looked(weekly(1_000), 8_500))


def test_mean_day_is_a_seventh_of_the_week() -> None:
    """``rate_per_day`` is one number: the week's, spread."""
    forecast = looked(weekly(1_000), 8_500)

    assert 1_000 // 7 == (forecast.rate_per_day if forecast else None)


def test_each_weekday_is_the_mean_of_its_days() -> None:
    """Five Saturdays, of which one had more."""
    window = weekly(1_000, more=(("2026-11-07T20:00:00Z", 500),))

    assert (0, 0, 0, 0, 0, 1_100_000, 0) == rates(window)


def test_today_is_not_over_and_says_nothing() -> None:
    """A burst in the morning is no weekday yet."""
    quiet, burst = weekly(1_000), weekly(1_000, more=((MONDAY, 9_000),))

    assert rates(quiet) == rates(burst)


def test_rest_of_today_takes_its_share() -> None:
    """From noon on half of the day's."""
    window = filled(*((after(MONDAY, days=-day), 100) for day in range(35)))

    assert after(MONDAY, hours=36) == said_at(looked(window, 9_900, at=after(MONDAY, hours=12)))


def test_days_without_use_count_from_the_periods_start() -> None:
    """Whoever used nothing before the 9th used nothing on the 1st to the 8th."""
    #  |Su 1 … Su 8: nothing|Mo 9 … Su 15: 100 a day|Mo 16
    window = filled(*((after("2026-11-09T00:00:00Z", days=day), 100) for day in range(7)))

    # 15 days known: two of each weekday, three Sundays.
    assert (50_000,) * 6 + (33_333,) == rates(window)


def test_days_without_use_count_from_the_oldest_day_on() -> None:
    """The day of the oldest slot is the first that is known, be it before the period."""
    #  |Mo 26 October: 700| … nothing …|Mo 16 November
    assert (700_000 // 3, 0, 0, 0, 0, 0, 0) == rates(filled(("2026-10-26T08:00:00Z", 700)))


def test_unknown_weekday_is_the_mean_of_all() -> None:
    """On the period's fifth day four days are known."""
    #  |Su 1: 100|Mo 2: 200|Tu 3: 300|We 4: 400|Th 5
    window = filled(*((after(STARTS, days=day), 100 * (day + 1)) for day in range(4)))

    assert (200_000, 300_000, 400_000, 250_000, 250_000, 250_000, 100_000) == rates(
        window, at="2026-11-05T00:00:00Z"
    )


def test_older_than_thirty_five_days_is_forgotten() -> None:
    """Today and the 34 days before it."""
    #  |Mo 12 October: 9,000| 35 days |Mo 16 November
    window = Window()
    window.add_raw(ms("2026-10-12T12:00:00Z"), 9_000)
    window.add_raw(ms("2026-10-13T12:00:00Z"), 500)
    window.add_counted(ms(MONDAY), 70)
    window.add_raw(ms(MONDAY), 70)

    assert (0, 100_000, 0, 0, 0, 0, 0) == rates(window)


@pytest.mark.parametrize(("counted", "of", "days"), [(1, 2, 10), (1, 1, 5), (2, 1, 2.5)])
def test_only_what_counts_is_expected(counted: int, of: int, days: float) -> None:
    """Half was zero-rated: it lasts twice as long. Calls were rounded up to the double: half as long."""
    window = filled(*((after(MONDAY, days=-day), 100) for day in range(35)), counted=counted, of=of)

    assert after(MONDAY, hours=int(24 * days)) == said_at(looked(window, 9_500))


def test_share_that_counts_is_taken_from_whole_days() -> None:
    """The oldest of the 168 hours lie in a day whose beginning has fallen out: that day is left out."""
    #  Mo 9 |0:00: 900, not counted|12:00: 100|  …  |Mo 16 11:00: the newest of 168 hours
    window = Window()
    for at, counted in (
        ("2026-11-09T00:00:00Z", 0),
        ("2026-11-09T12:00:00Z", 900),
        ("2026-11-16T11:00:00Z", 100),
    ):
        window.add_counted(ms(at), counted)
        window.add_raw(ms(at), 1_000)
    week = week_before(window, starts_ms=ms(STARTS), at_ms=ms("2026-11-16T11:00:00Z"))

    assert week is not None
    assert (100, 1_000) == (week.counted, week.raw)


def test_less_than_one_a_day_is_still_something() -> None:
    """Two messages a week: 2,000 thousandths, not nothing."""
    window = filled(*((after(MONDAY, days=-7 * week - 1), 2) for week in range(4)))
    forecast = looked(window, 9_998)

    assert (0, "2026-11-23T00:00:00.000Z") == (forecast.rate_per_day if forecast else None, said_at(forecast))


def test_running_out_as_the_period_ends_is_not_said() -> None:
    """Only what runs out before the end: 16 to 30 November are 15 days."""
    window = filled(*((after(MONDAY, days=-day), 100) for day in range(35)))
    found = [looked(window, ALLOWANCE - left) for left in (1_499, 1_500, 1_501)]

    assert [True, False, False] == [forecast is not None for forecast in found]


def test_corrected_weekday_takes_nothing_rather_than_less() -> None:
    """A day may have been corrected below nothing; no day to come gives anything back."""
    window = filled(*((after(MONDAY, days=-day), 100) for day in range(35)), (after(MONDAY, days=-15), -700))

    assert (100_000,) * 6 + (0,) == rates(window)
