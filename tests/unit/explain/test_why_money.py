"""What is raised already of a credit limit and a bill limit, and what is next."""

from typing import Any

from tests.build import Line, event, plan, profile
from tests.build_story import last


def owed(amount: str) -> Line:
    """Return a charge that billing has accrued."""
    return event("charge.accrued", amount={"amount": amount, "currency": "CNY"})


def paid(amount: str) -> Line:
    """Return a payment."""
    return event("payment.received", amount={"amount": amount, "currency": "CNY"})


def limits(*records: Line, credit: str | None = None, bill: str | None = None) -> list[str]:
    """Return what the last record says of the limits of one who has these."""
    own: dict[str, Any] = {
        name: {"amount": amount, "currency": "CNY"}
        for name, amount in (("credit_limit", credit), ("bill_limit", bill))
        if amount is not None
    }
    return [one.text for one in last(plan(), profile(**own), *records).why_not]


def test_without_a_limit_there_is_no_warning() -> None:
    """What is owed is kept all the same."""
    assert ["no bill warning: the profile has no credit limit and no bill limit"] == limits(owed("5.00"))


def test_next_level_of_the_credit_limit_is_said_with_what_is_owed() -> None:
    """At 50, 80 and 100 percent; what is raised already with its line."""
    first = limits(owed("40.00"), credit="100.00")
    second = limits(owed("60.00"), owed("5.00"), credit="100.00")

    assert ["next bill warning 50 % of the credit limit, at CNY 50.00: CNY 40.00 is owed"] == first
    assert [
        "next bill warning 80 % of the credit limit, at CNY 80.00: CNY 65.00 is owed",
        "50 % of the credit limit was raised with line 3; a payment arms it anew",
    ] == second


def test_arrears_are_next_when_all_levels_are_reached() -> None:
    """Above the limit, not at it."""
    texts = limits(owed("100.00"), paid("0.00"), owed("0.00"), credit="100.00")
    at_limit = limits(owed("90.00"), owed("10.00"), credit="100.00")

    assert [] == texts
    assert "next arrears, above the credit limit of CNY 100.00: CNY 100.00 is owed" == at_limit[0]


def test_arrears_are_said_once() -> None:
    """Until a payment."""
    assert "arrears was raised with line 3; a payment arms it anew" in limits(
        owed("101.00"), owed("1.00"), credit="100.00"
    )


def test_prepaid_limit_has_no_levels() -> None:
    """A credit limit of nothing: any debt is arrears."""
    assert ["next arrears, above the credit limit of CNY 0.00: CNY -1.00 is owed"] == limits(
        paid("2.00"), owed("1.00"), credit="0.00"
    )


def test_bill_limit_is_of_the_period() -> None:
    """What billing has accrued and what buckets have cost in it."""
    assert [
        "next bill warning 100 % of the bill limit, at CNY 50.00: CNY 45.00 in the period from 2026-11-01",
        "80 % of the bill limit was raised with line 3",
    ] == limits(owed("40.00"), owed("5.00"), bill="50.00")
