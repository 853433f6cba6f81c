"""Sums of money by currency."""

from decimal import Decimal

import pytest

from schemas.errors import Reason, SchemaError
from streams.core.money import CURRENCY_COUNT_MAX, amount_in, check_currency, money, plus

MANY = {f"A{chr(65 + number // 26)}{chr(65 + number % 26)}": "1" for number in range(CURRENCY_COUNT_MAX)}


def test_sums_are_exact() -> None:
    """Ten times 0.1 is 1, and a large amount keeps its small ones."""
    sums = None
    for _ in range(10):
        sums = plus(sums, "CNY", Decimal("0.1"))
    sums = plus(sums, "CNY", Decimal("999999999999999999.000000001"))

    assert {"CNY": "1000000000000000000.000000001"} == sums


def test_sum_has_no_exponent() -> None:
    """It is a text of the wire."""
    assert {"CNY": "0.000000001"} == plus(None, "CNY", Decimal("1E-9"))
    assert "100" == money(Decimal("1E+2"), "CNY").amount


def test_currencies_are_apart() -> None:
    """What is not there is 0."""
    sums = plus(plus(None, "CNY", Decimal(1)), "EUR", Decimal(-2))

    assert (Decimal(1), Decimal(-2), Decimal(0)) == tuple(
        amount_in(sums, name) for name in ("CNY", "EUR", "USD")
    )
    assert Decimal(0) == amount_in(None, "CNY")


def test_adding_changes_no_argument() -> None:
    """A new sum comes back."""
    sums = {"CNY": "1"}
    plus(sums, "CNY", Decimal(1))

    assert {"CNY": "1"} == sums


def test_too_many_currencies_are_refused() -> None:
    """A state is bounded; one that is known goes on."""
    assert "2" == plus(MANY, "AAA", Decimal(1))["AAA"]
    check_currency(None, "ZZZ", field="x")
    with pytest.raises(SchemaError) as caught:
        plus(MANY, "ZZZ", Decimal(1), field="charge.currency")

    assert (Reason.BAD_FIELD, True) == (caught.value.reason, "charge.currency" in caught.value.detail)
