"""Sums of money by currency: exact decimals, kept as texts. A float would round."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Final

from schemas.errors import Reason, SchemaError
from schemas.fields import MONEY_DIGITS, Money

CURRENCY_COUNT_MAX: Final = 32
"""In one sum. A record that brings another is refused: a state is bounded."""

Sums = dict[str, str]
"""Currency → exact decimal. A currency stays once it is there, also at zero."""


def check_currency(sums: Mapping[str, str] | None, currency: str, *, field: str) -> None:
    """Refuse a currency for which there is no room.

    Raises: SchemaError ``bad_field`` that names ``field``.
    """
    if sums is not None and len(sums) >= CURRENCY_COUNT_MAX and currency not in sums:
        raise SchemaError(Reason.BAD_FIELD, f"{field}: too many currencies in one sum")


def plus(sums: Mapping[str, str] | None, currency: str, amount: Decimal, *, field: str = "amount") -> Sums:
    """Return the sums with an amount, which may be negative, added in one currency.

    Raises: SchemaError as `check_currency`.
    """
    check_currency(sums, currency, field=field)
    known = sums or {}
    with localcontext(prec=MONEY_DIGITS):
        total = Decimal(known.get(currency, "0")) + amount
    return {**known, currency: f"{total:f}"}


def amount_in(sums: Mapping[str, str] | None, currency: str) -> Decimal:
    """Return the sum in one currency, 0 where there is none."""
    return Decimal((sums or {}).get(currency, "0"))


def money(amount: Decimal, currency: str) -> Money:
    """Return an amount as it stands in outputs."""
    return Money(amount=f"{amount:f}", currency=currency)
