"""The oracle's allowances, money and windows on cases small enough to do in the head."""

from decimal import Decimal

from tests.oracle.by_hand import MONTH, NOON, addon, data, event, plan, profile, read, said
from tests.oracle.oracle import Oracle
from tests.oracle.oracle_periods import instant

# -- allowances


def test_purchase_arms_the_levels_anew() -> None:
    """What is still true is said again of generation 1, what is not is resolved."""
    oracle = read(data(1000, "a"), addon(200), data(150, "b"))

    assert [
        *[("near_limit", 80), ("near_limit", 100)],
        *[("near_limit", 80), ("resolved", 1)],
    ] == said(oracle)
    assert [0, 0, 1] == [one["generation"] for one in oracle.signals if one["type"] == "near_limit"]
    assert 1200 == next(one["allowance"] for one in oracle.signals if one.get("generation") == 1)


def test_add_on_lapses_with_what_was_not_used_of_it() -> None:
    """It covers usage from before its end, late or not; without the rest it is one more generation."""
    #  |--- buys 500 until the 12th --- 300 --- lapses: 1300 --- 200 of the 11th: 1500 ---|
    oracle = read(
        addon(500, expires_at="2026-11-12T00:00:00Z"),
        data(300, "a"),
        data(800, "b", at="2026-11-13T00:00:00Z"),
        data(200, "c", at="2026-11-11T00:00:00Z", arrives="2026-11-13T00:00:00Z"),
    )

    levels = [one for one in oracle.signals if one["type"] == "near_limit"]
    assert [(80, 2, 1100, 1300)] == [
        (one["level"], one["generation"], one["used"], one["allowance"]) for one in levels
    ]


def test_what_one_month_drew_is_missing_in_the_next() -> None:
    """Of 500 until the middle of December November takes 300 beyond the plan's 1000."""
    oracle = read(
        addon(500, expires_at="2026-12-15T00:00:00Z"),
        data(1300, "a"),
        data(960, "b", at="2026-12-05T00:00:00Z"),
    )

    [december] = [one for one in oracle.signals if one.get("period") == "2026-12-01" and "level" in one]
    assert (80, 1200) == (december["level"], december["allowance"])


def test_reminder_says_what_is_left() -> None:
    """24 hours before the end of an add-on, if something is."""
    bought = addon(500, expires_at="2026-12-15T00:00:00Z")
    oracle = read(bought, data(1200, "a"), data(1, "b", at="2026-12-14T00:00:00Z"))

    [reminder] = [one for one in oracle.signals if one["type"] == "expiring"]
    assert (300, "2026-12-14T00:00:00.000Z") == (reminder["left"], reminder["at"])


def test_smaller_plan_is_looked_at_at_once() -> None:
    """Used stays, the new allowance holds for the whole open period."""
    oracle = read(plan(), plan("q", 500), profile(), data(450, "a"), profile(NOON, plan_id="q"))

    assert [("near_limit", 80)] == said(oracle)
    assert ("q", 500, 1) == tuple(oracle.signals[-1][name] for name in ("plan_id", "allowance", "generation"))


def test_balance_replaces_what_was_counted_up_to_it() -> None:
    """A record that comes later but started before is in the balance."""
    report = event(
        "balance.reported", "e", bucket="data", period="2026-11-01", used=500, as_of="2026-11-10T00:00:00Z"
    )
    before, after = "2026-11-10T00:00:00Z", "2026-11-10T00:00:00.001Z"

    assert {MONTH: 540} == read(
        data(30, "a", at=before), data(40, "b", at=after), report, data(70, "c", at=before, arrives=NOON)
    ).totals()


# -- money and windows


def test_own_charges_win_over_the_plans_price() -> None:
    """Where any record carries one."""
    charge = {"amount": "0.30", "currency": "CNY"}

    assert {MONTH: Decimal("0.30")} == read(data(900, "a", charge=charge), data(500, "b")).charges()
    assert {MONTH: Decimal("6.00")} == read(data(900, "a"), data(500, "b")).charges()


def test_bill_is_warned_of_and_armed_again_by_a_payment() -> None:
    """50, 80, 100 percent of the limit; above it arrears; what a payment makes untrue may be said again."""
    limit = profile(credit_limit={"amount": "10.00", "currency": "CNY"})
    amounts = [{"amount": amount, "currency": "CNY"} for amount in ("7.99", "0.01", "2.01", "6.00", "4.00")]
    kinds = ["charge.accrued"] * 3 + ["payment.received", "charge.accrued"]
    events = [event(kind, f"m{place}", amount=amounts[place]) for place, kind in enumerate(kinds)]

    oracle = read(limit, *events)
    assert [
        *[("bill_warning", 50), ("bill_warning", 80), ("bill_warning", 100), ("arrears", None)],
        *[("bill_warning", 50), ("bill_warning", 80)],
    ] == said(oracle)
    assert [0, 0, 0, 0, 1, 1] == [one["generation"] for one in oracle.signals]


def test_forecast_is_said_from_the_fifth_day_and_again_when_it_moves() -> None:
    """30 % on the fifth day at its first hour: 97 hours, 300 octets; the rest lasts 226 hours and a third."""
    fifth = "2026-11-05T00:00:00Z"
    assert [] == read(data(300, "a", at="2026-11-04T23:59:59Z")).signals
    assert [] == read(data(299, "a", at=fifth)).signals

    [forecast] = read(data(300, "a", at=fifth)).signals
    assert (74, "2026-11-14T10:20:00.000Z", 1) == tuple(
        forecast[name] for name in ("rate_per_day", "runs_out_at", "n")
    )


def test_windows_end_with_the_newest_slot() -> None:
    """168 hours of what counted, 35 days of what was measured."""
    old, newer = "2026-11-01T00:30:00Z", "2026-11-08T00:30:00Z"
    oracle = read(data(1, "a", at=old), data(2, "b", at=newer))

    assert ({instant(newer) // 3_600_000: 2}, {20758: 1, 20765: 2}) == oracle.windows()["s", "data"]


def test_oracle_remembers_nothing_between_two_readings() -> None:
    """The same lines, the same answer."""
    lines = [plan(), profile(), data(900, "a"), addon(50), data(200, "b")]

    assert Oracle().read(lines).signals == Oracle().read(lines).signals
