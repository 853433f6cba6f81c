"""Provisional records and those that take their place: what is kept, and what is taken off again."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from schemas.cdr import CdrRecord
from schemas.fields import Money
from schemas.plans import Plan
from streams.core import provisional
from streams.core.identity import identity_of
from streams.core.provisional import Provisional
from streams.core.subscriber import Subscriber
from streams.core.usage import added_money
from streams.entry import Entry
from streams.observe.effect import Effect
from streams.observe.place import Place, is_closed

PlanOf = Callable[[str], Plan | None]

FORGOTTEN_MS: Final = provisional.KEPT_MS
"""A provisional record from longer ago may have been forgotten."""


def target_of(state: Subscriber, entry: Entry, record: CdrRecord) -> tuple[Provisional | None, bool]:
    """Return what is kept of the provisional record that is replaced, and whether it may be forgotten."""
    if record.replaces is None:
        return None, False
    arrival_ms = entry.raw.timestamp_ms
    identity = identity_of(entry.space, record.replaces.source, record.replaces.record_id)
    target = provisional.find(state.provisional, identity, now_ms=arrival_ms)
    return target, target is None and arrival_ms - record.started_at > FORGOTTEN_MS


def taken_off(
    state: Subscriber, target: Provisional | None, own: Place, arrival_ms: int, plan_of: PlanOf
) -> Iterator[Effect]:
    """Yield the opposite of what a provisional record has counted, while its period can still change."""
    if target is None or target.is_replaced:
        return
    is_same = own.period.starts_ms <= target.at_ms < own.period.ends_ms
    period = own.period if is_same else state.period_at(target.at_ms)
    plan = None if period.plan_id is None else plan_of(period.plan_id)
    if plan is None or is_closed(period, arrival_ms=arrival_ms):
        return
    yield Effect(
        place=Place(period, plan),
        kind=target.kind,
        at_ms=target.at_ms,
        raw=-target.raw,
        roaming=target.roaming,
        bucket=target.bucket,
        billable=None if target.billable is None else -target.billable,
        former_charge=target.charge,
    )


def remember(
    state: Subscriber, entry: Entry, record: CdrRecord, own: Effect, target: Provisional | None
) -> None:
    """Keep what a provisional record has counted; note that another is replaced, or corrected."""
    arrival_ms = entry.raw.timestamp_ms
    if record.provisional:
        state.add_provisional(_kept(entry.print_.identity, own, arrival_ms))
    if record.replaces is not None:
        identity = identity_of(entry.space, record.replaces.source, record.replaces.record_id)
        gone = Provisional(identity, arrival_ms)
        if target is None:
            state.add_provisional(gone)
        else:
            state.swap_provisional(target, gone)
    if record.corrects is not None:
        source = record.source if record.corrects.source is None else record.corrects.source
        identity = identity_of(entry.space, source, record.corrects.record_id)
        corrected = provisional.find(state.provisional, identity, now_ms=arrival_ms)
        if corrected is not None and not corrected.is_replaced:
            state.swap_provisional(corrected, _corrected(corrected, own))


def _kept(identity: bytes, own: Effect, arrival_ms: int) -> Provisional:
    return Provisional(
        identity,
        arrival_ms,
        at_ms=own.at_ms,
        bucket=own.bucket,
        kind=own.kind,
        billable=own.billable,
        raw=own.raw,
        roaming=own.roaming,
        charge=own.charge,
    )


def _corrected(known: Provisional, change: Effect) -> Provisional:
    """Return what a provisional record has counted once a correction has changed it."""
    billed = None if known.billable is None else known.billable + (change.billable or 0)
    return replace(known, billable=billed, raw=known.raw + change.raw, charge=_charged(known.charge, change))


def _charged(known: Money | None, change: Effect) -> Money | None:
    """Return the charge that is left of one that a correction has changed, in the one currency of both."""
    sums: dict[str, str] | None = None
    for charge, sign in ((known, 1), (change.charge, 1), (change.former_charge, -1)):
        if charge is not None:
            sums = added_money(sums, charge, sign=sign)
    if sums is None:
        return None
    currency = next(iter(sums)) if known is None else known.currency
    return Money(amount=sums[currency], currency=currency)
