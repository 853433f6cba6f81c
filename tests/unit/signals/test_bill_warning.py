"""``bill_warning``: what is owed has reached a level of a limit."""

from decimal import Decimal

import pytest

from schemas.window_signals import BillWarning
from streams.core.bill import Bill
from streams.core.history import History
from streams.signals.window_change import BillChange
from tests.build_windows import PERCENTS, PERIOD, cause, cny, credit, credit_change, found

UK = (80, 100)
"""Levels of a bill limit, as a regime may have them."""


def levels(*changes: BillChange | None) -> list[int]:
    """Return the levels that are told."""
    return [one.level for one in found(*changes) if isinstance(one, BillWarning)]


def bill_limit(total: str, *, limit: str | None = "100.00", history: History | None = None) -> list[int]:
    """Return the levels of a bill limit that a period's charges reach."""
    bill = Bill()
    bill.set_limits(credit=None, bill=None if limit is None else cny(limit), percents=PERCENTS)
    change = BillChange.of_period(
        cause(), bill, history or History(), period=PERIOD, charges=(cny(total),), percents=UK
    )
    return levels(change)


@pytest.mark.parametrize(
    ("owed", "said"),
    [
        ("49.99", []),
        ("50", [50]),
        ("79.99", [50]),
        ("80", [50, 80]),
        ("80.01", [50, 80]),
        ("99.99", [50, 80]),
        ("100", [50, 80, 100]),
        ("100.01", [50, 80, 100]),
    ],
)
def test_a2_12_bill_warning_at_fifty_eighty_and_a_hundred(owed: str, said: list[int]) -> None:
    """A2.12, credit 100: 79.99 no, 80 yes. Inclusive, exact, lowest first."""
    assert said == levels(credit_change(credit(owed=owed)))


def test_a2_12_a_level_is_told_once() -> None:
    """Charges that go on say the next level, not the last one again."""
    bill = credit(owed="60")
    first = levels(credit_change(bill))
    bill.accrue("CNY", Decimal("19.99"))
    second = levels(credit_change(bill))
    bill.accrue("CNY", Decimal("0.01"))

    assert ([50], [], [80]) == (first, second, levels(credit_change(bill)))


def test_a2_12_a_charge_taken_back_and_made_again_is_not_told_twice() -> None:
    """A correction is no payment: it arms nothing."""
    bill = credit(owed="80")
    said = levels(credit_change(bill))
    bill.accrue("CNY", Decimal(-50))
    bill.accrue("CNY", Decimal(50))

    assert ([50, 80], []) == (said, levels(credit_change(bill)))


def test_a2_12_a_payment_arms_what_is_no_longer_true() -> None:
    """80 owed, 30 paid: 50 is still true and silent, 80 is told again, of the next generation."""
    bill = credit(owed="80")
    before = found(credit_change(bill))
    bill.pay(cny("30"), PERCENTS)
    paid = found(credit_change(bill))
    bill.accrue("CNY", Decimal(30))
    [again] = found(credit_change(bill))

    assert [] == paid
    assert isinstance(again, BillWarning)
    assert (80, 1) == (again.level, again.generation)
    assert again.id not in {one.id for one in before}


def test_a2_12_a_larger_limit_arms_what_is_no_longer_true() -> None:
    """As a payment does; the same limit written otherwise is none."""
    bill = credit("100.00", owed="80")
    said = levels(credit_change(bill))
    bill.set_limits(credit=cny("100"), bill=None, percents=PERCENTS)
    same = levels(credit_change(bill)), bill.generation
    bill.set_limits(credit=cny("160"), bill=None, percents=PERCENTS)
    larger = levels(credit_change(bill)), bill.generation
    bill.accrue("CNY", Decimal(48))

    assert ([50, 80], ([], 0), ([], 1), [80]) == (said, same, larger, levels(credit_change(bill)))


def test_a2_12_a_smaller_limit_tells_what_becomes_true() -> None:
    """Nothing was owed anew, yet 80 of 90 is another level."""
    bill = credit("160.00", owed="80")
    said = levels(credit_change(bill))
    bill.set_limits(credit=cny("90"), bill=None, percents=PERCENTS)

    assert ([50], [80]) == (said, levels(credit_change(bill)))


@pytest.mark.parametrize("owed", ["-1", "0", "0.01", "1000"])
def test_a2_12_prepaid_has_no_levels(owed: str) -> None:
    """A limit of 0 is prepaid: there is ``arrears``, but nothing to come near to."""
    assert [] == levels(credit_change(credit("0.00", owed=owed)))


def test_a2_12_without_a_limit_there_are_no_levels() -> None:
    """Nobody has said what is too much."""
    bill = Bill()
    bill.set_limits(credit=None, bill=None, percents=PERCENTS)
    bill.accrue("CNY", Decimal(10**9))

    assert credit_change(bill) is None


def test_a2_12_only_what_is_owed_in_the_limits_currency_counts() -> None:
    """Nobody here knows what a euro is worth."""
    bill = credit(owed="49")
    bill.accrue("EUR", Decimal(1000))

    assert [] == levels(credit_change(bill))


def test_own_fields_say_what_is_owed_of_what() -> None:
    """Exact decimals, as the sum has them."""
    [signal] = found(credit_change(credit("100.00", owed="50.005")))

    assert isinstance(signal, BillWarning)
    assert ("credit_limit", 50, cny("50.005"), cny("100.00"), 0, None) == (
        signal.limit,
        signal.level,
        signal.owed,
        signal.amount,
        signal.generation,
        signal.period,
    )


@pytest.mark.parametrize(
    ("total", "said"),
    [("79.99", []), ("80", [80]), ("99.99", [80]), ("100", [80, 100]), ("100.01", [80, 100])],
)
def test_b1_uk_bill_limit_is_of_one_periods_charges(total: str, said: list[int]) -> None:
    """B1, UK Communications Act 2003, s. 124S: told when it is likely to be, and when it is, reached."""
    assert said == bill_limit(total)


@pytest.mark.parametrize(("total", "said"), [("0", []), ("0.01", [100])])
def test_b1_uk_bill_limit_of_nothing_is_reached_by_the_first_charge(total: str, said: list[int]) -> None:
    """A customer may set even a limit of 0."""
    assert said == bill_limit(total, limit="0.00")


def test_b1_uk_bill_limit_takes_in_what_billing_has_accrued() -> None:
    """Charges of the buckets and ``charge.accrued``, of that period only."""
    history = History()
    history.add_accrued(cny("30"))

    assert [80] == bill_limit("50", history=history)
    assert [] == bill_limit("50", history=History())


def test_b1_uk_bill_limit_is_told_once_a_period() -> None:
    """Its key has the period and no generation."""
    history = History()

    assert [[80], []] == [bill_limit("80", history=history) for _ in range(2)]
    assert [80] == bill_limit("80", history=History())


def test_b1_without_a_bill_limit_or_levels_nothing_is_looked_at() -> None:
    """A regime without levels of a bill limit has none."""
    assert [] == bill_limit("500", limit=None)
    bill = Bill()
    bill.set_limits(credit=None, bill=cny("1"), percents=PERCENTS)

    assert (
        BillChange.of_period(
            cause(), bill, History(), period=PERIOD, charges=(cny("9"),), percents=()
        )
        is None
    )  # fmt: skip
