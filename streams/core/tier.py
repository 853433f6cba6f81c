"""What a subscriber is worth, by what was spent and what the plan did not meet."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from schemas.fields import MONEY_DIGITS
from schemas.risk_signals import ValueTier
from streams.core.history import Month
from streams.regimes.risk_rules import TierRule


def value_of(months: Sequence[Month], rule: TierRule) -> ValueTier:
    """Return the tier of a subscriber by the newest closed billing periods.

    It decides by whom and on which channel something is said, never what, at which price or when.
    """
    newest = months[-rule.months :]
    if not newest:
        return "standard"
    currencies = {currency for month in newest for currency in month.spend}
    with localcontext(prec=MONEY_DIGITS):
        totals = {
            currency: sum((Decimal(month.spend.get(currency, "0")) for month in newest), Decimal(0))
            for currency in currencies
        }
    if any(rule.is_high(total, currency, len(newest)) for currency, total in totals.items()):
        return "high_value"
    return "potential" if rule.episodes.is_met(sum(month.episodes for month in newest)) else "standard"
