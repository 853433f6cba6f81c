"""What a record that may be taken does to its subscriber, and what a timer does."""

from typing import Final

from schemas.cdr import CdrRecord, UsageRecord
from schemas.errors import Reason, SchemaError
from schemas.events import (
    AddonPurchased,
    BalanceReported,
    ChargeAccrued,
    ConsentChanged,
    EventRecord,
    PaymentReceived,
    PortQueried,
    PortStep,
    SimSwapped,
)
from schemas.plans import Plan
from streams.caring import Caring
from streams.core.catalog import Catalog
from streams.core.grants import Grant
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.leaving import Leaving
from streams.observe.events import lapse, left_of, look_later, open_with, period_named, purchase
from streams.observe.moved import Moved, drawn_later
from streams.observe.place import Part, Place, check_joined, check_lateness, check_time
from streams.observe.quiet import count_quietly
from streams.observe.usage import Counted, count
from streams.outcomes import Outcomes
from streams.promises import Promises
from streams.risking import Risking
from streams.rules import Rules
from streams.signals.change import Cause
from streams.signals.window_change import ExpiringChange
from streams.telling import Teller, Turn, cause_of
from streams.travelling import shared
from streams.watching import Watch

NO_PLAN: Final = Plan(plan_id="-", currency="XXX", allowances=())
"""Of a member that has none of its own: history is kept all the same."""


class Applier:
    """Moves the states of one partition; ``teller`` says what follows."""

    def __init__(self, catalog: Catalog, rules: Rules, teller: Teller) -> None:
        self._catalog = catalog
        self._teller = teller
        self._windows = rules.windows
        self.caring = Caring(catalog, rules, teller)
        self._promises = Promises(catalog=catalog, rules=rules, notices=teller.notices, funnel=teller.funnel)
        self.outcomes = Outcomes(offering=teller.offering, promises=self._promises, funnel=teller.funnel)
        self.risking = Risking(rules, teller)
        self.leaving = Leaving(teller, self.risking)
        self.watch = Watch(catalog, rules, teller, self.risking)

    def place(
        self, state: Subscriber, record: CdrRecord | EventRecord, arrival_ms: int
    ) -> Place | Reason | None:
        """Return where a record belongs, the reason why that is not known yet, or None for most events.

        Raises: SchemaError if the record is too late for its period.
        """
        if not state.profile:
            return Reason.UNKNOWN_SUBSCRIBER
        match record:
            case UsageRecord():
                at_ms, field = record.started_at, "started_at"
                if state.joined_ms is not None:
                    check_joined(state, at_ms)
                period = state.period_at(at_ms)
            case AddonPurchased():
                period, at_ms, field = state.period_at(record.at), record.at, "at"
            case BalanceReported():
                check_time(record.as_of, arrival_ms=arrival_ms, field="as_of")
                period = period_named(state, record.period)
                at_ms, field = period.starts_ms, "period"
            case _:
                return None
        if arrival_ms >= period.ends_ms:  # hardly ever
            check_lateness(period, at_ms, arrival_ms=arrival_ms, field=field)
        plan = None if period.plan_id is None else self._catalog.plan(period.plan_id)
        if state.group_id is not None and not (isinstance(record, UsageRecord) and record.zero_rated):
            return Place(period, plan or NO_PLAN, Part.HISTORY)
        return Reason.UNKNOWN_PLAN if plan is None else Place(period, plan)

    def count_quietly(self, state: Subscriber, entry: Entry, place: Place) -> bool:
        """Count a record after which there is nothing to say; False, with nothing changed: let it `apply`."""
        record = entry.record
        if not isinstance(record, UsageRecord) or entry.raw.timestamp_ms >= place.period.ends_ms:
            return False
        return count_quietly(state, record, place, regime=self._teller.regime(state), windows=self._windows)

    def apply(self, turn: Turn, entry: Entry, place: Place | None) -> bool:
        """Let a record do what it does, and say what follows.

        Returns: whether it may have counted before, as a provisional record that is forgotten.
        Raises: SchemaError, with nothing changed.
        """
        is_unverified = self._apply(turn, entry, place)
        if turn.proposed:
            self._teller.offering.decide(turn)
        return is_unverified

    def _apply(self, turn: Turn, entry: Entry, place: Place | None) -> bool:
        record = entry.record
        if not isinstance(record, UsageRecord):
            self._apply_event(turn, entry, record, place)
            return False
        if place is None:
            return False
        state = turn.state
        is_first = place.part is not Part.ALLOWANCE and place.period.starts_ms > state.newest_ms
        if is_first:
            counted = self._count_first(state, entry, record, place)
        else:
            counted = count(state, entry, record, place, plan_of=self._catalog.plan)
        if counted.moved:
            self._teller.tell_moved(turn, counted.moved, entry)
            self.caring.moved(turn, counted.moved)
            self.watch.foresee(turn, entry, counted)
        if place.part is Part.HISTORY and state.group_id is not None:
            turn.out.append(shared(entry, state.group_id, state.language))
        if not state.owner_id:
            self.watch.usage(turn, entry, place, counted, is_first=is_first)
        return counted.is_unverified

    def _count_first(self, state: Subscriber, entry: Entry, record: CdrRecord, place: Place) -> Counted:
        """Count the first record of a new period: what has closed is summed up before its window moves on.

        Raises: SchemaError, with nothing changed.
        """
        before = (state.newest_ms, state.months)
        self.watch.turn_month(state, place.period)
        try:
            return count(state, entry, record, place, plan_of=self._catalog.plan)
        except SchemaError:
            state.newest_ms, state.months = before
            raise

    def _apply_event(self, turn: Turn, entry: Entry, event: EventRecord, place: Place | None) -> None:
        """Let an event do what it does. Raises: SchemaError, with nothing changed."""
        state, arrival_ms = turn.state, entry.raw.timestamp_ms
        if place is not None and place.part is Part.HISTORY and state.group_id is not None:
            turn.out.append(shared(entry, state.group_id, state.language))
            return
        moved: tuple[Moved, ...] = ()
        match event:
            case PortQueried() | PortStep() | SimSwapped():
                self.leaving.event(turn, entry, event)
            case ConsentChanged():
                state.change_consent(event)
            case AddonPurchased() if place is not None:
                reminder_ms = self._teller.regime(state).expiry_reminder_ms
                bought = purchase(state, event, place, arrival_ms=arrival_ms, reminder_ms=reminder_ms)
                self.outcomes.bought(state, event)
                moved = (
                    bought,
                    *look_later(state, place.period, event.bucket, self._catalog.plan, arrival_ms=arrival_ms),
                )
                place.period.history.episodes += event.bucket == "data"
            case BalanceReported() if place is not None:
                opened = open_with(state, event, place, arrival_ms=arrival_ms)
                if opened is not None:
                    moved = (opened, *drawn_later(state, place.period, event.bucket, self._catalog.plan))
            case ChargeAccrued():
                self.watch.accrued(turn, entry, event.amount)
            case PaymentReceived():
                self.watch.owing.paid(turn, cause_of(turn, entry), event.amount)
            case _:
                # Others are decoded, validated and in the ledger: what they mean is not said yet.
                self.watch.event(turn, entry, event)
        if moved:
            self._tell_moved(turn, entry, moved)
        self.caring.event(turn, entry, event)
        self.outcomes.event(turn, entry, event)

    def _tell_moved(self, turn: Turn, entry: Entry, moved: tuple[Moved, ...]) -> None:
        """Tell what follows from buckets of which an event has changed the allowance."""
        self._teller.tell_moved(turn, moved, entry)
        self.watch.owing.moved(turn, cause_of(turn, entry), moved)
        if not turn.state.owner_id:
            self.watch.shortage(turn, entry, moved[0].place.period)

    def _remind(self, turn: Turn, grant: Grant, due_ms: int) -> None:
        """Say what is left of a grant that is about to expire."""
        state = turn.state
        left, plan = left_of(state, grant, due_ms, self._catalog.plan)
        if plan is not None and left > 0:
            cause = Cause(state.subject, None, None, due_ms, turn.clock_ms)
            change = ExpiringChange(cause=cause, grant=grant, bucket=grant.bucket, left=left)
            self._teller.tell_windows(turn, (change,), plan)

    def fire(self, turn: Turn, now_ms: int) -> None:
        """Do what is due: grants are reminded of or lapse, what has waited is said."""
        state = turn.state
        if state.porting is not None:
            self.leaving.fire(turn, now_ms)
        if state.risk is not None:
            self.risking.fire(turn, now_ms)
        self._teller.offering.wake(turn, now_ms)
        self.caring.fire(turn, now_ms)
        self._promises.look(turn, now_ms)
        for grant in state.grants:
            if grant.reminds_ms is not None and grant.reminds_ms <= now_ms:
                self._remind(turn, grant, grant.reminds_ms)
                grant.reminds_ms = None
            if grant.lapses_ms is not None and grant.lapses_ms <= now_ms:
                moved = lapse(state, grant, self._catalog.plan)
                if moved is not None:
                    cause = Cause(state.subject, None, None, now_ms, turn.clock_ms)
                    self._teller.tell_caused(turn, (moved,), cause, arrival_ms=now_ms)
                    self.watch.owing.moved(turn, cause, (moved,))
        self._teller.offering.decide(turn)
