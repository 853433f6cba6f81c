"""What a subscriber owes, and which of its levels have been told.

Marks are armed again by a payment or by another limit, never by a charge that is taken back: what goes down
by a correction and up again is not told twice.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Money
from streams.core.money import Sums, amount_in, money, plus

ARREARS: Final = "arrears"
"""The mark of owing more than the credit limit."""


def mark(level: int) -> str:
    """Return what is remembered once a level of the credit limit is told."""
    return f"credit_limit/{level}"


def levels_reached(total: Decimal, limit: Decimal, percents: Sequence[int]) -> tuple[int, ...]:
    """Return the percentages of a limit that a total has reached, inclusive; none of a limit of 0."""
    if limit <= 0:
        return ()
    with localcontext(prec=MONEY_DIGITS):
        return tuple(level for level in percents if total * 100 >= level * limit)


class Bill(Struct, array_like=True, gc=False):
    """Charges and what was accrued, less what was paid."""

    owed: Sums | None = None
    """By currency; None: nothing was ever owed. Bounded by `money.CURRENCY_COUNT_MAX`."""
    credit_limit: tuple[str, str] | None = None
    """Amount and currency, as the profile has it: so no record needs to read the profile."""
    bill_limit: tuple[str, str] | None = None
    """Likewise, of one billing period."""
    is_told: bool = False
    """A profile has said the limits, be they none."""
    generation: int = 0
    """Goes up by one with each payment and each other credit limit."""
    raised: tuple[str, ...] = ()
    """Marks that are told: one a level, and `ARREARS`."""

    def accrue(self, currency: str, amount: Decimal, *, field: str = "charge.currency") -> None:
        """Add a charge, or with a negative amount take one back.

        Raises: SchemaError ``bad_field`` that names ``field``, before any change: too many currencies.
        """
        self.owed = plus(self.owed, currency, amount, field=field)

    def pay(self, paid: Money, percents: Sequence[int]) -> None:
        """Take off a payment, and arm again the levels that are no longer true.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        self.owed = plus(self.owed, paid.currency, -paid.value(), field="amount.currency")
        self._rearm(percents)

    def set_limits(self, *, credit: Money | None, bill: Money | None, percents: Sequence[int]) -> None:
        """Put the profile's limits in force; another credit limit than before arms the levels again."""
        before = self.credit_limit
        self.credit_limit = None if credit is None else (credit.amount, credit.currency)
        self.bill_limit = None if bill is None else (bill.amount, bill.currency)
        if self.is_told and not _is_same(before, self.credit_limit):
            self._rearm(percents)
        self.is_told = True

    def owed_of(self, limit: tuple[str, str]) -> Money:
        """Return what is owed in a limit's currency; less than nothing is a credit."""
        return money(amount_in(self.owed, limit[1]), limit[1])

    def owed_now(self) -> tuple[Money, ...]:
        """Return what is owed, more than nothing each, by currency in their order."""
        return tuple(
            Money(amount, currency)
            for currency, amount in sorted((self.owed or {}).items())
            if Decimal(amount) > 0
        )

    def true_marks(self, percents: Sequence[int]) -> tuple[str, ...]:
        """Return the marks that are true of the credit limit, told or not."""
        if self.credit_limit is None:
            return ()
        limit = Decimal(self.credit_limit[0])
        total = amount_in(self.owed, self.credit_limit[1])
        marks = tuple(mark(level) for level in levels_reached(total, limit, percents))
        return (*marks, ARREARS) if total > limit else marks

    def _rearm(self, percents: Sequence[int]) -> None:
        self.generation += 1
        if self.raised:
            true = self.true_marks(percents)
            self.raised = tuple(told for told in self.raised if told in true)


def _is_same(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    """Return whether two limits are the same amount, however it is written."""
    if one is None or other is None:
        return one is other
    return one[1] == other[1] and Decimal(one[0]) == Decimal(other[0])
