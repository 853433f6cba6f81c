"""One record at a time: is it new, may it be taken, what does it do, what is said about it.

`Intake` works on the store of one partition and on its ledger; `pipeline.Pipeline` drives it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from schemas.cdr import CdrRecord, UsageRecord
from schemas.decode import decode
from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError, Reason, SchemaError
from schemas.events import Event, EventRecord
from schemas.outputs import Output, emit
from schemas.plans import Plan
from schemas.profile import Profile
from schemas.signals import Signal
from schemas.topics import CDR, SUBSCRIBERS, USAGE_EVENTS
from streams.core.catalog import Catalog
from streams.core.identity import Fingerprint, Seen
from streams.core.store import Store
from streams.core.subscriber import Held, Subscriber
from streams.ledger import APPLIED, DUPLICATE, EXPIRED, HELD, RELEASED, UNVERIFIED, Ledger
from streams.observe import check_lateness, check_time, count, look_at_all, observe_event
from streams.responses import respond
from streams.responses.found import Found
from streams.rules import Rules
from streams.signals import detect
from streams.signals.change import Cause, Change, UsageChange

CLOCK_TOPICS: Final = (CDR, USAGE_EVENTS)
"""What moves a partition's clock, and may not come from the future."""


class Entry(Struct, frozen=True, gc=False):
    """A usage record or event that is being taken: for the first time, or out of the held ones."""

    record: CdrRecord | EventRecord
    raw: Raw
    at_ms: int
    record_id: str
    print_: Fingerprint

    @classmethod
    def of(cls, record: CdrRecord | EventRecord, raw: Raw) -> "Entry":
        """Return the entry of a decoded record."""
        if isinstance(record, UsageRecord):
            record_id, at_ms = record.record_id, record.started_at
        else:
            record_id, at_ms = record.event_id, record.at
        return cls(record, raw, at_ms, record_id, Fingerprint.of(raw.topic, record.source, record_id, record))


class Intake:
    """Takes records into the states of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules) -> None:
        self.store = Store()
        self.ledger = Ledger()
        self.clock_ms = 0
        self._catalog = catalog
        self._rules = rules

    def read(self, raw: Raw, out: list[Emitted], *, hold: bool, wall_ms: int | None) -> str:
        """Take a record that is read for the first time; return its disposition.

        Raises: SchemaError if it is a dead letter, PlanMissingError as `Pipeline.take`; with nothing changed.
        """
        if raw.value is None and raw.topic not in CLOCK_TOPICS:
            return self._end(raw, out)
        record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
        match record:
            case UsageRecord() | Event():
                return self._read_entry(Entry.of(record, raw), out, hold=hold, wall_ms=wall_ms)
            case Profile():
                return self._put_profile(record, raw, out)
            case _:
                # Groups are decoded, validated and in the ledger; sharing is another capability's.
                return APPLIED

    def release(self, state: Subscriber, out: list[Emitted]) -> None:
        """Take those of a subscriber's held records that can be taken now, in their order."""
        waiting: list[Held] = []
        held_before, state.held = state.held, []
        for held in held_before:
            raw = _raw(held, state.id)
            record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
            if not isinstance(record, UsageRecord | Event) or self._obstacle(state, record) is not None:
                waiting.append(held)
                continue
            self.ledger.note(raw.topic, RELEASED)
            try:
                self._check_lateness(state, record, raw.timestamp_ms)
                self._apply(state, Entry.of(record, raw), out)
            except SchemaError as fault:
                state.identities.forget(held.identity)
                out.append(self.ledger.dead_letter(raw, fault.reason, fault.detail))
        state.held = waiting
        self._changed(state)

    def expire(self, state: Subscriber, now_ms: int, out: list[Emitted]) -> None:
        """Make dead letters of the held records whose time is over."""
        self._bury(state, state.take_expired(now_ms), out)
        if state.profile or state.held or state.identities.count():
            self._changed(state)
        else:
            # Nothing is known of this subscriber any more: strangers must not fill the memory.
            self.store.delete(state.id)

    # -- usage and events

    def _read_entry(self, entry: Entry, out: list[Emitted], *, hold: bool, wall_ms: int | None) -> str:
        raw, record = entry.raw, entry.record
        arrival_ms, horizon_ms = raw.timestamp_ms, self._rules.dedupe_horizon_ms
        state = self.store.get(record.subscriber_id) or Subscriber(id=record.subscriber_id)
        seen = state.identities.look_up(entry.print_, arrival_ms=arrival_ms, horizon_ms=horizon_ms)
        if seen is Seen.DUPLICATE:
            return DUPLICATE
        field = "started_at" if isinstance(record, UsageRecord) else "at"
        check_time(entry.at_ms, arrival_ms=arrival_ms, wall_ms=wall_ms, field=field)
        obstacle = self._obstacle(state, record)
        if obstacle is None:
            self._check_lateness(state, record, arrival_ms)
        if seen is Seen.CONFLICT:
            raise SchemaError(Reason.CONFLICT, "another record has this identity and other content")
        if obstacle is None:
            self._apply(state, entry, out)
        else:
            self._hold(state, entry, obstacle, hold=hold)
        state.identities.remember(entry.print_, arrival_ms=arrival_ms, horizon_ms=horizon_ms)
        self._changed(state)
        return APPLIED if obstacle is None else HELD

    def _apply(self, state: Subscriber, entry: Entry, out: list[Emitted]) -> None:
        """Let a record do what it does, and say what follows. Raises: SchemaError, with nothing changed."""
        raw, record = entry.raw, entry.record
        cause = Cause(state.id, raw, entry.record_id, entry.at_ms, self.clock_ms)
        if isinstance(record, UsageRecord):
            plan = self._plan_at(state, record.started_at)
            if plan is None:
                raise ValueError("a usage record without a plan is held, not applied")
            change: Change | None = count(state, record, arrival_ms=raw.timestamp_ms, plan=plan, cause=cause)
        else:
            change = observe_event(state, record, cause=cause)
        if change is not None:
            self._tell(state, (change,), out)
        if raw.timestamp_ms - entry.at_ms > self._rules.dedupe_horizon_ms:
            self.ledger.note(raw.topic, UNVERIFIED)

    def _tell(self, state: Subscriber, changes: Iterable[Change], out: list[Emitted]) -> None:
        """Append what the detectors find in the changes, then what is said about all of it."""
        regime = self._rules.regimes.of(state.jurisdiction)
        signals: list[Signal] = []
        plan: Plan | None = None
        for change in changes:
            # A list: no mark may be set while detectors are still looking.
            for mark, signal in list(detect(change, regime)):
                signals.append(signal)
                if isinstance(change, UsageChange):
                    change.usage.raised.append(mark)
                    plan = change.plan
        profile = state.read_profile() if signals else None
        if profile is None:
            return
        out.extend(emit(signal) for signal in signals)
        found = Found(
            signals=tuple(signals),
            profile=profile,
            plan=plan,
            addons=self._catalog.addons(),
            regime=regime,
            clock_ms=self.clock_ms,
        )
        said: Iterator[Output] = respond(found)
        out.extend(emit(output) for output in said)

    # -- waiting

    def _obstacle(self, state: Subscriber, record: CdrRecord | EventRecord) -> Reason | None:
        """Return why a record cannot be taken yet, None if it can."""
        if not state.profile:
            return Reason.UNKNOWN_SUBSCRIBER
        if isinstance(record, UsageRecord) and self._plan_at(state, record.started_at) is None:
            return Reason.UNKNOWN_PLAN
        return None

    def _plan_at(self, state: Subscriber, at_ms: int) -> Plan | None:
        plan_id = state.plan_id_at(at_ms)
        return None if plan_id is None else self._catalog.plan(plan_id)

    def _hold(self, state: Subscriber, entry: Entry, obstacle: Reason, *, hold: bool) -> None:
        """Keep a record until it can be taken. Raises: SchemaError if it does not fit."""
        plan_id = state.plan_id_at(entry.at_ms) if obstacle is Reason.UNKNOWN_PLAN else None
        if plan_id is not None and not hold:
            raise PlanMissingError(plan_id)
        raw = entry.raw
        held = Held(
            raw.topic,
            raw.partition,
            raw.offset,
            raw.timestamp_ms,
            raw.value or b"",
            raw.is_keyed,
            entry.print_.identity,
        )
        if not state.hold(held):
            raise SchemaError(obstacle, "too many records are held for this subscriber already")

    def _bury(self, state: Subscriber, expired: Iterable[Held], out: list[Emitted]) -> None:
        reason = Reason.UNKNOWN_PLAN if state.profile else Reason.UNKNOWN_SUBSCRIBER
        for held in expired:
            self.ledger.note(held.topic, EXPIRED)
            detail = "held until the profile or its plan would come, in vain"
            out.append(self.ledger.dead_letter(_raw(held, state.id), reason, detail))

    # -- profiles

    def _put_profile(self, profile: Profile, raw: Raw, out: list[Emitted]) -> str:
        """Put a profile in force, look at every level anew, and take what waited for it."""
        state = self.store.get(profile.subscriber_id) or Subscriber(id=profile.subscriber_id)
        state.set_profile(profile, arrival_ms=raw.timestamp_ms)
        plan = self._plan_at(state, raw.timestamp_ms)
        if plan is not None:
            cause = Cause(state.id, raw, None, raw.timestamp_ms, self.clock_ms)
            self._tell(state, look_at_all(state, plan, arrival_ms=raw.timestamp_ms, cause=cause), out)
        self.release(state, out)
        return APPLIED

    def _end(self, raw: Raw, out: list[Emitted]) -> str:
        """Take a null value: the subscriber is no more."""
        if raw.key is None:
            raise SchemaError(Reason.NULL_VALUE, "a null value without a key ends nobody")
        if raw.topic == SUBSCRIBERS:
            state = self.store.get(raw.key.decode("utf-8", "replace"))
            if state is not None:
                self._bury(state, state.held, out)
                self.store.delete(state.id)
        return APPLIED

    def _check_lateness(self, state: Subscriber, record: CdrRecord | EventRecord, arrival_ms: int) -> None:
        if isinstance(record, UsageRecord):
            regime = self._rules.regimes.of(state.jurisdiction)
            check_lateness(state, record, arrival_ms=arrival_ms, regime=regime)

    def _changed(self, state: Subscriber) -> None:
        self.store.touch(state)
        self.store.settle(state)


def _raw(held: Held, subscriber_id: str) -> Raw:
    """Return the record as it was read."""
    key = subscriber_id.encode() if held.is_keyed else None
    return Raw(held.topic, held.partition, held.offset, held.timestamp_ms, key, held.value, held.is_keyed)
