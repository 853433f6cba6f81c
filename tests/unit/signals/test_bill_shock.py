"""``bill_shock``: roaming has cost a large part of the plan's price within hours."""

from decimal import Decimal

import pytest

from schemas.window_signals import BillShock
from streams.core.charges import Charges
from streams.core.money import money
from streams.signals.window_change import ShockChange
from tests.build_windows import WINDOWS, at, cause, cny, found

RULE = WINDOWS.bill_shock


def shocks(*charges: tuple[str, int], price: str = "100.00", kept: Charges | None = None) -> list[BillShock]:
    """Return what is told when roaming costs (amount, instant), in that order."""
    window = Charges() if kept is None else kept
    said: list[BillShock] = []
    for number, (amount, at_ms) in enumerate(charges):
        total = window.note(at_ms, Decimal(amount), price=Decimal(price), rule=RULE)
        if total is not None:
            change = ShockChange(
                cause=cause(f"r{number}", at_ms),
                source="tap",
                rule=RULE,
                charge=money(total, "CNY"),
                plan_price=cny(price),
                plan_version=3,
            )
            said += [one for one in found(change) if isinstance(one, BillShock)]
    return said


@pytest.mark.parametrize(("amount", "count"), [("49.99", 0), ("50", 1), ("50.01", 1)])
def test_bill_shock_is_half_of_the_plans_price(amount: str, count: int) -> None:
    """Inclusive, exact."""
    assert count == len(shocks((amount, at())))


def test_bill_shock_adds_up_within_the_hours() -> None:
    """25 and 25 within a day."""
    [signal] = shocks(("25", at()), ("25", at(hours=23)))

    assert (24, cny("50"), cny("100.00"), 3) == (
        signal.window_hours,
        signal.charge,
        signal.plan_price,
        signal.decided_by.plan_version,
    )


@pytest.mark.parametrize(("hours", "count"), [(23, 1), (24, 0)])
def test_bill_shock_forgets_what_was_a_day_ago(hours: int, count: int) -> None:
    """The 24 UTC hours that end with the record's: the 25th is out."""
    assert count == len(shocks(("25", at()), ("25", at(hours=hours))))


@pytest.mark.parametrize(("ms_", "count"), [(-1, 1), (0, 2)])
def test_bill_shock_is_told_again_after_the_cool_down(ms_: int, count: int) -> None:
    """24 hours of event time after the last."""
    assert count == len(shocks(("50", at()), ("60", at(hours=2)), ("60", at(hours=24, ms_=ms_))))


def test_bill_shock_needs_a_price() -> None:
    """Of a plan that costs nothing nothing is half."""
    assert [] == shocks(("1000", at()), price="0.00")


def test_charge_taken_back_is_no_shock_and_makes_room() -> None:
    """A correction lowers the window's sum."""
    assert [] == shocks(("40", at()), ("-30", at(hours=1)), ("30", at(hours=2)))
    assert 1 == len(shocks(("60", at()), ("90", at(hours=23)), ("-1", at(hours=25))))


def test_charges_that_arrive_out_of_order_count_in_their_own_hour() -> None:
    """And in windows that end later; one older than two days before the newest is forgotten."""
    assert 1 == len(shocks(("30", at(hours=5)), ("30", at())))
    assert [] == shocks(("30", at(hours=23)), ("30", at(hours=-1)))
    assert 1 == len(shocks(("50", at(hours=5)), ("30", at())))
    assert 1 == len(shocks(("30", at(hours=5)), ("10", at()), ("10", at(hours=6))))
    assert [] == shocks(("1", at(hours=48)), ("90", at(hours=-1)))


def test_window_is_bounded_whatever_comes() -> None:
    """At most 48 hours: a late record looks back a day."""
    kept = Charges()
    shocks(*(("1", at(hours=hour)) for hour in range(100)), kept=kept)

    assert 48 == len(kept.hours)


def test_sums_are_exact() -> None:
    """A float would be at 49.99999999999999 here."""
    assert 1 == len(shocks(*(("0.1", at()) for _ in range(500))))
