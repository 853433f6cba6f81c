"""What a subscriber owes, and which of its levels have been told."""

from decimal import Decimal
from itertools import permutations

import msgspec
import pytest

from schemas.errors import SchemaError
from streams.core.bill import ARREARS, Bill, levels_reached
from streams.core.money import CURRENCY_COUNT_MAX
from tests.build_windows import PERCENTS, cny, credit


def test_owed_is_charged_less_paid_in_any_order() -> None:
    """Sums commute."""
    moves = [Decimal("12.30"), Decimal("-0.05"), Decimal(-10), Decimal("0.001")]
    bills = []
    for order in permutations(moves):
        bill = Bill()
        for amount in order:
            bill.accrue("CNY", amount)
        bills.append(bill)

    assert {"CNY": "2.251"} == bills[0].owed
    assert [bills[0]] * len(bills) == bills


def test_payment_in_another_currency_pays_nothing_of_the_limit() -> None:
    """It is a payment nevertheless: the generation goes up."""
    bill = credit(owed="80")
    bill.raised = ("credit_limit/50", "credit_limit/80")
    bill.pay(msgspec.structs.replace(cny("80"), currency="EUR"), PERCENTS)

    assert (1, ("credit_limit/50", "credit_limit/80")) == (bill.generation, bill.raised)
    assert {"CNY": "80", "EUR": "-80"} == bill.owed


def test_payment_taken_back_is_owed_again() -> None:
    """A negative payment."""
    bill = credit(owed="10")
    bill.pay(cny("-5.50"), PERCENTS)

    assert ({"CNY": "15.50"}, 1) == (bill.owed, bill.generation)


@pytest.mark.parametrize(
    ("owed", "marks"),
    [
        ("49.99", []),
        ("50", [50]),
        ("80", [50, 80]),
        ("100", [50, 80, 100]),
        ("100.01", [50, 80, 100, ARREARS]),
    ],
)
def test_true_marks_are_levels_and_arrears(owed: str, marks: list[object]) -> None:
    """Levels inclusive, arrears exclusive."""
    named = [one if one == ARREARS else f"credit_limit/{one}" for one in marks]

    assert named == list(credit(owed=owed).true_marks(PERCENTS))


def test_without_a_limit_no_mark_is_true() -> None:
    """Whatever is owed."""
    bill = Bill()
    bill.accrue("CNY", Decimal(10**6))

    assert () == bill.true_marks(PERCENTS)


def test_first_profile_sets_a_limit_and_another_one_changes_it() -> None:
    """``generation`` is 0 with the first, and none at all is a limit too."""
    bill, generations = Bill(), []
    for limit in ("100", "100.00", None, None, "100", "50"):
        bill.set_limits(credit=None if limit is None else cny(limit), bill=None, percents=PERCENTS)
        generations.append(bill.generation)

    assert [0, 0, 1, 1, 2, 3] == generations


def test_limit_in_another_currency_is_another_limit() -> None:
    """What is owed in the former no longer counts."""
    bill = credit(owed="80")
    bill.raised = ("credit_limit/50",)
    bill.set_limits(credit=msgspec.structs.replace(cny("100"), currency="EUR"), bill=None, percents=PERCENTS)

    assert 1 == bill.generation
    assert not bill.raised


def test_another_bill_limit_arms_nothing() -> None:
    """Its levels are told once a period."""
    bill = credit()
    bill.set_limits(credit=cny("100"), bill=cny("30"), percents=PERCENTS)

    assert (0, ("30", "CNY")) == (bill.generation, bill.bill_limit)


def test_too_many_currencies_change_nothing() -> None:
    """Refused before any change."""
    bill = Bill(owed={f"C{number:02}": "1" for number in range(CURRENCY_COUNT_MAX)}, raised=("x",))
    before = msgspec.msgpack.encode(bill)
    with pytest.raises(SchemaError):
        bill.accrue("CNY", Decimal(1))
    with pytest.raises(SchemaError):
        bill.pay(cny("1"), PERCENTS)

    assert before == msgspec.msgpack.encode(bill)


def test_levels_are_exact_to_the_last_digit() -> None:
    """Python's default precision would round the larger product."""
    limit = Decimal("999999999999999999.999999999")
    almost = limit - Decimal("0.000000001")

    assert ((50,), (50, 100)) == tuple(levels_reached(one, limit, (50, 100)) for one in (almost, limit))


def test_state_comes_back_as_it_was() -> None:
    """It is stored as an array."""
    bill = credit("100.00", owed="80.10")
    bill.pay(cny("1"), PERCENTS)

    assert bill == msgspec.msgpack.decode(msgspec.msgpack.encode(bill), type=Bill)
