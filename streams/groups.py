"""Groups that share the allowances of one plan: their states, and what travels between them and their lines.

A group is a state like a subscriber's, in the partition of its id, whose profile is the group's record and
whose outputs are about the owner. A line's partition counts the own history and sends each record on; the
group counts it against its allowance, or sends it back where its plan does not name the bucket or the line is
no member. So no partition has to know what another one has, and nothing depends on which of them is ahead.
"""

from typing import Protocol

from schemas.cdr import UsageRecord
from schemas.decode import decode as decode_record
from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError, Reason, SchemaError
from schemas.events import AddonPurchased, BalanceReported, Event
from schemas.group_usage import AccountCharge, Asked, Membership, OneOfMany, Returned, Shared, decode
from schemas.plans import Plan
from schemas.profile import Group, Profile
from schemas.topics import GROUP_USAGE
from streams.accounts import Accounts
from streams.applying import Applier
from streams.core.catalog import Catalog
from streams.core.counting import bucket_of
from streams.core.held import Held
from streams.core.store import Store
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.ledger import APPLIED, DEAD, EXPIRED, HELD, RELEASED, Ledger
from streams.observe.events import period_named
from streams.observe.place import Part, Place, check_lateness
from streams.origins import Origins
from streams.telling import Turn
from streams.travelling import membership, original, returned

PREFIX = "group/"
"""Before a group's id in the store: no subscriber's id has a slash."""


class Desk(Protocol):
    """Where records are taken: the store and the ledger of one partition."""

    store: Store
    ledger: Ledger
    clock_ms: int


class Groups:
    """Takes what is about groups into the states of one partition."""

    def __init__(
        self, desk: Desk, *, catalog: Catalog, applier: Applier, accounts: Accounts, origins: Origins
    ) -> None:
        self._accounts = accounts
        self._origins = origins
        self._desk = desk
        self._catalog = catalog
        self._applier = applier

    # -- the group's record

    def state_of(self, group_id: str) -> Subscriber:
        """Return a group's state, a new one if there is none."""
        key = PREFIX + group_id
        return self._desk.store.get(key) or Subscriber(id=key)

    def profile_of(self, state: Subscriber, group: Group) -> Profile:
        """Return a group's record as the profile of its state, and note owner and members."""
        state.owner_id, state.members = group.owner_id, group.members
        return Profile(
            subscriber_id=group.owner_id,
            plan_id=group.plan_id,
            time_zone=group.time_zone,
            cycle_day=group.cycle_day,
            jurisdiction=group.jurisdiction,
            language=state.language or "en",
        )

    def announce(
        self,
        group_id: str,
        before: tuple[str, ...],
        after: tuple[str, ...],
        arrival_ms: int,
        out: list[Emitted],
    ) -> None:
        """Tell those who have come and those who have gone."""
        known, wanted = set(before), set(after)
        out.extend(membership(line, group_id, arrival_ms) for line in after if line not in known)
        out.extend(membership(line, None, arrival_ms) for line in before if line not in wanted)

    def end(self, group_id: str, arrival_ms: int, out: list[Emitted]) -> None:
        """Take the end of a group: its members count for themselves again."""
        state = self._desk.store.get(PREFIX + group_id)
        if state is not None:
            self.announce(group_id, state.members, (), arrival_ms, out)
            self.give_back(state.held, out)
            self._desk.store.delete(state.id)

    # -- what travels

    def read(self, raw: Raw, out: list[Emitted], *, hold: bool) -> str:
        """Take one message; return its disposition. Raises: PlanMissingError as `Pipeline.take`."""
        match decode(raw.value or b"null"):
            case Membership(line=line, group_id=group_id):
                state = self._desk.store.get(line) or Subscriber(id=line)
                state.member_of = group_id
                self._desk.store.settle(state)
                return APPLIED
            case AccountCharge() as message:
                self._accounts.take(self._desk.store, message, raw, self._desk.clock_ms, out)
                return APPLIED
            case Asked() as message:
                self._origins.take(self._desk.store, message, raw, out)
                return APPLIED
            case OneOfMany() as message:
                self._suspect(message, raw, out)
                return APPLIED
            case Returned() as message:
                return self._take_back(message, raw, out, hold=hold)
            case Shared() as message:
                state = self.state_of(message.group_id)
                disposition = self._take(state, message, raw, out, hold=hold)
                self._desk.store.settle(state)
                return disposition

    def _suspect(self, message: OneOfMany, raw: Raw, out: list[Emitted]) -> None:
        """Tell a line that its number is one of several; one that has ended since hears nothing."""
        state = self._desk.store.get(message.line)
        if state is not None and state.profile:
            self._applier.leaving.suspected(Turn(state, self._desk.clock_ms, out), message, raw)
            self._desk.store.settle(state)

    def release(self, state: Subscriber, out: list[Emitted]) -> None:
        """Take those of a group's held records that can be taken now, in their order."""
        held_before, state.held = state.held, ()
        for held in held_before:
            raw = Raw(held.topic, held.partition, held.offset, held.timestamp_ms, None, held.value)
            message = decode(held.value)
            if isinstance(message, Shared) and self._take(state, message, raw, out, hold=True) != HELD:
                self._desk.ledger.note(GROUP_USAGE, RELEASED)
        self._desk.store.settle(state)

    def give_back(self, expired: tuple[Held, ...] | list[Held], out: list[Emitted]) -> None:
        """Send back what no group has come for: it counts for its line."""
        for held in expired:
            message = decode(held.value)
            if isinstance(message, Shared):
                out.append(returned(message, held.timestamp_ms))
            self._desk.ledger.note(GROUP_USAGE, EXPIRED)

    def _take(self, state: Subscriber, message: Shared, raw: Raw, out: list[Emitted], *, hold: bool) -> str:
        own = original(message, raw.timestamp_ms)
        record = decode_record(own.topic, own.key, own.value)
        if not isinstance(record, UsageRecord | Event):
            raise TypeError(f"usage and events are shared, not {type(record).__name__}")
        if message.line == state.owner_id and message.language != state.language:
            state.set_language(message.language)
        entry = Entry.of(record, own, space=f"{message.line}/{own.topic}")
        try:
            place = self._place(state, message.line, entry)
            if isinstance(place, Place):
                self._applier.apply(Turn(state, self._desk.clock_ms, out), entry, place)
                return APPLIED
        except SchemaError as fault:
            self._bury(own, fault.reason, fault.detail, out)
            return DEAD
        if place is Reason.UNKNOWN_PLAN and not hold and (plan_id := self._plan_id(state, entry)) is not None:
            raise PlanMissingError(plan_id)
        waiting = Held(
            GROUP_USAGE,
            raw.partition,
            raw.offset,
            raw.timestamp_ms,
            raw.value or b"",
            is_keyed=True,
            identity=b"",
        )
        if place is not None and self._desk.store.holders.has_room() and state.hold(waiting):
            return HELD
        out.append(returned(message, raw.timestamp_ms))
        return APPLIED

    def _place(self, state: Subscriber, line: str, entry: Entry) -> Place | Reason | None:
        """Return where a record counts in a group, why that is not known yet, or None: it goes back.

        Raises: SchemaError if the record is too late for the group's period.
        """
        if not state.profile:
            return Reason.UNKNOWN_SUBSCRIBER
        if line not in state.members:
            return None
        record, at_ms = entry.record, entry.at_ms
        period = state.period_at(at_ms)
        if isinstance(record, BalanceReported):
            period = period_named(state, record.period)
            at_ms = period.starts_ms
        plan = None if period.plan_id is None else self._catalog.plan(period.plan_id)
        if plan is None:
            return Reason.UNKNOWN_PLAN
        if not _names(plan, entry):
            return None
        check_lateness(period, at_ms, arrival_ms=entry.raw.timestamp_ms, field="started_at")
        return Place(period, plan, Part.ALLOWANCE)

    def _take_back(self, message: Returned, raw: Raw, out: list[Emitted], *, hold: bool) -> str:
        """Count a record that the group did not count in the line's own bucket."""
        own = original(message, raw.timestamp_ms)
        state = self._desk.store.get(message.line)
        record = decode_record(own.topic, own.key, own.value)
        if not isinstance(record, UsageRecord | Event):
            raise TypeError(f"usage and events are shared, not {type(record).__name__}")
        entry = Entry.of(record, own, space=f"returned/{own.topic}")
        plan_id = None if state is None else self._plan_id(state, entry)
        plan = None if plan_id is None else self._catalog.plan(plan_id)
        if state is None or not state.profile or plan is None:
            if plan_id is not None and not hold:
                raise PlanMissingError(plan_id)
            reason = Reason.UNKNOWN_PLAN if state is not None and state.profile else Reason.UNKNOWN_SUBSCRIBER
            detail = "its group does not count it, and there is no plan of the line's own"
            self._bury(own, reason, detail, out)
            return DEAD
        period = state.period_at(entry.at_ms)
        try:
            if isinstance(record, BalanceReported):
                period = period_named(state, record.period)
            place = Place(period, plan, Part.ALLOWANCE)
            self._applier.apply(Turn(state, self._desk.clock_ms, out), entry, place)
        except SchemaError as fault:
            self._bury(own, fault.reason, fault.detail, out)
            return DEAD
        self._desk.store.settle(state)
        return APPLIED

    def _bury(self, own: Raw, reason: Reason, detail: str, out: list[Emitted]) -> None:
        out.append(self._desk.ledger.dead_letter(own, reason, detail, via=GROUP_USAGE))

    def _plan_id(self, state: Subscriber, entry: Entry) -> str | None:
        return state.period_at(entry.at_ms).plan_id if state.profile else None


def _names(plan: Plan, entry: Entry) -> bool:
    """Return whether a group's plan has the bucket that a record is about."""
    match entry.record:
        case UsageRecord() as record:
            return plan.names(bucket_of(record, plan))
        case AddonPurchased(bucket=bucket) | BalanceReported(bucket=bucket):
            return plan.names(bucket)
        case _:
            return False
