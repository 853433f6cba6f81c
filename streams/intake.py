"""One record at a time: is it new, may it be taken, what does it do, what is said about it.

`Intake` works on the store of one partition and on its ledger; `pipeline.Pipeline` drives it.
"""

from collections.abc import Iterable

from schemas.cdr import UsageRecord
from schemas.decode import decode
from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError, Reason, SchemaError
from schemas.events import (
    Event,
)
from schemas.plans import Plan
from schemas.profile import Group, Profile
from schemas.topics import CLOCK_TOPICS, GROUP_USAGE, GROUPS, SUBSCRIBERS
from streams.accounts import Accounts
from streams.applying import Applier
from streams.core.catalog import Catalog
from streams.core.held import Held
from streams.core.identity import Seen
from streams.core.store import Store
from streams.core.subscriber import Subscriber
from streams.entry import Entry, raw_of
from streams.groups import PREFIX, Groups
from streams.ledger import APPLIED, DUPLICATE, EXPIRED, HELD, RELEASED, UNVERIFIED, Ledger
from streams.observe.place import Place, check_arrival, check_time
from streams.observe.profiles import begin_buckets, look_at_all
from streams.origins import Origins
from streams.rules import Rules
from streams.signals.change import Cause
from streams.telling import Teller, Turn


class Intake:
    """Takes records into the states of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules, store: Store | None = None) -> None:
        self.store = Store(held_bytes_max=rules.held_bytes_max) if store is None else store
        self.ledger = Ledger()
        self.clock_ms = 0
        self._catalog = catalog
        self._rules = rules
        self._teller = Teller(catalog=catalog, rules=rules, funnel=self.ledger.funnel)
        self._applier = Applier(catalog, rules, self._teller)
        accounts = Accounts(rules, self._teller)
        origins = Origins(rules)
        self._groups = Groups(
            self, catalog=catalog, applier=self._applier, accounts=accounts, origins=origins
        )

    def read(self, raw: Raw, out: list[Emitted], *, hold: bool, wall_ms: int | None) -> str:
        """Take a record that is read for the first time; return its disposition.

        Raises: SchemaError if it is a dead letter, PlanMissingError as `Pipeline.take`; with nothing changed.
        """
        if raw.value is None and raw.topic not in CLOCK_TOPICS:
            check_arrival(raw.timestamp_ms, wall_ms)
            return self._end(raw, out)
        if raw.topic == GROUP_USAGE:
            return self._groups.read(raw, out, hold=hold)
        record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
        if isinstance(record, UsageRecord | Event):
            return self._read_entry(Entry.of(record, raw), out, hold=hold, wall_ms=wall_ms)
        check_arrival(raw.timestamp_ms, wall_ms)
        match record:
            case Profile():
                return self._put_profile(record, raw, out)
            case Group():
                return self._put_group(record, raw, out)
            case _:
                raise TypeError(f"no input topic: {raw.topic}")

    def release(self, state: Subscriber, out: list[Emitted]) -> None:
        """Take those of a subscriber's, or a group's, held records that can be taken now, in their order."""
        if state.owner_id:
            self._groups.release(state, out)
            return
        waiting: list[Held] = []
        held_before, state.held = state.held, ()
        for held in held_before:
            raw = raw_of(held, state.id)
            record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
            if not isinstance(record, UsageRecord | Event):
                raise TypeError(f"held records are usage and events, not {type(record).__name__}")
            try:
                place = self._applier.place(state, record, raw.timestamp_ms)
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

    def fire(self, state: Subscriber, now_ms: int, out: list[Emitted]) -> None:
        """Do what is due for a subscriber: what was held too long is a dead letter, grants run out."""
        if state.id.startswith(PREFIX):
            self._groups.give_back(state.take_expired(now_ms), out)
        else:
            self._bury(state, state.take_expired(now_ms), out)
        self._applier.fire(Turn(state, max(self.clock_ms, now_ms), out), now_ms)
        if state.profile or state.held or state.identities.count() or state.member_of is not None:
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
        if entry.at_ms > arrival_ms:
            field = "started_at" if isinstance(record, UsageRecord) else "at"
            check_time(entry.at_ms, arrival_ms=arrival_ms, field=field)
        check_arrival(arrival_ms, wall_ms)
        place = self._applier.place(state, record, arrival_ms)
        is_quiet = False
        if seen is Seen.CONFLICT:
            raise SchemaError(Reason.CONFLICT, "another record has this identity and other content")
        if isinstance(place, Reason):
            self._hold(state, entry, place, hold=hold)
            disposition = HELD
        else:
            disposition = APPLIED
            is_quiet = place is not None and self._applier.count_quietly(state, entry, place)
            if not is_quiet:
                self._apply(state, entry, place, out)
            elif arrival_ms - entry.at_ms > horizon_ms:
                self.ledger.note(raw.topic, UNVERIFIED)
        state.identities.remember(entry.print_, arrival_ms=arrival_ms, horizon_ms=horizon_ms)
        if is_quiet:
            self.store.touch(state)
        else:
            self.store.settle(state)  # timers may have been set or stopped
        return disposition

    def _apply(self, state: Subscriber, entry: Entry, place: Place | None, out: list[Emitted]) -> None:
        """Let a record do what it does, and say what follows. Raises: SchemaError, with nothing changed."""
        is_old = entry.raw.timestamp_ms - entry.at_ms > self._rules.dedupe_horizon_ms
        is_unverified = self._applier.apply(Turn(state, self.clock_ms, out), entry, place)
        if is_old or is_unverified:
            self.ledger.note(entry.raw.topic, UNVERIFIED)

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
        if not self.store.holders.has_room():
            raise SchemaError(obstacle, "too many records are held in this partition already")
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
        """Put a profile in force and take what waited for it."""
        state = self.store.get(profile.subscriber_id) or Subscriber(id=profile.subscriber_id)
        before = state.read_profile()
        turn = Turn(state, self.clock_ms, out)
        cause = self._put(turn, profile, raw)
        self._applier.watch.owing.profile(turn, profile, cause, is_first=before is None)
        self._applier.caring.profile(turn, profile, cause, before)
        self._applier.risking.profile(state, profile, arrival_ms=raw.timestamp_ms)
        self._teller.offering.decide(turn)
        self.release(state, out)
        return APPLIED

    def _put_group(self, group: Group, raw: Raw, out: list[Emitted]) -> str:
        """Put a group's record in force, tell its members, and take what waited for it."""
        state = self._groups.state_of(group.group_id)
        before = state.members
        turn = Turn(state, self.clock_ms, out)
        self._put(turn, self._groups.profile_of(state, group), raw)
        self._teller.offering.decide(turn)
        self._groups.announce(group.group_id, before, group.members, raw.timestamp_ms, out)
        self._groups.release(state, out)
        return APPLIED

    def _put(self, turn: Turn, profile: Profile, raw: Raw) -> Cause:
        """Put a profile in force and look at every level anew; return it as the cause of what follows."""
        state, arrival_ms = turn.state, raw.timestamp_ms
        old = self._plan_at(state, arrival_ms) if state.profile else None
        plan_before = state.period_at(arrival_ms).plan_id if state.profile else None
        state.set_profile(profile, arrival_ms=arrival_ms)
        plan = self._plan_at(state, arrival_ms)
        cause = Cause(state.subject, raw, None, arrival_ms, self.clock_ms)
        self._applier.outcomes.profile(turn, profile, plan_before, cause)
        if plan is not None:
            if old is not None and old is not plan:
                begin_buckets(state, state.period_at(arrival_ms), old, plan, arrival_ms=arrival_ms)
            moved = tuple(look_at_all(state, plan, old or plan, arrival_ms=arrival_ms))
            self._teller.tell_caused(turn, moved, cause, arrival_ms=arrival_ms)
            self._applier.watch.owing.moved(turn, cause, moved)
        return cause

    def _plan_at(self, state: Subscriber, at_ms: int) -> Plan | None:
        """Return the plan of a billing period, None if there is none or the catalogue does not have it."""
        plan_id = state.period_at(at_ms).plan_id
        return None if plan_id is None else self._catalog.plan(plan_id)

    def _end(self, raw: Raw, out: list[Emitted]) -> str:
        """Take a null value: the subscriber is no more."""
        if raw.key is None:
            raise SchemaError(Reason.NULL_VALUE, "a null value without a key ends nobody")
        if raw.topic == SUBSCRIBERS:
            state = self.store.get(raw.key.decode("utf-8", "replace"))
            if state is not None:
                self._bury(state, state.held, out)
                self._applier.outcomes.left(state, raw.timestamp_ms)
                self.store.delete(state.id)
        elif raw.topic == GROUPS:
            self._groups.end(raw.key.decode("utf-8", "replace"), raw.timestamp_ms, out)
        return APPLIED
