"""Provisional records and those that take their place: what is kept, and what is taken off again."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.cdr import CdrRecord
from schemas.plans import Plan
from streams.core import provisional
from streams.core.identity import identity_of
from streams.core.provisional import Provisional
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.observe.effect import Effect
from streams.observe.place import Place, is_closed

PlanOf = Callable[[str], Plan | None]

FORGOTTEN_MS: Final = provisional.KEPT_MS
"""A provisional record from longer ago may have been forgotten."""


def counts_nothing(state: Subscriber, entry: Entry, record: CdrRecord) -> bool:
    """Return whether another record has taken the place of what this one is, or of what it corrects.

    Of a provisional record also whether it is a repeat from beyond the dedupe horizon.
    """
    if record.provisional:
        return any(not one.is_correction for one in _named(state, entry, entry.print_.identity))
    identity = _corrected(entry, record)
    return identity is not None and any(one.is_replaced for one in _named(state, entry, identity))


def replaced_by(state: Subscriber, entry: Entry, record: CdrRecord) -> tuple[Provisional, ...]:
    """Return what is kept of the provisional record that is replaced."""
    identity = _replaced(entry, record)
    return () if identity is None else _named(state, entry, identity)


def may_be_forgotten(entry: Entry, record: CdrRecord, replaced: Iterable[Provisional]) -> bool:
    """Return whether a provisional record may have counted that nothing is known of any more."""
    return (
        record.replaces is not None
        and all(one.is_correction for one in replaced)
        and entry.raw.timestamp_ms - record.started_at > FORGOTTEN_MS
    )


def taken_off(
    state: Subscriber, replaced: Iterable[Provisional], own: Place, arrival_ms: int, plan_of: PlanOf
) -> Iterator[Effect]:
    """Yield the opposite of what was provisional, as far as its period can still change."""
    for one in replaced:
        if one.is_replaced:
            continue
        is_same = own.period.starts_ms <= one.at_ms < own.period.ends_ms
        period = own.period if is_same else state.period_at(one.at_ms)
        plan = None if period.plan_id is None else plan_of(period.plan_id)
        if plan is None and one.billable is None:
            plan = own.plan  # a line of a group may have none: its history needs none
        if plan is not None and not is_closed(period, arrival_ms=arrival_ms):
            yield Effect(
                place=Place(period, plan),
                kind=one.kind,
                at_ms=one.at_ms,
                raw=-one.raw,
                roaming=one.roaming,
                bucket=one.bucket,
                billable=None if one.billable is None else -one.billable,
                charge=one.former_charge,
                former_charge=one.charge,
                is_taken_off=True,
            )


def remember(state: Subscriber, entry: Entry, record: CdrRecord, own: Effect | None) -> None:
    """Keep what a record has counted that may be taken off, and that it has replaced another.

    ``own`` is None where it has counted nothing.
    """
    arrival_ms = entry.raw.timestamp_ms
    if record.provisional and own is not None:
        state.add_provisional(_kept(entry.print_.identity, own, arrival_ms), arrival_ms=arrival_ms)
    corrected, replaced = _corrected(entry, record), _replaced(entry, record)
    if corrected is not None and own is not None:
        known = (one.arrival_ms for one in _named(state, entry, corrected) if not one.is_correction)
        new = _kept(corrected, own, next(known, arrival_ms), is_correction=True)
        state.add_provisional(new, arrival_ms=arrival_ms)
    if replaced is not None:
        state.add_provisional(Provisional(replaced, arrival_ms), arrival_ms=arrival_ms)


def _named(state: Subscriber, entry: Entry, identity: bytes) -> tuple[Provisional, ...]:
    return provisional.named(state.provisional, identity, now_ms=entry.raw.timestamp_ms)


def _corrected(entry: Entry, record: CdrRecord) -> bytes | None:
    """Return the identity of what a correction corrects."""
    if record.corrects is None:
        return None
    source = record.source if record.corrects.source is None else record.corrects.source
    return identity_of(entry.space, source, record.corrects.record_id)


def _replaced(entry: Entry, record: CdrRecord) -> bytes | None:
    """Return the identity of what a record replaces."""
    if record.replaces is None:
        return None
    return identity_of(entry.space, record.replaces.source, record.replaces.record_id)


def _kept(identity: bytes, own: Effect, arrival_ms: int, *, is_correction: bool = False) -> Provisional:
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
        former_charge=own.former_charge,
        is_correction=is_correction,
    )
