"""Limits of a whole account: Canada's C$50 of overage and C$100 of roaming are the account's, not a line's.

A line tells its account by how much a charge has changed that its regime limits so; the account's state, in
the partition of its id, adds them up by billing period and finds the steps. Nothing is sent to the subscriber
from here: whom to write to is known where the line's profile is.

Source: Canada, Wireless Code, CRTC 2017-200.
"""

from collections.abc import Collection, Iterator
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from schemas.envelope import Emitted, Raw
from schemas.fields import Money
from schemas.group_usage import AccountCharge
from schemas.outputs import derive_id
from schemas.signals import Overage, Reinstated, Resolved
from schemas.times import format_instant
from schemas.topics import SIGNALS
from streams.core.counting import unit_of
from streams.core.store import Store
from streams.core.subscriber import KEPT_AFTER_END_MS, Subscriber
from streams.core.usage import Period, Usage
from streams.observe.moved import Moved
from streams.observe.place import Lateness, lateness
from streams.regimes import Regime
from streams.rules import Rules
from streams.signals.change import Cause
from streams.signals.overage import KIND, reached
from streams.telling import Teller, Turn
from streams.travelling import charge

PREFIX = "account/"
"""Before an account's id in the store."""
GENERATION: Final = 0
"""An account has no allowance that could change."""


def charges(turn: Turn, cause: Cause, moved: tuple[Moved, ...], regime: Regime) -> Iterator[Emitted]:
    """Yield what a line tells its account of buckets whose charges its regime limits there."""
    state, raw = turn.state, cause.raw
    if state.account_id is None or raw is None:
        return
    for one in moved:
        steps, after, before = regime.steps_of(one.bucket), one.charge_after(), one.charge_before
        if steps is None or steps.scope != "account" or after == before:
            continue
        period, plan = one.place.period, one.place.plan
        for by in _changes(before, after):
            message = AccountCharge(
                account_id=state.account_id,
                line=state.id,
                jurisdiction=state.jurisdiction,
                consent=state.overage_consent,
                bucket=one.bucket,
                period=period.day,
                starts_ms=period.starts_ms,
                ends_ms=period.ends_ms,
                plan_id=plan.plan_id,
                plan_version=plan.version,
                used=one.usage.used,
                allowance=one.usage.allowance or 0,
                by=by,
                topic=raw.topic,
                partition=raw.partition,
                offset=raw.offset,
                record_id=cause.record_id,
                at_ms=cause.at_ms,
            )
            yield charge(message, raw.timestamp_ms)


def _changes(before: Money | None, after: Money | None) -> Iterator[Money]:
    """Yield by how much a charge has changed: in two currencies where it is another one now."""
    if before is not None and after is not None and before.currency == after.currency:
        yield Money(amount=f"{after.value() - before.value():f}", currency=after.currency)
        return
    if before is not None:
        yield Money(amount=f"{-before.value():f}", currency=before.currency)
    if after is not None:
        yield after


class Accounts:
    """Adds up what the lines of an account cost."""

    def __init__(self, rules: Rules, teller: Teller) -> None:
        self._rules = rules
        self._teller = teller

    def take(self, store: Store, message: AccountCharge, raw: Raw, clock_ms: int, out: list[Emitted]) -> None:
        """Add a change to its account's bucket; tell the steps that are reached, or hold no more."""
        state = store.get(PREFIX + message.account_id) or Subscriber(id=PREFIX + message.account_id)
        regime = self._rules.regimes.of(message.jurisdiction)
        period = _period(state, message, raw.timestamp_ms)
        usage = period.buckets.setdefault(message.bucket, Usage())
        usage.add_charge(message.by)
        late = lateness(period, arrival_ms=raw.timestamp_ms, notice_within_ms=regime.notice_within_ms)
        if late is not Lateness.ADJUSTS:
            where = Raw(message.topic, message.partition, message.offset, raw.timestamp_ms, None, None)
            cause = Cause(message.line, where, message.record_id, message.at_ms, clock_ms)
            found = _found(usage, message, cause, regime, is_late=late is Lateness.LATE)
            self._teller.tell_alone(Turn(state, clock_ms, out), found)
        store.touch(state)


def _found(
    usage: Usage, message: AccountCharge, cause: Cause, regime: Regime, *, is_late: bool
) -> Iterator[Overage | Resolved | Reinstated]:
    """Yield what is to be said of the steps of an account's bucket, and remember it."""
    steps, currency = regime.steps_of(message.bucket), message.by.currency
    if steps is None or currency != steps.currency:
        return
    charged = (usage.charged or {}).get(currency)
    total = Money(amount="0" if charged is None else charged.amount, currency=currency)
    over = max(0, message.used - message.allowance)
    true = dict(reached(steps, over, total))
    yield from _turned(usage, message, true, cause, regime)
    known = {_step_and_line(mark)[0] for mark in usage.raised}
    for step, cap in true.items():
        if step in known:
            continue
        usage.raised += (f"{KIND}/{step}/{message.line}",)
        yield cause.signal(
            Overage,
            message.bucket,
            message.period,
            step,
            GENERATION,
            regime=regime,
            plan_version=message.plan_version,
            bucket=message.bucket,
            period=message.period,
            period_ends_at=format_instant(message.ends_ms),
            used=message.used,
            allowance=message.allowance,
            remaining=max(0, message.allowance - message.used),
            unit=unit_of(message.bucket),
            plan_id=message.plan_id,
            generation=GENERATION,
            late=is_late,
            line=message.line,
            over=over,
            charge=total,
            step=step,
            cap=cap,
            consent=message.consent if steps.needs_consent else UNSET,
        )


def _turned(
    usage: Usage, message: AccountCharge, true: Collection[int], cause: Cause, regime: Regime
) -> Iterator[Resolved | Reinstated]:
    """Yield what was said of a step and holds no more, or again: to the line that had reached it."""
    for mark in usage.raised:
        step, line = _step_and_line(mark)
        is_true = step in true
        if is_true != usage.is_resolved(mark):
            continue
        of = derive_id(SIGNALS, KIND, line, message.bucket, message.period, step, GENERATION)
        n = usage.flip(mark)
        kind: type[Resolved | Reinstated] = Reinstated if is_true else Resolved
        yield replace(cause, subscriber_id=line).signal(
            kind,
            of,
            n,
            regime=regime,
            plan_version=message.plan_version,
            of=of,
            n=n,
            bucket=message.bucket,
            period=message.period,
        )


def _step_and_line(mark: str) -> tuple[int, str]:
    """Return what ``overage/2/8613800000001`` says: the step, and the line that had reached it."""
    _, step, line = mark.split("/", 2)
    return int(step), line


def _period(state: Subscriber, message: AccountCharge, arrival_ms: int) -> Period:
    """Return the account's period of that name; those that can change no more go."""
    state.periods = [one for one in state.periods if arrival_ms < one.ends_ms + KEPT_AFTER_END_MS]
    for one in state.periods:
        if one.day == message.period:
            return one
    period = Period(message.starts_ms, message.ends_ms, message.period, None)
    state.periods.append(period)
    return period
