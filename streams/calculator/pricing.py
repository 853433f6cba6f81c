"""What one month would have cost under a plan, with or without add-ons. Exact: nothing is rounded.

The caller's decimal context has room for every digit.
"""

from decimal import Decimal
from typing import Final

from schemas.fields import Bucket
from schemas.plans import Addon, Allowance, Plan
from streams.calculator.question import Question
from streams.calculator.use import HOME, MonthUse, quantity

PACKS_MOST: Final = 10
"""Add-ons of one kind in a month. Own choice: whoever needs more of them needs another plan."""


def month_of(
    question: Question, plan: Plan, month: MonthUse, *, shared_by: int = 1, but: Bucket | None = None
) -> tuple[Decimal, tuple[Bucket, ...]]:
    """Return what a month costs beside the fee, and what it lacks; the bucket ``but`` left aside."""
    charges = Decimal(0)
    lacks: list[Bucket] = []
    for bucket in _judged(plan, question.plan, month):
        if bucket == but:
            continue
        allowance = plan.allowance(bucket)
        over = _over(quantity(month, bucket, plan, question.plan), allowance, shared_by)
        if over is None or (over == 0 and not _is_cut(question, plan, allowance)):
            continue
        charge = _own_charge(question, plan, month, bucket)
        if charge is None:
            charge = _charge(allowance, over)
        if charge is not None:
            charges += charge
        elif not _is_fine_slow(question, allowance):
            lacks.append(bucket)
    return charges, tuple(lacks)


def _judged(plan: Plan, current: Plan, month: MonthUse) -> list[Bucket]:
    """Return the buckets that a plan or the present one names, or whose records say what they cost.

    Of others nobody says anything. Roaming usage counts in the home bucket of a plan that has none for it.
    """
    own = [allowance.bucket for allowance in plan.allowances]
    others = [*(one.bucket for one in current.allowances), *month.charged]
    return list(dict.fromkeys(own + [one for one in others if plan is current or one in HOME]))


def _over(used: int, allowance: Allowance, shared_by: int) -> int | None:
    """Return what is used beyond an allowance, 0 where all of it is used, None where something is left."""
    if allowance.amount is None or not used:
        return None
    amount = allowance.amount // shared_by
    return used - amount if used >= amount else None


def _is_cut(question: Question, plan: Plan, allowance: Allowance) -> bool:
    """Return whether a bucket that is just used up was stopped: how much was wanted nobody knows."""
    return plan is question.plan and allowance.beyond.action in {"block", "pay_to_restore"}


def _own_charge(question: Question, plan: Plan, month: MonthUse, bucket: Bucket) -> Decimal | None:
    """Return what a bucket's records themselves said, where that holds for a plan too.

    It does for the present one, and for one that says no more of the bucket than the present one.
    """
    if plan is question.plan or not (plan.names(bucket) or question.plan.names(bucket)):
        return month.charged.get(bucket)
    return None


def _charge(allowance: Allowance, over: int) -> Decimal | None:
    """Return what it costs to go on, None where one cannot or nobody says the price."""
    beyond = allowance.beyond
    if beyond.action != "charge" or beyond.price is None or beyond.per is None:
        return None
    return Decimal(beyond.price) * -(-over // beyond.per)


def _is_fine_slow(question: Question, allowance: Allowance) -> bool:
    """Return whether a plan that slows down is no worse than the one that its user is content with."""
    now = question.plan.allowance(allowance.bucket)
    if not question.is_content or {allowance.beyond.action, now.beyond.action} != {"throttle"}:
        return False
    if allowance is now:
        return True
    speed, speed_now = allowance.beyond.to_kbps or 0, now.beyond.to_kbps or 0
    return (allowance.amount or 0) >= (now.amount or 0) and speed >= speed_now


def month_with(question: Question, addon: Addon, month: MonthUse) -> tuple[Decimal, int, tuple[Bucket, ...]]:
    """Return what a month costs beside the fee with add-ons, how many it takes, and what it lacks."""
    plan, bucket = question.plan, addon.bucket
    allowance = plan.allowance(bucket)
    others, lacks = month_of(question, plan, month, but=bucket)
    over = _over(quantity(month, bucket, plan, plan), allowance, 1)
    if over is None or (over == 0 and not _is_cut(question, plan, allowance)):
        return others, 0, lacks
    if _is_fine_slow(question, allowance):
        return others, 0, lacks
    own = month.charged.get(bucket)
    if own is None and not plan.names(bucket):
        return others, 0, lacks
    cost, packs = _cheapest_packs(addon, allowance, over, own)
    if cost is None:
        return others, 0, (*lacks, bucket)
    return others + cost, packs, lacks


def _cheapest_packs(
    addon: Addon, allowance: Allowance, over: int, own: Decimal | None
) -> tuple[Decimal | None, int]:
    """Return what it costs to cover what is beyond, and the add-ons that takes; None: they do not cover it.

    Where more is charged at a known price, the last add-on, or all, may cost more than going without. ``own``
    is what the records said that all of it costs; of a part of it they say nothing: it stands for that too.
    """
    whole = max(1, -(-over // addon.amount))
    counts = {0, min(whole, PACKS_MOST), min(whole - 1, PACKS_MOST)}
    found: list[tuple[Decimal, int]] = []
    for count in counts:
        if count >= whole:
            charge: Decimal | None = Decimal(0)
        else:
            charge = _charge(allowance, over - count * addon.amount) if own is None else own
        if charge is not None:
            found.append((Decimal(addon.price) * count + charge, count))
    return min(found, default=(None, 0))
