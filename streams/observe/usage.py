"""Counts a usage record: what it adds, and what it takes off where it corrects or replaces another.

A record is one or two *effects*. Each adds to one bucket of one period, and sums commute: nothing here
depends on what came before it, save that what a provisional record has counted is known once it has come.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from schemas.cdr import CdrRecord
from schemas.fields import Bucket, Money
from streams.core.money import plus
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.observe.effect import Effect, check_all, own_effect
from streams.observe.moved import Moved, drawn_later, look_at_allowance
from streams.observe.place import Place
from streams.observe.plain import count_plain, is_plain
from streams.observe.replacing import (
    PlanOf,
    counts_nothing,
    may_be_forgotten,
    remember,
    replaced_by,
    taken_off,
)


class Counted(Struct, frozen=True, gc=False):
    """What came of counting a record."""

    moved: tuple[Moved, ...] = ()
    is_unverified: bool = False
    """The record that it replaces may have been counted and forgotten."""
    other_charges: tuple[Money, ...] = ()
    """Its own charges that are in no bucket; less than nothing where taken off."""


NOTHING: Final = Counted()


def count(state: Subscriber, entry: Entry, record: CdrRecord, place: Place, *, plan_of: PlanOf) -> Counted:
    """Add a usage record to its period and windows.

    Raises: SchemaError, before any change, if a total would not fit.
    """
    arrival_ms = entry.raw.timestamp_ms
    if is_plain(state, record, place):
        one = count_plain(state, record, place, arrival_ms=arrival_ms)
        return NOTHING if one is None else Counted((one,))
    own = own_effect(record, place)
    if not (record.provisional or record.replaces is not None or record.corrects is not None):
        own.check()
        moved = _apply(state, own, arrival_ms=arrival_ms)
        others = (own.charge,) if own.charge is not None and own.billable is None else ()
        return Counted(() if moved is None else _with_later(state, (moved,), plan_of), other_charges=others)
    replaced = replaced_by(state, entry, record)
    counts = not counts_nothing(state, entry, record)
    effects = [own] if counts else []
    effects += taken_off(state, replaced, place, arrival_ms, plan_of)
    check_all(effects)
    if not counts:
        _pass(state, own, arrival_ms=arrival_ms)
    changed: dict[tuple[int, str], Moved] = {}
    for effect in effects:
        one = _apply(state, effect, arrival_ms=arrival_ms)
        if one is not None:
            # Of two effects on one bucket the first knows how it stood before both.
            changed.setdefault((one.place.period.starts_ms, one.bucket), one)
    remember(state, entry, record, own if counts else None)
    return Counted(
        _with_later(state, tuple(changed.values()), plan_of),
        is_unverified=may_be_forgotten(entry, record, replaced),
        other_charges=tuple(_other_charges(effects)),
    )


def _with_later(state: Subscriber, moved: tuple[Moved, ...], plan_of: PlanOf) -> tuple[Moved, ...]:
    """Return what has moved, and the later periods whose part of a grant has changed with it."""
    if not state.grants:
        return moved
    changed = {(one.place.period.starts_ms, one.bucket): one for one in moved}
    for one in moved:
        for later in drawn_later(state, one.place.period, one.bucket, plan_of):
            changed.setdefault((later.place.period.starts_ms, later.bucket), later)
    return tuple(changed.values())


def _apply(state: Subscriber, effect: Effect, *, arrival_ms: int) -> Moved | None:
    """Add an effect; return the bucket that has changed, None if none did."""
    period, bucket = effect.place.period, effect.bucket
    period.history.add_usage(effect.kind, effect.raw, effect.at_ms, roaming=effect.roaming)
    state.keep(period, arrival_ms=arrival_ms)
    if bucket is not None:
        window = state.window(bucket)
        window.add_raw(effect.at_ms, effect.raw)
        if effect.billable is not None:
            window.add_counted(effect.at_ms, effect.billable)
            return _add(state, effect, bucket, effect.billable)
    for charge, sign in effect.charges():
        period.other = plus(period.other, charge.currency, sign * charge.value())
    return None


def _pass(state: Subscriber, effect: Effect, *, arrival_ms: int) -> None:
    """Let windows and history move on to a record that counts nothing, as they have where it came first."""
    period = effect.place.period
    period.history.add_usage(effect.kind, 0, effect.at_ms, roaming=effect.roaming)
    state.keep(period, arrival_ms=arrival_ms)
    if effect.bucket is not None:
        window = state.window(effect.bucket)
        window.add_raw(effect.at_ms, 0)
        if effect.billable is not None:
            window.add_counted(effect.at_ms, 0)


def _add(state: Subscriber, effect: Effect, bucket: Bucket, billable_: int) -> Moved:
    """Add a billable quantity and its charge to a bucket."""
    period, plan = effect.place.period, effect.place.plan
    former, usage = look_at_allowance(state, period, plan, bucket)
    before = Moved.of(effect.place, bucket, usage, former)
    usage.add(billable_, started_ms=effect.at_ms)
    for charge, sign in effect.charges():
        usage.add_charge(charge, sign=sign, is_taken_off=effect.is_taken_off)
    if state.grants:
        # What a late record draws from a grant that has lapsed is not lapsed: no new generation for that.
        usage.allowance = state.allowance(period, bucket, usage.base)
    return before


def _other_charges(effects: list[Effect]) -> Iterator[Money]:
    """Yield the charges that are in no bucket, what is taken off with its sign turned."""
    for effect in effects:
        if effect.billable is None:
            for charge, sign in effect.charges():
                yield charge if sign > 0 else negative(charge)


def negative(money: Money) -> Money:
    """Return the opposite amount."""
    return Money(amount=f"{-money.value():f}", currency=money.currency)
