"""``arrears``: more is owed than the credit limit."""

from decimal import Decimal

import pytest

from schemas.window_signals import Arrears
from streams.core.bill import Bill
from streams.core.history import History
from streams.signals.window_change import BillChange
from tests.build_windows import PERCENTS, PERIOD, cause, cny, credit, credit_change, found


def arrears(bill: Bill) -> list[Arrears]:
    """Return what is told of arrears."""
    return [one for one in found(credit_change(bill)) if isinstance(one, Arrears)]


@pytest.mark.parametrize(("owed", "count"), [("99.99", 0), ("100", 0), ("100.01", 1)])
def test_a2_12_arrears_are_more_than_the_credit_limit(owed: str, count: int) -> None:
    """A2.12: exclusive, for at the limit nothing is overdrawn."""
    assert count == len(arrears(credit(owed=owed)))


@pytest.mark.parametrize(("owed", "count"), [("-5", 0), ("0", 0), ("0.01", 1)])
def test_a2_12_prepaid_is_in_arrears_with_the_first_that_is_not_covered(owed: str, count: int) -> None:
    """A limit of 0: what was paid in is the balance."""
    assert count == len(arrears(credit("0", owed=owed)))


def test_a2_12_prepaid_uses_its_balance() -> None:
    """20 paid in, 20 used: nothing; one fen more: arrears; paid in again and used up: again."""
    #  |-- +20 -- 20 used -- 0.01 used: said -- +10 -- 10 used: said --|
    bill = credit("0")
    bill.pay(cny("20"), PERCENTS)
    bill.accrue("CNY", Decimal(20))
    used_up = len(arrears(bill))
    bill.accrue("CNY", Decimal("0.01"))
    over = len(arrears(bill))
    bill.pay(cny("10"), PERCENTS)
    bill.accrue("CNY", Decimal(10))

    assert (0, 1, [2]) == (used_up, over, [one.generation for one in arrears(bill)])


def test_a2_12_a_payment_that_does_not_cover_it_says_nothing_again() -> None:
    """Still in arrears: the subscriber knows."""
    bill = credit(owed="150")
    said = len(arrears(bill))
    bill.pay(cny("49.99"), PERCENTS)

    assert (1, [], 1) == (said, arrears(bill), bill.generation)


def test_a2_12_a_payment_back_to_the_limit_arms_it() -> None:
    """150 owed, 50 paid: at the limit, no longer above."""
    bill = credit(owed="150")
    arrears(bill)
    bill.pay(cny("50"), PERCENTS)
    bill.accrue("CNY", Decimal("0.01"))

    assert [(cny("100.01"), cny("100.00"), 1)] == [
        (one.owed, one.amount, one.generation) for one in arrears(bill)
    ]


def test_a_bill_limit_knows_no_arrears() -> None:
    """It is what the subscriber wants to spend, not what the operator lends."""
    bill = Bill()
    bill.set_limits(credit=None, bill=cny("10"), percents=PERCENTS)
    change = BillChange.of_period(
        cause(), bill, History(), period=PERIOD, charges=(cny("99"),), percents=(80, 100)
    )

    assert ["bill_warning", "bill_warning"] == [one.kind() for one in found(change)]
