"""What is said about what has moved: the signals that detectors find, then the responses to them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import UNSET

from schemas.envelope import Emitted
from schemas.found import Signal
from schemas.outputs import emit
from schemas.plans import Plan
from schemas.signals import Exhausted, LateAdjustment, Overage, Throttled
from streams.core.catalog import Catalog
from streams.core.counting import unit_of
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.observe.moved import Moved
from streams.observe.place import Lateness, lateness
from streams.regimes import Regime
from streams.responses import respond
from streams.responses.found import Found
from streams.rules import Rules
from streams.signals import is_quiet, say, say_window
from streams.signals.change import Cause, Change, UsageChange
from streams.signals.window_change import WindowChange


class Turn(NamedTuple):
    """One record's, or one timer's, turn with a subscriber."""

    state: Subscriber
    clock_ms: int
    """The partition's clock: when it is decided."""
    out: list[Emitted]
    """What follows is appended here."""


class Teller:
    """Tells what has moved in the states of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules) -> None:
        self._catalog = catalog
        self._rules = rules

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
            said = say(
                _change(one, cause, is_late=late is Lateness.LATE, consent=turn.state.overage_consent), regime
            )
            if one.bucket == "data":
                one.place.period.history.episodes += sum(map(_is_episode, said))
            signals += said
        if signals:
            self._say(turn, signals, plan)

    def tell(self, turn: Turn, change: Change) -> None:
        """Append what follows from a change that is of no bucket."""
        if signals := say(change, self.regime(turn.state)):
            self._say(turn, signals, None)

    def tell_windows(self, turn: Turn, changes: Iterable[WindowChange], plan: Plan | None = None) -> None:
        """Append what follows from what was found over spans of time."""
        regime = self.regime(turn.state)
        if signals := [signal for change in changes for signal in say_window(change, regime)]:
            self._say(turn, signals, plan)

    def _say(self, turn: Turn, signals: list[Signal], plan: Plan | None) -> None:
        """Append signals, then what is said about all of them."""
        profile = turn.state.read_profile() if signals else None
        if profile is None:
            return
        turn.out.extend(emit(signal) for signal in signals)
        if self._rules.is_muted(turn.clock_ms):
            return
        found = Found(
            signals=tuple(signals),
            profile=profile,
            plan=plan,
            addons=self._catalog.addons(),
            regime=self.regime(turn.state),
            clock_ms=turn.clock_ms,
        )
        turn.out.extend(emit(output) for output in respond(found))


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


def _change(one: Moved, cause: Cause, *, is_late: bool, consent: bool) -> UsageChange:
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
        consent=consent,
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
    used_after, charge_after = one.usage.used, one.charge_after()
    if used_after == one.used_before and charge_after == one.charge_before:
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
            plan_version=one.place.plan.version,
            bucket=one.bucket,
            period=period,
            unit=unit_of(one.bucket),
            plan_id=one.place.plan.plan_id,
            used_before=one.used_before,
            used_after=used_after,
            charge_before=one.charge_before,
            charge_after=charge_after,
            line=cause.line,
        )
    ]
