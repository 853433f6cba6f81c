"""Counts a usage record: what it adds, and what it takes off where it corrects or replaces another.

A record is one or two *effects*. Each adds to one bucket of one period, and sums commute: nothing here
depends on what came before it, save that what a provisional record has counted is known once it has come.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from schemas.cdr import CdrRecord
from schemas.fields import Bucket, Money
from streams.core import provisional
from streams.core.subscriber import Subscriber
from streams.core.usage import added_money
from streams.entry import Entry
from streams.observe.effect import Effect, own_effect
from streams.observe.moved import Moved, drawn_later, look_at_allowance
from streams.observe.place import Place
from streams.observe.plain import count_plain, is_plain
from streams.observe.replacing import PlanOf, remember, taken_off, target_of


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
    known = provisional.find(state.provisional, entry.print_.identity, now_ms=arrival_ms)
    if record.provisional and known is not None:
        return Counted()  # its final record came first, or it is a repeat from beyond the dedupe horizon
    target, is_unverified = target_of(state, entry, record)
    effects = [own, *taken_off(state, target, place, arrival_ms, plan_of)]
    for effect in effects:
        effect.check()
    changed: dict[tuple[int, str], Moved] = {}
    for effect in effects:
        one = _apply(state, effect, arrival_ms=arrival_ms)
        if one is not None:
            # Of two effects on one bucket the first knows how it stood before both.
            changed.setdefault((one.place.period.starts_ms, one.bucket), one)
    remember(state, entry, record, own, target)
    return Counted(
        _with_later(state, tuple(changed.values()), plan_of),
        is_unverified=is_unverified,
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
    for charge, sign in ((effect.charge, 1), (effect.former_charge, -1)):
        if charge is not None:
            period.other = added_money(period.other, charge, sign=sign)
    return None


def _add(state: Subscriber, effect: Effect, bucket: Bucket, billable_: int) -> Moved:
    """Add a billable quantity and its charge to a bucket."""
    period, plan = effect.place.period, effect.place.plan
    former, usage = look_at_allowance(state, period, plan, bucket)
    before = Moved.of(effect.place, bucket, usage, former)
    usage.add(billable_, started_ms=effect.at_ms)
    if effect.charge is not None:
        usage.add_charge(effect.charge)
    if effect.former_charge is not None:
        usage.add_charge(effect.former_charge, sign=-1)
    if state.grants:
        # What a late record draws from a grant that has lapsed is not lapsed: no new generation for that.
        usage.allowance = state.allowance(period, bucket, usage.base)
    return before


def _other_charges(effects: list[Effect]) -> Iterator[Money]:
    """Yield the charges that are in no bucket, what is taken off with its sign turned."""
    for effect in effects:
        if effect.billable is None:
            if effect.charge is not None:
                yield effect.charge
            if effect.former_charge is not None:
                yield negative(effect.former_charge)


def negative(money: Money) -> Money:
    """Return the opposite amount."""
    return Money(amount=f"{-money.value():f}", currency=money.currency)
