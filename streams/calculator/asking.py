"""What a subscriber's state, profile and the catalogue say to the calculator's question."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.plans import Plan
from schemas.profile import Contract, Profile
from schemas.times import MS_PER_DAY
from streams.calculator.question import MONTHS, Leaving, Left, Question
from streams.calculator.use import MonthUse, use_of
from streams.core.catalog import Catalog
from streams.core.grants import draws
from streams.core.history import Month, spans_between
from streams.core.period import Span, local_day, span_at
from streams.core.recent import Recent
from streams.core.subscriber import KEPT_AFTER_END_MS, Subscriber
from streams.core.summary import summary_of
from streams.core.usage import Period
from streams.regimes.windows import Windows

PlanOf = Callable[[str], Plan | None]
ASKED_WITHIN_MS: Final = 90 * MS_PER_DAY
"""Own choice, as long as the months that are looked at: who asked for more in it is not content."""
PLAN_CONTRACT: Final = "plan"
"""What a contract is about that changing the plan breaks."""


class Asked(Struct, frozen=True, kw_only=True):
    """Whose question, and when."""

    state: Subscriber
    """The subscriber's, or a group's."""
    profile: Profile
    clock_ms: int


def question_of(asked: Asked, catalog: Catalog, windows: Windows) -> Question | None:
    """Return the question; None where nothing can be compared.

    That is: no plan that the catalogue knows, no billing period that has closed, or a line whose allowances
    are its group's (the group's owner can be told).
    """
    state, profile = asked.state, asked.profile
    if state.group_id is not None or not state.profile:
        return None
    now = span_at(state.terms, asked.clock_ms)
    plan = None if now.plan_id is None else catalog.plan(now.plan_id)
    if plan is None:
        return None
    joined = profile.joined_on.isoformat() if profile.joined_on is not None else ""
    months = [month for month in _closed(asked, now, catalog.plan) if month.day >= joined][-MONTHS:]
    if not months:
        return None
    used = tuple(use_of(month, plan.currency) for month in months)
    changes_on = local_day(profile.time_zone, now.ends_ms)
    so_far = _so_far(state, now, plan)
    known = used if so_far is None else (*used, so_far)
    return Question(
        plan=plan,
        months=used,
        plans=catalog.open_plans(),
        addons=catalog.addons(),
        is_content=not any(month.has_bought for month in known) and not _has_asked(asked, windows),
        leaving=_leaving(profile.contracts, changes_on, plan.currency),
        left=tuple(_left(asked, now, plan, catalog)),
        changes_ms=now.ends_ms,
        household_lines=profile.household_lines,
        group_lines=len(state.members),
        so_far=so_far,
    )


def _closed(asked: Asked, now: Span, plan_of: PlanOf) -> Iterator[Month]:
    """Yield what is known of the billing periods that have closed, ascending and without a gap at the end.

    A period that may still change is summed up from itself; of an empty one the fee was paid. Of a group no
    more is known than the periods that may still change.
    """
    state = asked.state
    kept = {period.day: period for period in state.periods if period.ends_ms <= now.starts_ms}
    months = {month.day: month for month in state.months if month.day < now.day}
    for day, period in kept.items():
        months[day] = summary_of(period, _plan(period.plan_id, plan_of))
    first_ms = max(state.newest_ms, span_at(state.terms, state.since_ms).starts_ms)
    for span in spans_between(state.terms, from_ms=first_ms, to_ms=now.starts_ms):
        is_known = not state.owner_id or span.ends_ms + KEPT_AFTER_END_MS > asked.clock_ms
        if span.day not in months and is_known:
            empty = Period(span.starts_ms, span.ends_ms, span.day, span.plan_id)
            months[span.day] = summary_of(empty, _plan(span.plan_id, plan_of))
    for day in sorted(months):
        yield months[day]


def _plan(plan_id: str | None, plan_of: PlanOf) -> Plan | None:
    return None if plan_id is None else plan_of(plan_id)


def _so_far(state: Subscriber, now: Span, plan: Plan) -> MonthUse | None:
    """Return the open billing period as it stands, None where nothing was used in it yet."""
    period = next((one for one in state.periods if one.starts_ms == now.starts_ms), None)
    return None if period is None else use_of(summary_of(period, plan), plan.currency)


def _has_asked(asked: Asked, windows: Windows) -> bool:
    """Return whether the subscriber has shown lately that more data is wanted."""
    recent = asked.state.recent or {}
    known = (recent.get(rule.rule, Recent()) for rule in windows.intents if rule.intent == "more_data")
    return any(one.fired_ms > asked.clock_ms - ASKED_WITHIN_MS for one in known)


def _leaving(contracts: tuple[Contract, ...], changes_on: date, currency: str) -> Leaving:
    """Return what leaving the plan costs on a day, by the contracts that run then."""
    running = [
        one
        for one in contracts
        if one.what == PLAN_CONTRACT and (one.ends_on is None or one.ends_on >= changes_on)
    ]
    total = Decimal(0)
    for one in running:
        if one.exit_fee is None:
            if one.ends_on is None:
                continue  # neither an end nor a fee: it binds to nothing
            return Leaving(fee=None, until=_last(running))
        if one.exit_fee.currency != currency:
            return Leaving(fee=None, until=_last(running))
        total += one.exit_fee.value()
    return Leaving(fee=total, until=_last(running))


def _last(contracts: list[Contract]) -> date | None:
    return max((one.ends_on for one in contracts if one.ends_on is not None), default=None)


def _left(asked: Asked, now: Span, plan: Plan, catalog: Catalog) -> Iterator[Left]:
    """Yield what was bought or carried over and is still there when the next billing period begins."""
    state = asked.state
    if not state.grants:
        return
    period = state.period_at(now.starts_ms)
    fits = {addon.addon_id: addon.fits for addon in catalog.addons()}
    for bucket in dict.fromkeys(grant.bucket for grant in state.grants):
        base = plan.allowance(bucket).amount
        if base is None:
            continue
        for one in draws(state.grants, state.periods, period, bucket, base):
            if one.grant.expires_ms > now.ends_ms and one.left > one.drawn:
                yield Left(
                    bucket=bucket,
                    amount=one.left - one.drawn,
                    expires_ms=one.grant.expires_ms,
                    fits=fits.get(one.grant.addon_id),
                )
