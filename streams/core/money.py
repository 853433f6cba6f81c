"""Sums of money by currency: exact decimals, kept as texts. A float would round."""

from collections.abc import Collection, Mapping
from decimal import Decimal, localcontext
from typing import Final

from schemas.errors import Reason, SchemaError
from schemas.fields import MONEY_DIGITS, Money

CURRENCY_COUNT_MAX: Final = 32
"""In one sum. A record that brings another is refused: a state is bounded."""

Sums = dict[str, str]
"""Currency → exact decimal. A currency stays once it is there, also at zero."""


def check_currency(sums: Mapping[str, object] | None, currency: str, *, field: str) -> None:
    """Refuse a currency for which there is no room.

    Raises: SchemaError ``bad_field`` that names ``field``.
    """
    check_currencies(sums, {currency}, field=field)


def check_currencies(sums: Mapping[str, object] | None, currencies: Collection[str], *, field: str) -> None:
    """Refuse currencies if there is no room for all of them.

    Raises: SchemaError as `check_currency`.
    """
    new = [currency for currency in currencies if sums is None or currency not in sums]
    if new and len(sums or ()) + len(new) > CURRENCY_COUNT_MAX:
        raise SchemaError(Reason.BAD_FIELD, f"{field}: too many currencies in one sum")


def plus(sums: Mapping[str, str] | None, currency: str, amount: Decimal, *, field: str = "amount") -> Sums:
    """Return the sums with an amount, which may be negative, added in one currency.

    Raises: SchemaError as `check_currency`.
    """
    check_currency(sums, currency, field=field)
    known = sums or {}
    return {**known, currency: sum_of(known.get(currency, "0"), amount)}


def sum_of(known: str, amount: Decimal) -> str:
    """Return a sum with an amount, which may be negative, added."""
    with localcontext(prec=MONEY_DIGITS):
        return f"{Decimal(known) + amount:f}"


def amount_in(sums: Mapping[str, str] | None, currency: str) -> Decimal:
    """Return the sum in one currency, 0 where there is none."""
    return Decimal((sums or {}).get(currency, "0"))


def money(amount: Decimal, currency: str) -> Money:
    """Return an amount as it stands in outputs."""
    return Money(amount=f"{amount:f}", currency=currency)


def is_same(one: Money | None, other: Money | None) -> bool:
    """Return whether two amounts are the same, however they are written."""
    if one is None or other is None:
        return one is other
    return one.currency == other.currency and one.value() == other.value()
