"""Why no further level of a bucket was raised: what is raised already, and what comes next."""

from collections.abc import Iterator
from typing import Final

from schemas.fields import Money
from schemas.plans import Plan
from schemas.times import MS_PER_HOUR
from streams.accounts import PREFIX as ACCOUNT
from streams.core.charge import charge_of
from streams.core.usage import Usage
from streams.explain.case import Case, Held
from streams.explain.marks import Mark
from streams.explain.step import NotRaised
from streams.observe.place import Lateness, lateness
from streams.regimes import OverageSteps, Regime
from streams.responses import spoken
from streams.signals import exhausted, near_limit, overage, throttled

RAISED_ALREADY: Final = "raised_already"
UNLIMITED: Final = "unlimited"
OWNER_IS_TOLD: Final = "owner_is_told"


def levels(case: Case, held: Held) -> Iterator[NotRaised]:
    """Yield what is raised already of a bucket that has moved, and what is next."""
    regime, usage, plan = case.regime(held.holder), held.usage, case.plan(held.period)
    late = lateness(held.period, arrival_ms=case.arrived_ms, notice_within_ms=regime.notice_within_ms)
    if late is Lateness.ADJUSTS:
        hours = regime.notice_within_ms // MS_PER_HOUR
        text = f"no levels: it arrived {hours} hours or more after the period's end, too late for a notice"
        yield held.silence("", "too_late_for_a_notice", text)
        return
    if plan is None:
        return
    if usage.allowance is None:
        yield held.silence(near_limit.KIND, UNLIMITED, "no levels: it is unlimited")
        return
    yield _next(case, held, plan, regime)
    for name in usage.raised:
        yield from _raised(case, held, name)
    yield from _raised_of_account(case, held, regime)


def label(mark: str) -> str:
    """Return what a mark of a bucket is called: ``80 %``, ``overage``, ``step 2 of overage``."""
    kind, _, key = mark.partition("/")
    match kind:
        case near_limit.KIND:
            return f"{key} %"
        case overage.KIND if key != str(overage.STEP):
            # Of an account the line follows that had reached it: nobody else's is shown.
            return f"step {key.partition('/')[0]} of overage"
        case _:
            return kind


def _raised(case: Case, held: Held, name: str) -> Iterator[NotRaised]:
    """Yield that a mark is raised, unless this very record has raised it for the subscriber."""
    kind, what = name.partition("/")[0], label(name)
    line = case.marks.line(held.key, held.mark(name))
    if held.usage.is_resolved(name):
        text = f"{what} was raised{_with(line)} and is resolved: if it is true again, nobody is alerted"
        yield held.silence(kind, "resolved", text, what=what, line=line)
    elif line != case.line:
        yield held.silence(kind, RAISED_ALREADY, f"{what} was raised{_with(line)}", what=what, line=line)
    elif held.move.is_shared and held.holder.owner_id != case.own.id:
        text = f"{what} is reached: the group's owner is told"
        yield held.silence(kind, OWNER_IS_TOLD, text, what=what, line=line)


def _raised_of_account(case: Case, held: Held, regime: Regime) -> Iterator[NotRaised]:
    """Yield the steps that any line of the account has raised, unless this very record has."""
    steps = regime.steps_of(held.move.bucket)
    if steps is None or steps.scope != "account" or held.holder.account_id is None:
        return
    key, usage = _of_account(case, held)
    for name in usage.raised:
        line = case.marks.line(key, Mark(held.move.period, held.move.bucket, usage.generation, name))
        if line != case.line:
            what = f"{label(name)} of the whole account"
            gone = " and is resolved" if usage.is_resolved(name) else ""
            text = f"{what} was raised{_with(line)}{gone}"
            yield held.silence(overage.KIND, RAISED_ALREADY, text, what=what, line=line)


def _with(line: int | None) -> str:
    return " before" if line is None else f" with line {line}"


def _next(case: Case, held: Held, plan: Plan, regime: Regime) -> NotRaised:
    """Return the next thing that more usage would raise."""
    move, used, amount = held.move, held.usage.used, held.usage.allowance or 0
    action = plan.allowance(move.bucket).beyond.action
    percents = regime.near_limit_percents
    if action == "throttle":
        percents = tuple(level for level in percents if level != near_limit.WHOLE)
    level = near_limit.next_level(used, amount, percents) if amount else None
    if level is not None:
        percent, missing = level
        text = f"next level {percent} % at {move.say(used + missing)}, {move.say(missing)} more"
        return held.silence(near_limit.KIND, "not_reached", text)
    if action == "charge":
        if used <= amount:
            text = f"next overage, beyond {move.say(amount)}: {move.say(amount - used)} are left"
            return held.silence(overage.KIND, "not_reached", text)
        return _next_step(case, held, plan, regime)
    kind = throttled.KIND if action == "throttle" else exhausted.KIND
    if used < max(amount, 1):
        text = f"next {kind}, at {move.say(amount)}: {move.say(amount - used)} are left"
        return held.silence(kind, "not_reached", text)
    return held.silence(kind, "no_more_levels", "all of it is used: no more levels")


def _next_step(case: Case, held: Held, plan: Plan, regime: Regime) -> NotRaised:
    """Return the next step of overage, if the regime has one."""
    steps, own = regime.steps_of(held.move.bucket), plan.allowance(held.move.bucket)
    if steps is None or (steps.only_without_allowance and own.amount):
        text = f"no more levels: regime {regime.name} has no further steps of overage here"
        return held.silence(overage.KIND, "no_more_levels", text)
    whose, charge = "", charge_of(held.usage, own.beyond, plan.currency)
    if steps.scope == "account" and held.holder.account_id is not None:
        whose, charge = " of the whole account", _charge_of_account(case, held, steps)
    over = held.usage.used - (held.usage.allowance or 0)
    left = overage.next_step(steps, over, charge)
    if left is None:
        text = f"no more levels: overage{whose} has no further step"
        return held.silence(overage.KIND, "no_more_levels", text)
    if isinstance(left, Money):
        text = f"next step of overage{whose} at {_price(left)}: {_price(charge)} so far"
    else:
        text = f"next step of overage at {held.move.say(left)} beyond: {held.move.say(over)} so far"
    return held.silence(overage.KIND, "not_reached", text)


def _of_account(case: Case, held: Held) -> tuple[str, Usage]:
    """Return the account's key, and a bucket as all its lines have used it."""
    key = f"{ACCOUNT}{held.holder.account_id}"
    account = case.states.get(key)
    periods = () if account is None else account.periods
    usage = next((one.buckets.get(held.move.bucket) for one in periods if one.day == held.move.period), None)
    return key, usage or Usage()


def _charge_of_account(case: Case, held: Held, steps: OverageSteps) -> Money | None:
    """Return what a bucket has cost all lines of the account."""
    charged = (_of_account(case, held)[1].charged or {}).get(steps.currency or "")
    if charged is None or steps.currency is None:
        return None
    return Money(amount=charged.amount, currency=steps.currency)


def _price(money: Money | None) -> str:
    return "nothing" if money is None else spoken.price(money.amount, money.currency, "en")
