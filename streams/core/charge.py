"""What the usage of a bucket costs beyond what the plan includes."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from schemas.fields import MONEY_DIGITS, Money
from schemas.plans import Beyond, Plan
from streams.core.usage import Period, Usage


def charge_of(usage: Usage, beyond: Beyond, currency: str) -> Money | None:
    """Return what a bucket has cost in its period, None where it costs nothing or nobody says what.

    The sum of the records' own charges where any carries one: in the plan's currency, or in the first where
    none is in that. Else the plan's price for each ``per`` units begun of the running total.
    """
    if usage.charged:
        named = currency if currency in usage.charged else min(usage.charged)
        return Money(amount=usage.charged[named].amount, currency=named)
    if usage.allowance is None or beyond.action != "charge" or beyond.price is None or beyond.per is None:
        return None
    over = usage.used - usage.allowance
    if over <= 0:
        return None
    units = -(-over // beyond.per)
    with localcontext(prec=MONEY_DIGITS):
        return Money(amount=f"{Decimal(beyond.price) * units:f}", currency=currency)


def charge_of_nothing(beyond: Beyond, currency: str) -> Money | None:
    """Return the charge where nothing is over: 0 at a price, None where nobody says what it costs."""
    if beyond.action != "charge" or beyond.price is None or beyond.per is None:
        return None
    return Money(amount=f"{Decimal(beyond.price) * 0:f}", currency=currency)


def is_free(usage: Usage) -> bool:
    """Return whether there is no charge for certain: nearly always, and cheap to know."""
    return usage.charged is None and (usage.allowance is None or usage.total <= usage.allowance)


def charges_in(period: Period, plan: Plan | None) -> Iterator[Money]:
    """Yield what the buckets of a period have cost, and what its records have beside them."""
    for bucket, usage in period.buckets.items():
        if plan is not None and not is_free(usage):
            beyond = plan.allowance(bucket).beyond  # type: ignore[arg-type]  # only buckets are keys
            if (charge := charge_of(usage, beyond, plan.currency)) is not None:
                yield charge
    for currency, amount in (period.other or {}).items():
        yield Money(amount=amount, currency=currency)
