"""What the months would have cost under each alternative. Exact: no amount is rounded before it is shown.

The caller's decimal context has room for every digit (`calculator.answer`): setting one for each sum would
cost more than the sums.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from typing import Final, Literal, TypedDict

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Bucket
from schemas.plans import Addon, Plan
from streams.calculator.pricing import month_of, month_with
from streams.calculator.question import Question
from streams.calculator.use import is_estimate

NOTHING: Final = Decimal(0)
CENT: Final = Decimal("0.01")
MONTHS_OF_YEAR: Final = 12
PERIOD: Final = "period"
"""How long an add-on lasts whose cost can be told: of others nobody knows what they cover."""

Kind = Literal["stay", "addon", "plan"]


class Option(Struct, frozen=True, kw_only=True):
    """One alternative, and what the months that are known would have cost with it."""

    kind: Kind
    id: str
    name: str
    plan: Plan
    addon: Addon | None = None
    fee: Decimal
    """A month of the plan; of a family plan that a household would share this line's part."""
    charges: tuple[Decimal, ...]
    """What each month costs beside the fee."""
    total: Decimal
    """All months together."""
    year: Decimal
    """The first year, if it is used as the known months were, with what leaving costs."""
    packs: tuple[int, ...] = ()
    """Add-ons that each month takes."""
    lacks: tuple[Bucket, ...] = ()
    """What would be cut off, slowed, or charged at a price that nobody knows."""
    leaving_fee: Decimal | None = Decimal(0)
    """Once, for leaving the present contract; None: bound at an unknown price."""
    shared_by: int = 1
    """Lines among which price and allowances are divided."""
    is_estimate: bool = False

    @property
    def is_sufficient(self) -> bool:
        """Whether all that was used is included or has a known price, and the plan can be had."""
        return not self.lacks and self.leaving_fee is not None

    @property
    def monthly(self) -> Decimal:
        """A mean month, to the cent."""
        return mean(self.total, len(self.charges))

    @property
    def rank(self) -> tuple[bool, Decimal, int, int, Decimal, str]:
        """The order of alternatives: enough before not enough, then the cheaper first year.

        At equal cost what changes least: nothing, then an add-on, then the shorter term and the lower fee.
        """
        changes = ("stay", "addon", "plan").index(self.kind)
        return (not self.is_sufficient, self.year, changes, self.plan.term_months, self.fee, self.id)


def mean(total: Decimal, count: int) -> Decimal:
    """Return a mean amount to the cent."""
    with localcontext(prec=MONEY_DIGITS):
        return (total / max(1, count)).quantize(CENT, ROUND_HALF_UP)


def stay(question: Question) -> Option:
    """Return the present plan as it is, with nothing bought beside it."""
    plan = question.plan
    costs = [month_of(question, plan, month) for month in question.months]
    return Option(
        kind="stay",
        id=plan.plan_id,
        name=plan.name,
        plan=plan,
        lacks=_all_of(lacks for _, lacks in costs),
        **_costs(Decimal(plan.price), [cost for cost, _ in costs]),
    )


def share(plan: Plan, question: Question) -> int:
    """Return among how many lines of the household a family plan is divided."""
    return 1 if question.group_lines else max(1, min(plan.lines, question.household_lines))


def fee_of(plan: Plan, shared_by: int) -> Decimal:
    """Return a line's part of a plan's fee, to the next cent where it is divided."""
    fee = Decimal(plan.price)
    return fee if shared_by == 1 else (fee / shared_by).quantize(CENT, ROUND_CEILING)


def change_to(question: Question, plan: Plan) -> Option:
    """Return another plan; of a family plan that the household would share an equal part."""
    shared_by = share(plan, question)
    costs = [month_of(question, plan, month, shared_by=shared_by) for month in question.months]
    return Option(
        kind="plan",
        id=plan.plan_id,
        name=plan.name,
        plan=plan,
        lacks=_all_of(lacks for _, lacks in costs),
        leaving_fee=question.leaving.fee,
        shared_by=shared_by,
        is_estimate=shared_by > 1
        or any(is_estimate(month, plan, question.plan) for month in question.months),
        **_costs(fee_of(plan, shared_by), [cost for cost, _ in costs], question.leaving.fee),
    )


def with_addon(question: Question, addon: Addon) -> Option:
    """Return the present plan with as many of an add-on in each month as the month takes."""
    plan = question.plan
    costs = [month_with(question, addon, month) for month in question.months]
    return Option(
        kind="addon",
        id=addon.addon_id,
        name=addon.name,
        plan=plan,
        addon=addon,
        packs=tuple(packs for _, packs, _ in costs),
        lacks=_all_of(lacks for _, _, lacks in costs),
        **_costs(Decimal(plan.price), [cost for cost, _, _ in costs]),
    )


def fits(question: Question, addon: Addon) -> bool:
    """Return whether an add-on can be had with the present plan and its cost be told."""
    plan = question.plan
    return (
        addon.valid == PERIOD
        and addon.amount > 0
        and (plan.names(addon.bucket) or any(addon.bucket in month.charged for month in question.months))
        and (not addon.fits or plan.plan_id in addon.fits)
        and addon.currency in {None, plan.currency}
    )


class _Costs(TypedDict):
    """What an alternative costs."""

    fee: Decimal
    charges: tuple[Decimal, ...]
    total: Decimal
    year: Decimal


def _costs(fee: Decimal, charges: list[Decimal], leaving: Decimal | None = None) -> _Costs:
    total = fee * len(charges) + sum(charges, NOTHING)
    year = total * (MONTHS_OF_YEAR // len(charges)) + (leaving or NOTHING)
    return _Costs(fee=fee, charges=tuple(charges), total=total, year=year)


def _all_of(lacks: Iterator[tuple[Bucket, ...]]) -> tuple[Bucket, ...]:
    return tuple(dict.fromkeys(bucket for of_month in lacks for bucket in of_month))
