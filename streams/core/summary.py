"""A billing period's summary, from what is kept of it and the plan that holds for it."""

from schemas.fields import Money
from schemas.plans import Plan
from streams.core.charge import charges_in
from streams.core.history import Month, month_of, spend
from streams.core.usage import Period, charged_in, counted_in


def summary_of(period: Period, plan: Plan | None) -> Month:
    """Return what a period was; ``plan`` None: unknown, then nobody knows its price."""
    price = None if plan is None else Money(amount=plan.price, currency=plan.currency)
    accrued = period.history.accrued
    return month_of(
        period.history,
        day=period.day,
        spend=spend(accrued=accrued, charges=charges_in(period, plan), price=price),
        counted=counted_in(period),
        charged=None if plan is None else charged_in(period, plan.currency),
    )
