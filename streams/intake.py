"""One record at a time: is it new, may it be taken, what does it do, what is said about it.

`Intake` works on the store of one partition and on its ledger; `pipeline.Pipeline` drives it.
"""

from collections.abc import Iterable, Iterator

from schemas.cdr import CdrRecord, UsageRecord
from schemas.decode import decode
from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError, Reason, SchemaError
from schemas.events import Event, EventRecord
from schemas.outputs import Output, emit
from schemas.plans import Plan
from schemas.profile import Profile
from schemas.signals import Signal
from schemas.topics import CLOCK_TOPICS, SUBSCRIBERS
from streams.core.catalog import Catalog
from streams.core.identity import Seen
from streams.core.store import Store
from streams.core.subscriber import Held, Subscriber
from streams.entry import Entry, raw_of
from streams.ledger import APPLIED, DUPLICATE, EXPIRED, HELD, RELEASED, UNVERIFIED, Ledger
from streams.observe import (
    Place,
    check_arrival,
    check_lateness,
    check_time,
    count,
    look,
    look_at_all,
    observe_event,
)
from streams.responses import respond
from streams.responses.found import Found
from streams.rules import Rules
from streams.signals import detect, is_quiet
from streams.signals.change import Cause, Change, UsageChange


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
            check_arrival(raw.timestamp_ms, wall_ms)
            return self._end(raw, out)
        record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
        if isinstance(record, UsageRecord | Event):
            return self._read_entry(Entry.of(record, raw), out, hold=hold, wall_ms=wall_ms)
        check_arrival(raw.timestamp_ms, wall_ms)
        match record:
            case Profile():
                return self._put_profile(record, raw, out)
            case _:
                # Groups are decoded, validated and in the ledger; sharing is another capability's.
                return APPLIED

    def release(self, state: Subscriber, out: list[Emitted]) -> None:
        """Take those of a subscriber's held records that can be taken now, in their order."""
        waiting: list[Held] = []
        held_before, state.held = state.held, ()
        for held in held_before:
            raw = raw_of(held, state.id)
            record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
            if not isinstance(record, UsageRecord | Event):
                raise TypeError(f"held records are usage and events, not {type(record).__name__}")
            try:
                place = self._place(state, record, raw.timestamp_ms)
                if isinstance(place, Reason):
                    waiting.append(held)
                    continue
                self._apply(state, Entry.of(record, raw), place, out)
            except SchemaError as fault:
                state.identities.forget(held.identity)
                out.append(self.ledger.dead_letter(raw, fault.reason, fault.detail))
            self.ledger.note(raw.topic, RELEASED)
        state.held = tuple(waiting)
        self.store.settle(state)

    def expire(self, state: Subscriber, now_ms: int, out: list[Emitted]) -> None:
        """Make dead letters of the held records whose time is over."""
        self._bury(state, state.take_expired(now_ms), out)
        if state.profile or state.held or state.identities.count():
            self.store.settle(state)
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
        check_time(entry.at_ms, arrival_ms=arrival_ms, field=field)
        check_arrival(arrival_ms, wall_ms)
        place = self._place(state, record, arrival_ms)
        if seen is Seen.CONFLICT:
            raise SchemaError(Reason.CONFLICT, "another record has this identity and other content")
        if isinstance(place, Reason):
            self._hold(state, entry, place, hold=hold)
            disposition = HELD
        else:
            self._apply(state, entry, place, out)
            disposition = APPLIED
        state.identities.remember(entry.print_, arrival_ms=arrival_ms, horizon_ms=horizon_ms)
        self.store.touch(state)
        return disposition

    def _place(
        self, state: Subscriber, record: CdrRecord | EventRecord, arrival_ms: int
    ) -> Place | Reason | None:
        """Return where a usage record belongs, the reason why that is not known yet, or None for an event.

        Raises: SchemaError if the record is too late for its period.
        """
        if not state.profile:
            return Reason.UNKNOWN_SUBSCRIBER
        if not isinstance(record, UsageRecord):
            return None
        period = state.period_at(record.started_at)
        plan = None if period.plan_id is None else self._catalog.plan(period.plan_id)
        regime = self._rules.regimes.of(state.jurisdiction)
        check_lateness(record, period, arrival_ms=arrival_ms, notice_within_ms=regime.notice_within_ms)
        return Reason.UNKNOWN_PLAN if plan is None else Place(period, plan)

    def _apply(self, state: Subscriber, entry: Entry, place: Place | None, out: list[Emitted]) -> None:
        """Let a record do what it does, and say what follows. Raises: SchemaError, with nothing changed."""
        raw, record = entry.raw, entry.record
        arrival_ms = raw.timestamp_ms
        if not isinstance(record, UsageRecord):
            cause = Cause(state.id, raw, entry.record_id, entry.at_ms, self.clock_ms)
            event_change = observe_event(state, record, cause=cause)
            if event_change is not None:
                self._tell(state, (event_change,), out)
        elif place is not None:
            bucket = count(state, record, place, arrival_ms=arrival_ms)
            regime = self._rules.regimes.of(state.jurisdiction)
            if bucket is not None and not is_quiet(place.period.buckets[bucket], regime):
                cause = Cause(state.id, raw, entry.record_id, entry.at_ms, self.clock_ms)
                is_late = arrival_ms >= place.period.ends_ms
                self._tell(state, (look(place, bucket, cause=cause, is_late=is_late),), out)
        if arrival_ms - entry.at_ms > self._rules.dedupe_horizon_ms:
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
                    change.usage.raised += (mark,)
                    plan = change.plan
        profile = state.read_profile() if signals else None
        if profile is None:
            return
        out.extend(emit(signal) for signal in signals)
        if self._rules.is_muted(self.clock_ms):
            return
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

    def _hold(self, state: Subscriber, entry: Entry, obstacle: Reason, *, hold: bool) -> None:
        """Keep a record until it can be taken. Raises: SchemaError if it does not fit."""
        plan_id = state.period_at(entry.at_ms).plan_id if obstacle is Reason.UNKNOWN_PLAN else None
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
        self.store.settle(state)

    def _bury(self, state: Subscriber, expired: Iterable[Held], out: list[Emitted]) -> None:
        reason = Reason.UNKNOWN_PLAN if state.profile else Reason.UNKNOWN_SUBSCRIBER
        for held in expired:
            self.ledger.note(held.topic, EXPIRED)
            detail = "held until the profile or its plan would come, in vain"
            out.append(self.ledger.dead_letter(raw_of(held, state.id), reason, detail))

    # -- profiles

    def _put_profile(self, profile: Profile, raw: Raw, out: list[Emitted]) -> str:
        """Put a profile in force, look at every level anew, and take what waited for it."""
        state = self.store.get(profile.subscriber_id) or Subscriber(id=profile.subscriber_id)
        state.set_profile(profile, arrival_ms=raw.timestamp_ms)
        plan_id = state.period_at(raw.timestamp_ms).plan_id
        plan = None if plan_id is None else self._catalog.plan(plan_id)
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
