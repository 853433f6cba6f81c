"""When a bucket runs out, if usage goes on as it was: what both rates share, and the straight line."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.times import MS_PER_DAY
from streams.core.forecast import Forecast, NoForecast, moved, outlook, runs_out
from streams.core.period import Term
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.core.window import Window
from streams.regimes.window_rules import ForecastRule
from streams.regimes.windows import shipped_windows
from tests.build import SUBSCRIBER, after, iso, ms

STARTS, ENDS = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"
TENTH = "2026-11-10T00:00:00Z"
ALLOWANCE = 10_000
RULE = shipped_windows().forecast
STRAIGHT = replace(RULE, rate="straight")
WEEKDAY = replace(RULE, rate="weekday")
BOTH_RATES = pytest.mark.parametrize("rule", [STRAIGHT, WEEKDAY], ids=["straight", "weekday"])


def window_of(*slots: tuple[str, int]) -> Window:
    """Return a window that has taken (instant, quantity) in that order, counted as they were used."""
    window = Window()
    for at, quantity in slots:
        window.add_counted(ms(at), quantity)
        window.add_raw(ms(at), quantity)
    return window


def daily(quantity: int, *, days: int = 9, first: str = STARTS) -> Window:
    """Return a window with so much in the first hour of each of so many days."""
    return window_of(*((after(first, days=day), quantity) for day in range(days)))


def looked(  # noqa: PLR0913  # what is set is what matters
    window: Window,
    used: int,
    *,
    at: str = TENTH,
    zone: str = "UTC",
    period: tuple[str, str] = (STARTS, ENDS),
    allowance: int | None = ALLOWANCE,
    rule: ForecastRule = STRAIGHT,
) -> Forecast | None:
    """Return the forecast for a bucket of which so much is used."""
    found = runs_out(
        window,
        time_zone=zone,
        starts_ms=ms(period[0]),
        ends_ms=ms(period[1]),
        at_ms=ms(at),
        used=used,
        allowance=allowance,
        rule=rule,
    )
    return found if isinstance(found, Forecast) else None


def said_at(forecast: Forecast | None) -> str:
    """Return when a forecast says that the bucket runs out."""
    assert forecast is not None
    return iso(forecast.runs_out_ms)


# -- when there is one


@BOTH_RATES
def test_forecast_is_made_from_thirty_percent_to_the_allowance(rule: ForecastRule) -> None:
    """Not under 30 % used, inclusive; not from the allowance on."""
    #  29.99 %, 30 %, 99.99 %, 100 %
    found = [looked(daily(2_000), used, rule=rule) for used in (2_999, 3_000, 9_999, 10_000)]

    assert [False, True, True, False] == [forecast is not None for forecast in found]


@BOTH_RATES
@pytest.mark.parametrize("allowance", [None, 0])
def test_what_has_no_end_or_nothing_has_no_forecast(allowance: int | None, rule: ForecastRule) -> None:
    """An unlimited bucket never runs out, one of nothing always has."""
    assert looked(daily(2_000), 5_000, allowance=allowance, rule=rule) is None


#    zone, the period, the first instant of its fifth local day
FIFTH_DAYS = [
    ("UTC", ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"), "2026-11-05T00:00:00Z"),
    ("Asia/Shanghai", ("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z"), "2026-11-04T16:00:00Z"),
    # Clocks go back on 1 November: the third day has 25 hours.
    ("America/New_York", ("2026-10-30T04:00:00Z", "2026-11-30T05:00:00Z"), "2026-11-03T05:00:00Z"),
    # Clocks go forward on 8 March: the third day has 23.
    ("America/New_York", ("2026-03-06T05:00:00Z", "2026-04-06T04:00:00Z"), "2026-03-10T04:00:00Z"),
    # The fifth day has no midnight: it begins at one o'clock.
    ("Asia/Beirut", ("2026-03-24T22:00:00Z", "2026-04-24T21:00:00Z"), "2026-03-28T22:00:00Z"),
]


@BOTH_RATES
@pytest.mark.parametrize(("zone", "period", "fifth"), FIFTH_DAYS)
def test_forecast_begins_with_the_fifth_local_day(
    zone: str, period: tuple[str, str], fifth: str, rule: ForecastRule
) -> None:
    """Not before the period's fifth day in the subscriber's zone, by the record's event time."""
    #  |-- 1 --|-- 2 --|-- 3 --|-- 4 --|-- 5 --
    #                        no forecast | forecast
    window = daily(2_000, days=5, first=period[0])
    instants = (after(fifth, ms=-1), fifth)

    found = [looked(window, 8_000, at=at, zone=zone, period=period, rule=rule) for at in instants]

    assert [False, True] == [forecast is not None for forecast in found]


@BOTH_RATES
def test_nothing_used_lately_is_no_forecast(rule: ForecastRule) -> None:
    """An opening total from billing may be all there is; corrections may leave less than nothing."""
    assert looked(Window(), 5_000, rule=rule) is None
    assert looked(daily(-5), 5_000, rule=rule) is None


@BOTH_RATES
def test_order_of_records_does_not_matter(rule: ForecastRule) -> None:
    """The same slots give the same forecast in whatever order they were filled."""
    days = [(1, 700), (3, 900), (6, -200), (6, 1_500), (8, 2_000)]
    slots = [(after(STARTS, days=day, hours=day), quantity) for day, quantity in days]

    found = [looked(window_of(*order), 4_900, rule=rule) for order in permutations(slots)]

    assert found[0] is not None
    assert [found[0]] * len(found) == found


# -- the straight line


def test_line_goes_through_the_hours_of_the_period() -> None:
    """Rate: quantity in the hours from the period's first to the newest, both included, if fewer than 168."""
    #  |--- 97 hours: 1 to 5 November, the newest is the first of the 5th ---|--- 5,000 left ---
    window = daily(1_000, days=5)
    forecast = looked(window, 5_000, at="2026-11-05T00:30:00Z")

    assert 5_000 * 24 // 97 == (forecast.rate_per_day if forecast else None)
    assert after("2026-11-05T00:30:00Z", hours=97) == said_at(forecast)


def test_line_goes_through_no_more_than_a_week() -> None:
    """At most the newest 168 hours: what came before says nothing."""
    #  |- 9,000 -| … |--- 168 hours: 7 times 100 ---|
    window = window_of((STARTS, 9_000), *((after(TENTH, days=-day), 100) for day in range(7)))
    forecast = looked(window, 9_700)

    assert 100 == (forecast.rate_per_day if forecast else None)
    assert after(TENTH, days=3) == said_at(forecast)


def test_line_does_not_see_the_former_period() -> None:
    """What was used before the period's first hour is another period's."""
    before = daily(9_000, days=3, first="2026-10-29T00:00:00Z")
    for day in range(6):
        before.add_counted(ms(after(STARTS, days=day)), 1_000)

    alone, both = (
        looked(window, 6_000, at="2026-11-06T00:00:00Z") for window in (daily(1_000, days=6), before)
    )

    assert alone is not None
    assert alone == both


def test_line_begins_with_the_whole_hour_of_the_start() -> None:
    """Where a period starts at half past, its first UTC hour is taken whole."""
    #  18:00 |-- 400 --| 18:30 start
    starts = "2026-10-31T18:30:00Z"
    window = window_of(("2026-10-31T18:10:00Z", 400), ("2026-11-04T21:00:00Z", 600))
    forecast = looked(
        window, 4_000, at="2026-11-04T21:00:00Z", zone="Asia/Kolkata", period=(starts, "2026-11-30T18:30:00Z")
    )

    # 100 hours; 6,000 left at 10 an hour.
    assert (240, after("2026-11-04T21:00:00Z", hours=600)) == (
        forecast.rate_per_day if forecast else None,
        said_at(forecast),
    )


def test_older_record_does_not_pull_the_line_back() -> None:
    """The line starts at the record or at the newest hour, whichever is later."""
    window = daily(1_000, days=9)
    newest = after(STARTS, days=8)

    assert said_at(looked(window, 9_000, at=newest)) == said_at(
        looked(window, 9_000, at=after(newest, days=-2))
    )


def test_line_ends_on_a_whole_millisecond() -> None:
    """Cut, not rounded."""
    window = window_of((after(TENTH, days=-6), 1), (TENTH, 10))

    # 168 h / 11 is 54,981,818.18 ms.
    assert after(TENTH, ms=54_981_818) == said_at(looked(window, 9_999))


def test_running_out_as_the_period_ends_is_not_said() -> None:
    """Only what runs out before the end, which the period does not contain."""
    #  10 November at 100 a day: 21 days to the end
    window = window_of(*((after(TENTH, days=-day), 100) for day in range(7)))
    found = [looked(window, ALLOWANCE - left) for left in (2_099, 2_100, 2_101)]

    assert [True, False, False] == [forecast is not None for forecast in found]


# -- when it is said again


@pytest.mark.parametrize("sign", [1, -1])
def test_forecast_is_said_again_when_it_moves_by_more_than_three_days(sign: int) -> None:
    """Either way, and not by three days exactly."""
    spans_ms = (0, 3 * MS_PER_DAY, 3 * MS_PER_DAY + 1)

    assert [False, False, True] == [
        moved(ms(TENTH), ms(TENTH) + sign * span_ms, RULE) for span_ms in spans_ms
    ]


def test_first_forecast_is_said() -> None:
    """There is none that it could be near to."""
    assert moved(None, ms(TENTH), RULE)


def test_rule_is_data() -> None:
    """Each number of the rule can be another one."""
    early = replace(STRAIGHT, least_percent=10, first_day=2, hours=24, moves_by_days=1)
    window = daily(500, days=2)
    at = after(STARTS, days=1)

    assert looked(window, 1_000, at=at) is None
    assert after(at, days=18) == said_at(looked(window, 1_000, at=at, rule=early))
    assert moved(ms(at), ms(at) + MS_PER_DAY + 1, early)


# -- why there is none


def outlook_of(
    used: int, *, at: str = TENTH, arrives: str | None = None, told: str | None = None, quantity: int = 2_000
) -> Forecast | NoForecast:
    """Return what is to be told of a subscriber's data, of which so much is used and so much a day."""
    period = Period(ms(STARTS), ms(ENDS), STARTS[:10], "p")
    period.buckets["data"] = Usage(total=used, allowance=ALLOWANCE)
    if told is not None:
        period.buckets["data"].forecast = (1, ms(told))
    state = Subscriber(
        id=SUBSCRIBER,
        terms=[Term(0, "UTC", 1, "p")],
        periods=[period],
        windows={"data": daily(quantity)},
    )
    return outlook(state, period, "data", at_ms=ms(at), arrival_ms=ms(arrives or at), rule=STRAIGHT)


@pytest.mark.parametrize(
    ("used", "own", "why"),
    [
        (2_999, {}, NoForecast.LITTLE_USED),
        (10_000, {}, NoForecast.USED_UP),
        # Usage of the 3rd that arrives on the 10th: the rule goes by when it was used.
        (5_000, {"at": "2026-11-03T00:00:00Z", "arrives": TENTH}, NoForecast.TOO_EARLY),
        (5_000, {"arrives": ENDS}, NoForecast.PERIOD_ENDED),
        (2_999, {"arrives": ENDS}, NoForecast.PERIOD_ENDED),
        (5_000, {"at": after(STARTS, ms=-1), "arrives": TENTH}, NoForecast.OTHER_PERIOD),
        (5_000, {"quantity": 1}, NoForecast.LASTS),
        (5_000, {"told": "2026-11-12T12:00:00Z"}, NoForecast.NOT_MOVED),
    ],
)
def test_rule_says_why_there_is_no_forecast(used: int, own: dict[str, Any], why: NoForecast) -> None:
    """The first reason that applies; lateness before all that a quantity says."""
    assert why is outlook_of(used, **own)


def test_rule_says_a_forecast_that_is_new() -> None:
    """None was told, or one that lies elsewhere."""
    for told in (None, "2026-11-25T00:00:00Z"):
        assert isinstance(outlook_of(5_000, told=told), Forecast)
