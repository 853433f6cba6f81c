"""What is found over spans of time, from what a network writes to what others read."""

# ruff: noqa: ANN401  (`own` are fields of a record)

from typing import Any

import pytest

from schemas.outputs import derive_id
from tests.build import (
    NOON,
    SUBSCRIBER,
    Fed,
    Line,
    after,
    allowance,
    data,
    event,
    plan,
    profile,
    replay,
    sms,
    voice,
)

LONG_AGO = "2026-05-01T00:00:00Z"


def told(fed: Fed, kind: str) -> list[Any]:
    """Return the signals of a kind."""
    return [signal for signal in fed.all_signals if signal.kind() == kind]


def segments(fed: Fed, name: str) -> list[tuple[str, bool]]:
    """Return period and partiality of each time that a segment was told."""
    return [(one.period, one.partial) for one in told(fed, "segment") if one.segment == name]


# -- A1.1: over quota five times a month or more


def episode(number: int) -> list[Line]:
    """Return usage past the allowance as it is then, and the add-on that brings it back: two episodes."""
    at = after(NOON, hours=number)
    bought = event(
        "addon.purchased", at=at, addon_id="a", bucket="data", amount=1_000_000, event_id=f"e{number}"
    )
    return [data(bytes_up=10_100_001 if number == 0 else 1_000_001, at=at), bought]


@pytest.mark.parametrize(
    ("episodes", "wanted"), [(4, []), (5, [("2026-11-01", True)]), (6, [("2026-11-01", True)])]
)
def test_a1_1_data_panic_is_five_episodes_in_a_period(episodes: int, wanted: list[tuple[str, bool]]) -> None:
    """Crossings and add-ons, not records; told once in the period."""
    records = [line for number in range(3) for line in episode(number)]

    assert wanted == segments(replay(records[:episodes]), "data_panic")


def test_a1_1_records_beyond_the_allowance_are_one_episode() -> None:
    """Ten records that are all over it crossed it once."""
    assert [] == segments(replay([data(101), *(data(5) for _ in range(10))]), "data_panic")


def test_a1_1_another_month_begins_at_nothing() -> None:
    """Three episodes and three more after the turn are no panic."""
    later = [line for number in range(2) for line in episode(number)][:3]
    for line in later:
        line["value"] = {**line["value"], "event_id": f"late{line['value'].get('event_id')}"}
        key = "started_at" if line["topic"] == "cdr" else "at"
        line["value"][key] = line["value"][key].replace("2026-11", "2026-12")
    first = [line for number in range(2) for line in episode(number)][:3]

    assert [] == segments(replay([*first, *later]), "data_panic")


# -- A1.2: more than 500 minutes of calls a month


@pytest.mark.parametrize(("last_s", "count"), [(60, 0), (61, 1)])
def test_a1_2_voice_heavy_is_more_than_five_hundred_minutes(last_s: int, count: int) -> None:
    """500:00 no, 500:01 yes; raw seconds of both directions, whatever is billed."""
    calls = [
        voice(7_485),
        voice(7_485, direction="in"),
        voice(7_485),
        voice(7_485, direction="in"),
        voice(last_s),
    ]

    assert count == len(segments(replay(calls), "voice_heavy"))


# -- A1.3: stable at 50 yuan or less


def months(*amounts: str) -> list[Line]:
    """Return what was accrued in the months before November, and a record of November."""
    first = 11 - len(amounts)
    bills = [
        event(
            "charge.accrued",
            at=f"2026-{first + index:02}-15T00:00:00Z",
            amount={"amount": text, "currency": "CNY"},
        )
        for index, text in enumerate(amounts)
    ]
    return [profile(arrives=f"2026-{first:02}-01T00:00:00Z"), *bills, sms(at="2026-11-02T00:00:00Z")]


@pytest.mark.parametrize(
    ("amounts", "count"),
    [
        (["49.99", "50.00", "49.99"], 1),
        (["50.00", "50.00", "50.00"], 1),
        (["50.01", "50.00", "50.00"], 0),
        (["50.00", "50.00", "50.01"], 0),
        (["50.00", "50.00"], 0),
        (["80.00", "50.00", "50.00", "50.00"], 1),
    ],
)
def test_a1_3_basic_is_fifty_or_less_in_each_of_three_months(amounts: list[str], count: int) -> None:
    """Looked at with the first record of a new period; one month above breaks it."""
    assert count == len(segments(replay(months(*amounts)), "basic"))


def test_a1_3_without_billing_the_plans_price_is_what_a_month_costs() -> None:
    """A plan of 48 and overage of 5 is 53; the plan alone is 48."""
    terms = plan(price="48.00")
    quiet = [profile(arrives="2026-08-01T00:00:00Z"), sms(at="2026-11-02T00:00:00Z")]
    over = [quiet[0], data(101, at="2026-09-09T00:00:00Z"), quiet[1]]

    assert [("2026-11-01", True)] == segments(replay([terms, *quiet]), "basic")
    assert [] == segments(replay([terms, *over]), "basic")


# -- A1.4: six months of history


def test_a1_4_profile_of_seven_months_has_six() -> None:
    """The oldest drops out; peak day, seconds, messages and roaming days of each month."""
    records = [profile(arrives="2026-04-01T00:00:00Z")]
    for month in range(4, 11):
        at = f"2026-{month:02}-10T12:00:00Z"
        records += [
            data(bytes_up=month * 1_000, at=at, roaming=True),
            data(bytes_up=500, at=after(at, days=2)),
            voice(90, direction="in", at=at),
            sms(2, at=at),
        ]
    state = replay([*records, sms(at="2026-11-02T00:00:00Z")]).state()

    assert state is not None
    assert [f"2026-{month:02}-01" for month in range(5, 11)] == [one.day for one in state.months]
    last = state.months[-1]
    assert (10_500, 10_000, 90, 2, 1) == (last.data, last.peak_day, last.talk_s, last.sms, last.roaming_days)


# -- A1.7, A1.8: intents


def views(count: int, *, page: str = "balance", every_minutes: int = 60) -> list[Line]:
    """Return so many looks at a page."""
    return [
        event("app.viewed", at=after(NOON, minutes=number * every_minutes), page=page, event_id=f"v{number}")
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "wanted"), [(4, []), (5, [("more_data", 5, 24)]), (9, [("more_data", 5, 24)])]
)
def test_a1_7_balance_page_five_times_in_a_day(count: int, wanted: list[tuple[str, int, int]]) -> None:
    """One intent a cool-down; its id is of rule, source and event."""
    found = told(replay(views(count)), "intent")

    assert wanted == [(one.intent, one.count, one.window_hours) for one in found]
    assert [derive_id("signals", "intent", SUBSCRIBER, "balance_viewed", "", "v4")] * len(wanted) == [
        one.id for one in found
    ]


def test_a1_7_broadband_page_three_times_in_a_week() -> None:
    """Watches the page of broadband bundles."""
    found = told(replay(views(3, page="broadband", every_minutes=24 * 60)), "intent")

    assert ["broadband"] == [one.intent for one in found]


def asked(topic: str, number: int) -> Line:
    """Return a question to care."""
    at = after(NOON, days=number)
    return event("care.contacted", at=at, channel="call", topic=topic, event_id=f"c{number}")


def test_a1_8_second_question_about_data_running_short_is_an_intent() -> None:
    """Different topics do not add up."""
    assert [] == told(replay([asked("data_short", 0), asked("bill_dispute", 1)]), "intent")
    assert 1 == len(told(replay([asked("data_short", 0), asked("data_short", 9)]), "intent"))
    assert [] == told(replay([asked("data_short", 0), asked("data_short", 30)]), "intent")


# -- A2.12: bill warnings and arrears


def owes(*amounts: str, limit: str = "100.00", **own: Any) -> list[Line]:
    """Return a subscriber with a credit limit, and what was accrued."""
    who = profile(credit_limit={"amount": limit, "currency": "CNY"}, **own)
    return [who, *(charge(amount, number) for number, amount in enumerate(amounts))]


def charge(amount: str, number: int) -> Line:
    """Return a charge of billing's."""
    at = after(NOON, minutes=number)
    return event("charge.accrued", at=at, amount={"amount": amount, "currency": "CNY"}, event_id=f"b{number}")


def paid(amount: str, number: int) -> Line:
    """Return a payment."""
    at = after(NOON, minutes=number)
    return event(
        "payment.received", at=at, amount={"amount": amount, "currency": "CNY"}, event_id=f"p{number}"
    )


def warned(fed: Fed) -> list[tuple[int, int]]:
    """Return level and generation of each warning."""
    return [(one.level, one.generation) for one in told(fed, "bill_warning")]


@pytest.mark.parametrize(
    ("amounts", "levels"),
    [
        (["49.99"], []),
        (["50.00"], [50]),
        (["79.99"], [50]),
        (["80.00"], [50, 80]),
        (["60.00", "40.00"], [50, 80, 100]),
    ],
)
def test_a2_12_bill_warning_at_fifty_eighty_and_a_hundred_percent(
    amounts: list[str], levels: list[int]
) -> None:
    """Of a credit of 100: 79.99 no, 80 yes; each once."""
    assert levels == [level for level, _ in warned(replay(owes(*amounts)))]


def test_a2_12_a_payment_arms_what_is_no_longer_true() -> None:
    """Paid down to 55, then up to 80 again: 80 is told anew, 50 is not."""
    fed = replay([*owes("85.00"), paid("30.00", 5), charge("25.00", 6)])

    assert [(50, 0), (80, 0), (80, 1)] == warned(fed)


@pytest.mark.parametrize(("amount", "count"), [("100.00", 0), ("100.01", 1)])
def test_a2_12_arrears_are_more_than_the_credit(amount: str, count: int) -> None:
    """At the limit nothing is due yet."""
    assert count == len(told(replay(owes(amount)), "arrears"))


def test_a2_12_prepaid_is_in_arrears_when_the_balance_is_gone() -> None:
    """A limit of nothing has no levels: 20 were paid, 20.01 are used."""
    first = replay([*owes(limit="0.00"), paid("20.00", 0), charge("20.00", 1)])
    then = replay([*owes(limit="0.00"), paid("20.00", 0), charge("20.01", 1)])

    assert ([], []) == (told(first, "arrears"), warned(first))
    assert ([1], []) == ([one.generation for one in told(then, "arrears")], warned(then))


def test_a2_12_overage_by_the_plan_is_owed_too_and_comes_down_with_a_correction() -> None:
    """5.00 a megabyte begun: 10 over is 50.00; corrected to 25.00, and up again: no second alert."""
    down = data(
        bytes_up=15_000_000, record_id="c", corrects={"record_id": "a", "was": {"bytes_up": 20_000_000}}
    )
    fed = replay([*owes(), data(bytes_up=20_000_000, record_id="a"), down, data(bytes_up=5_000_000)])

    assert [(50, 0)] == warned(fed)
    assert "50.00" == fed.state().bill.owed["CNY"]  # type: ignore[union-attr,index]


def test_bill_limit_is_of_a_billing_period() -> None:
    """UK Communications Act 124S: the subscriber's own limit; told when likely and as soon as reached."""
    who = profile(jurisdiction="GB", bill_limit={"amount": "20.00", "currency": "CNY"})
    next_month = event(
        "charge.accrued",
        at="2026-12-02T00:00:00Z",
        amount={"amount": "16.00", "currency": "CNY"},
        event_id="n",
    )
    found = told(replay([who, charge("16.00", 0), charge("4.00", 1), next_month]), "bill_warning")

    assert [("2026-11-01", 80), ("2026-11-01", 100), ("2026-12-01", 80)] == [
        (one.period, one.level) for one in found
    ]
    assert {"bill_limit"} == {one.limit for one in found}


# -- shocks and faults


def test_roaming_that_costs_half_the_plan_within_a_day_is_a_shock() -> None:
    """Charges of roaming records alone, in the plan's currency."""
    terms = plan(allowance(amount=None), price="100.00")
    dear = [
        data(1, roaming=True, at=after(NOON, hours=hour), charge={"amount": "25.00", "currency": "CNY"})
        for hour in (0, 5)
    ]
    at_home = [data(1, charge={"amount": "90.00", "currency": "CNY"})]

    assert [("50.00", "100.00")] == [
        (one.charge.amount, one.plan_price.amount) for one in told(replay([terms, *dear]), "bill_shock")
    ]
    assert [] == told(replay([terms, *at_home]), "bill_shock")


@pytest.mark.parametrize(("count", "wanted"), [(2, []), (3, [3]), (5, [3])])
def test_three_dropped_calls_in_a_week(count: int, wanted: list[int]) -> None:
    """Calls that ended otherwise do not add up."""
    calls = [voice(10, ended_by="dropped", at=after(NOON, hours=number)) for number in range(count)]
    fed = replay([voice(10, ended_by="failed"), voice(10, ended_by="normal"), *calls])

    assert wanted == [one.count for one in told(fed, "dropped_calls")]


def test_a_day_of_five_usual_ones_is_a_spike() -> None:
    """From 1 GB on, for whom a usual day is known; once a UTC day."""
    usual = [data(bytes_up=200_000_000, at=after("2026-11-03T12:00:00Z", days=number)) for number in range(6)]
    day = [data(bytes_up=600_000_000, at=after("2026-11-09T11:00:00Z", hours=hour)) for hour in (0, 1, 2)]
    found = told(replay([plan(allowance(amount=None)), *usual, *day]), "usage_spike")

    assert [1_200_000_000] == [one.last_24h for one in found]


# -- forecast


def daily(octets: int, days: int) -> list[Line]:
    """Return as much on each day of November, at noon."""
    return [data(bytes_up=octets, at=f"2026-11-{day:02}T12:00:00Z") for day in range(1, days + 1)]


def test_forecast_is_the_straight_line_of_seven_days() -> None:
    """168 UTC hours that end with the newest; not before the fifth day, nor under 30 percent."""
    [found] = told(replay(daily(600_000, 5)), "forecast")

    # 5 times 600,000 in 4 days and 13 hours; 7 MB are left.
    hours = 4 * 24 + 13
    assert (3_000_000 * 24 // hours, 1) == (found.rate_per_day, found.n)
    assert "2026-11-05T12:00:00.000Z" == found.at
    assert after("2026-11-05T12:00:00Z", ms=7_000_000 * hours * 3_600_000 // 3_000_000) == found.runs_out_at
    assert [] == told(replay(daily(600_000, 4)), "forecast")
    assert [] == told(replay(daily(599_999, 5)), "forecast")


def test_forecast_is_said_again_only_when_it_has_moved_by_more_than_three_days() -> None:
    """The same rate goes on, and nothing more is said; a day of four is news."""
    steady = told(replay(daily(600_000, 9)), "forecast")
    burst = told(
        replay([*daily(600_000, 9), data(bytes_up=2_500_000, at="2026-11-09T20:00:00Z")]), "forecast"
    )

    assert [1] == [one.n for one in steady]
    assert [1, 2] == [one.n for one in burst]


def test_no_forecast_for_what_lasts_until_the_period_ends() -> None:
    """Three percent a day are ninety in thirty days."""
    assert [] == told(replay(daily(300_000, 20)), "forecast")


def test_no_forecast_of_a_period_that_is_over() -> None:
    """Late usage foresees nothing."""
    late = data(40, at="2026-11-20T12:00:00Z", arrives="2026-12-01T06:00:00Z")

    assert [] == told(replay([late]), "forecast")


def test_no_segment_of_a_period_that_nobody_gets_notices_of_any_more() -> None:
    """A call that comes ten days after its period's end makes nobody a talker."""
    late = voice(30_001, at="2026-11-20T12:00:00Z", arrives="2026-12-11T00:00:00Z")

    assert [] == segments(replay([late]), "voice_heavy")
