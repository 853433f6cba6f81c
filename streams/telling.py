"""What is said about what has moved: the signals that detectors find, then the responses to them."""

from collections.abc import Iterable, Sequence

from msgspec import UNSET

from schemas.found import Signal
from schemas.messages import CareEvent
from schemas.outputs import Output, emit
from schemas.plans import Plan
from schemas.signals import Exhausted, LateAdjustment, Overage, Resolved, Throttled
from streams.core.catalog import Catalog
from streams.core.charge import charge_of_nothing
from streams.core.counting import unit_of
from streams.core.money import is_same
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.funnel import Funnel
from streams.noticing import Notices
from streams.observe.moved import Moved
from streams.observe.place import Lateness, lateness
from streams.offering import Offering
from streams.regimes import Regime
from streams.responses import gate, respond
from streams.responses.proposal import Proposal
from streams.rules import Rules
from streams.signals import is_quiet, say, say_window
from streams.signals.change import Cause, Change, UsageChange
from streams.signals.window_change import WindowChange
from streams.turn import Turn

__all__ = ["Teller", "Turn", "cause_of"]


class Teller:
    """Tells what has moved in the states of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules, funnel: Funnel) -> None:
        self._rules = rules
        self.notices = Notices(catalog=catalog, rules=rules)
        self.offering = Offering(
            catalog=catalog, operators=rules.operators, notices=self.notices, funnel=funnel
        )
        self.funnel = funnel

    def regime(self, state: Subscriber) -> Regime:
        """Return the regime that holds for a subscriber."""
        return self._rules.regimes.of(state.jurisdiction)

    def tell_moved(self, turn: Turn, moved: Sequence[Moved], entry: Entry) -> None:
        """Append what follows from buckets that a record has changed."""
        arrival_ms = entry.raw.timestamp_ms
        is_open = len(moved) == 1 and arrival_ms < moved[0].place.period.ends_ms
        if is_open and _is_quiet(moved[0], self.regime(turn.state)):
            return  # nearly always
        self.tell_caused(turn, moved, cause_of(turn, entry), arrival_ms=arrival_ms)

    def tell_caused(self, turn: Turn, moved: Iterable[Moved], cause: Cause, *, arrival_ms: int) -> None:
        """Append what follows from buckets that have changed, those of one plan together."""
        regime = self.regime(turn.state)
        signals: list[Signal] = []
        plan: Plan | None = None
        for one in moved:
            late = lateness(one.place.period, arrival_ms=arrival_ms, notice_within_ms=regime.notice_within_ms)
            if late is Lateness.ADJUSTS:
                signals += _adjustment(one, cause, regime)
                continue
            if _is_quiet(one, regime):
                continue
            if plan is not None and plan is not one.place.plan:
                self._say(turn, signals, plan)
                signals = []
            plan = one.place.plan
            said = say(_change(one, cause, turn.state, is_late=late is Lateness.LATE), regime)
            if one.bucket == "data":
                one.place.period.history.episodes += sum(map(_is_episode, said))
            signals += said
        if signals:
            self._say(turn, signals, plan)

    def tell(self, turn: Turn, *changes: Change) -> None:
        """Append what follows from changes that are of no bucket, all of them together."""
        regime = self.regime(turn.state)
        if signals := [signal for change in changes for signal in say(change, regime)]:
            self._say(turn, signals, None)

    def tell_windows(self, turn: Turn, changes: Iterable[WindowChange], plan: Plan | None = None) -> None:
        """Append what follows from what was found over spans of time."""
        regime = self.regime(turn.state)
        if signals := [signal for change in changes for signal in say_window(change, regime)]:
            self._say(turn, signals, plan)

    def tell_alone(self, turn: Turn, signals: Iterable[Signal]) -> None:
        """Append signals to which nobody responds here: whom to write to is known elsewhere."""
        turn.out.extend(emit(signal) for signal in signals)

    def tell_outside(self, turn: Turn, *outputs: Output) -> None:
        """Append what is said because a time has come."""
        standing = self.notices.standing(turn)
        if standing is None or self._rules.is_muted(turn.clock_ms):
            return
        for output in outputs:
            if isinstance(output, CareEvent):
                self.notices.notify(turn, output, standing)
            else:
                turn.out.append(emit(output))

    def _say(self, turn: Turn, signals: list[Signal], plan: Plan | None) -> None:
        """Append signals, then what is said about all of them; what may be offered is decided later."""
        standing = self.notices.standing(turn) if signals else None
        if standing is None:
            return
        turn.out.extend(emit(signal) for signal in signals)
        if self.notices.is_muted(turn):
            return
        proposals: list[Proposal] = []
        for said in respond(self.notices.found(turn, standing, signals, plan)):
            if isinstance(said, Proposal):
                proposals.append(said)
            elif isinstance(said, CareEvent):
                self.notices.notify(turn, said, standing, signals)
            else:
                turn.out.append(emit(said))
        if proposals:
            turn.propose(proposals)
        for signal in signals:
            if isinstance(signal, Resolved):
                self.offering.resolved(turn, signal.of, at=signal.at, evidence=signal.evidence)
        if not gate.permits(standing.regime, signals, "public_offer"):
            turn.is_about_porting = True


def cause_of(turn: Turn, entry: Entry) -> Cause:
    """Return a record as the cause of what follows."""
    return Cause(
        turn.state.subject,
        entry.raw,
        entry.record_id,
        entry.at_ms,
        turn.clock_ms,
        source=entry.record.source,
        line=entry.record.subscriber_id if turn.state.owner_id else UNSET,
    )


def _is_quiet(one: Moved, regime: Regime) -> bool:
    """Return whether there is nothing to be said of a bucket for certain."""
    return (one.former is None or not one.former.raised) and is_quiet(one.usage, regime)


def _change(one: Moved, cause: Cause, state: Subscriber, *, is_late: bool) -> UsageChange:
    """Return a bucket as it stands, for the detectors."""
    return UsageChange(
        cause=cause,
        is_late=is_late,
        period=one.place.period,
        bucket=one.bucket,
        plan=one.place.plan,
        allowance=one.place.plan.allowance(one.bucket),
        usage=one.usage,
        former=one.former,
        consent=state.overage_consent,
        account_id=state.account_id,
    )


def _is_episode(signal: Signal) -> bool:
    """Return whether a signal is the first word on data that has run out (DOMAIN: data panic)."""
    match signal:
        case Overage(step=step):
            return step == 0
        case Throttled() | Exhausted():
            return True
        case _:
            return False


def _adjustment(one: Moved, cause: Cause, regime: Regime) -> list[LateAdjustment]:
    """Return what a record has changed in a period that nobody gets notices of any more, if anything."""
    plan = one.place.plan
    nothing = charge_of_nothing(plan.allowance(one.bucket).beyond, plan.currency)
    charge_before, charge_after = one.charge_before or nothing, one.charge_after() or nothing
    used_after = one.usage.used
    if used_after == one.used_before and is_same(charge_before, charge_after):
        return []
    period = one.place.period.day
    return [
        cause.signal(
            LateAdjustment,
            one.bucket,
            period,
            cause.source,
            cause.record_id,
            regime=regime,
            plan_version=plan.version,
            bucket=one.bucket,
            period=period,
            unit=unit_of(one.bucket),
            plan_id=plan.plan_id,
            used_before=one.used_before,
            used_after=used_after,
            charge_before=charge_before,
            charge_after=charge_after,
            line=cause.line,
        )
    ]
