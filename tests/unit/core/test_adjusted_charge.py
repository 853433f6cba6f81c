"""What a period that is long over costs before and after a late record: nothing is an amount too."""

from typing import Any

import pytest

from schemas.fields import Money
from tests.build import THROTTLE, Line, after, allowance, data, plan, replay

END = "2026-12-01T00:00:00Z"
LATE = {"at": "2026-11-30T12:00:00Z", "arrives": after(END, hours=24)}
FIFTEEN, NOTHING = Money("15.00", "CNY"), Money("0.00", "CNY")


def reversal(percent: float) -> Line:
    """Return a late reversal of the record "o"."""
    was = {"bytes_up": data(percent)["value"]["bytes_up"]}
    return data(0, corrects={"record_id": "o", "was": was}, **LATE)


def adjusted(*lines: Line) -> tuple[Money | None, Money | None]:
    """Return what the period costs before and after the last line."""
    told = replay(lines).signals[-1]
    assert "late_adjustment" == told.kind()
    return told.charge_before, told.charge_after


def test_nothing_is_over_any_more_and_that_costs_nothing() -> None:
    """ceil(0 / per) x price: 30 % over were 15.00, and are 0.00."""
    before = data(130, at=LATE["at"], record_id="o")

    assert (FIFTEEN, NOTHING) == adjusted(before, reversal(30))


def test_nothing_was_over_and_that_cost_nothing() -> None:
    """The other way: 0.00 become 15.00; also where the bucket was never used before."""
    assert (NOTHING, FIFTEEN) == adjusted(data(90), data(40, **LATE))
    assert (NOTHING, FIFTEEN) == adjusted(data(130, **LATE))


def test_nothing_over_before_and_after() -> None:
    """A charge that is known is said, be it nothing."""
    assert (NOTHING, NOTHING) == adjusted(data(10), data(10, **LATE))


def test_unlimited_costs_nothing() -> None:
    """Nothing is ever over it."""
    assert (NOTHING, NOTHING) == adjusted(plan(allowance(amount=None)), data(10), data(10, **LATE))


@pytest.mark.parametrize(
    "beyond",
    [{"action": "charge"}, {"action": "charge", "price": "5.00"}, THROTTLE, {"action": "block"}],
    ids=str,
)
def test_null_is_where_the_plan_has_no_price(beyond: dict[str, Any]) -> None:
    """Nobody says what it costs: not that it is free."""
    assert (None, None) == adjusted(plan(allowance(beyond=beyond)), data(90), data(40, **LATE))


def test_bucket_that_the_plan_does_not_name_has_no_price() -> None:
    """Amount 0 and a charge of null."""
    assert (None, None) == adjusted(plan(allowance("voice")), data(40, **LATE))


def test_own_charge_of_a_record_is_known_without_a_price() -> None:
    """Null before, the record's own after."""
    free = plan(allowance(beyond=THROTTLE))

    assert (None, Money("1.00", "CNY")) == adjusted(
        free, data(40, charge={"amount": "1.00", "currency": "CNY"}, **LATE)
    )


def test_same_amount_otherwise_written_is_no_change() -> None:
    """0.00 and 0.000 are the same amount: nothing to tell of."""
    free = {"amount": "0.000", "currency": "CNY"}

    assert [] == replay([data(10), data(bytes_up=0, charge=free, **LATE)]).signals
