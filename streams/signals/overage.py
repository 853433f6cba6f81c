"""``overage``: used is above an allowance beyond which the plan charges, and what that costs so far."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Final

from schemas.fields import MONEY_DIGITS, Money
from schemas.signals import Overage
from streams.regimes import Regime
from streams.signals.change import Change, UsageChange

KIND: Final = "overage"
STEP: Final = 0
"""The first time. Further ones come with the money and volume steps of a regime."""


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, Overage]]:
    """Yield (mark, signal) when the allowance is passed and that is not yet raised."""
    if not isinstance(change, UsageChange) or change.allowance.amount is None:
        return
    over = change.usage.used - change.allowance.amount
    mark = f"{KIND}/{STEP}"
    if change.allowance.beyond.action == "charge" and over > 0 and not change.is_raised(mark):
        charge = charge_of(change, over)
        yield mark, change.signal(Overage, STEP, regime=regime, over=over, charge=charge, step=STEP)


def charge_of(change: UsageChange, over: int) -> Money | None:
    """Return what the usage beyond the allowance costs, None where nobody says.

    The sum of the records' own charges where any carries one, else the plan's price for each ``per`` units
    begun of the running total.
    """
    currency = change.plan.currency
    if change.usage.charged:
        return _charged(change.usage.charged, currency)
    beyond = change.allowance.beyond
    if beyond.price is None or beyond.per is None:
        return None
    units = -(-over // beyond.per)
    with localcontext(prec=MONEY_DIGITS):
        return Money(amount=f"{Decimal(beyond.price) * units:f}", currency=currency)


def _charged(charged: dict[str, str], currency: str) -> Money:
    """Return the records' own charges in the plan's currency, or in the first where none is in that."""
    if currency not in charged:
        currency = min(charged)
    return Money(amount=charged[currency], currency=currency)
