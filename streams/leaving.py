"""What is done about a number that may leave: what is asked and requested, what is suspicious, what is late.

A question and a request are told as they come. What they make of a subscriber's state keeps offers away
(`core.porting`), and sets the timers of a code: it is to come in time, and it expires.
"""

from collections.abc import Iterator

from schemas.envelope import Raw
from schemas.events import (
    PortCancelled,
    PortCodeIssued,
    PortCompleted,
    PortQueried,
    PortRequested,
    PortStep,
    SimSwapped,
)
from schemas.group_usage import OneOfMany
from schemas.outputs import derive_id
from schemas.profile import Profile
from schemas.signals import PortRisk
from schemas.topics import PORT_SIGNALS, USAGE_EVENTS
from streams.core.porting import Asked, Porting, Request, Suspicion
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.observe.events import port_change
from streams.regimes.porting_rules import PortingRules
from streams.responses import port_watch
from streams.responses.due import Due
from streams.risking import Risking
from streams.signals.change import Cause, SuspectChange
from streams.signals.port_request import KIND as PORT_REQUEST
from streams.telling import Teller, Turn, cause_of
from streams.travelling import asked

PortEvent = PortQueried | PortStep | SimSwapped


class Leaving:
    """Follows the numbers of one partition that may leave."""

    def __init__(self, teller: Teller, risking: Risking) -> None:
        self._teller = teller
        self._risking = risking

    def event(self, turn: Turn, entry: Entry, event: PortEvent) -> None:
        """Let an event about porting do what it does, and say what follows."""
        state, rules = turn.state, self._teller.regime(turn.state).porting
        porting = state.porting = state.porting or Porting()
        match event:
            case PortQueried():
                if rules.is_request(event.form):
                    porting.request_by_form(event.form or "", event.at)
                self._tell_asked(turn, entry, event)
                turn.out.extend(asked(event, entry, state.jurisdiction))
            case PortRequested():
                signal_id = derive_id(PORT_SIGNALS, PORT_REQUEST, state.subject, event.source, event.event_id)
                porting.request(
                    event, signal_id=signal_id, arrival_ms=entry.raw.timestamp_ms, answer_ms=rules.answer_ms
                )
                self._tell_asked(turn, entry, event)
            case PortCodeIssued():
                porting.issue(event, code_ms=rules.code_ms)
            case PortCompleted():
                porting.complete(event)
            case PortCancelled():
                porting.cancel(event)
            case SimSwapped():
                porting.swap(event.at)
                self._tell_swapped(turn, entry, porting, rules)

    def suspected(self, turn: Turn, message: OneOfMany, raw: Raw) -> None:
        """Take the word that a line's number is one of several that were asked about from one place."""
        state = turn.state
        porting = state.porting = state.porting or Porting()
        rules = self._teller.regime(state).porting
        if porting.suspect(Suspicion("many_numbers", message.at_ms)):
            porting.block(message.at_ms + rules.fraud_ms)
            where = Raw(USAGE_EVENTS, message.partition, message.offset, raw.timestamp_ms, None, None)
            change = SuspectChange(
                cause=Cause(state.subject, where, message.record_id, message.at_ms, turn.clock_ms),
                reason="many_numbers",
                source=message.source,
                event_id=message.record_id,
                numbers=message.numbers,
            )
            self._teller.tell(turn, change)

    def fire(self, turn: Turn, now_ms: int) -> None:
        """Say what is due: a code that has not come, one that has expired."""
        porting, profile = turn.state.porting, turn.state.read_profile()
        if porting is None:
            return
        for request in porting.requests:
            late_ms, ends_ms = request.answer_due_ms, request.code_ends_ms
            if late_ms is not None and late_ms <= now_ms:
                request.answer_due_ms = None
                if profile is not None:
                    due = self._due(turn, profile, request, late_ms, port_watch.CODE_LATE)
                    self._teller.tell_outside(turn, port_watch.code_late(due, asked_ms=request.at_ms))
            if ends_ms is not None and ends_ms <= now_ms:
                request.code_ends_ms = None
                if profile is not None and self._may_inform(turn, request):
                    due = self._due(turn, profile, request, ends_ms, port_watch.CODE_EXPIRED)
                    self._teller.tell_outside(turn, port_watch.code_expired(due))

    def _tell_asked(self, turn: Turn, entry: Entry, event: PortQueried | PortRequested) -> None:
        """Say that porting out was asked about, or for, with what speaks for a risk and for a fraud."""
        state, cause = turn.state, cause_of(turn, entry)
        porting, regime = state.porting or Porting(), self._teller.regime(state)
        is_request = isinstance(event, PortRequested) or regime.porting.is_request(event.form)
        ref = event.port_ref if isinstance(event, PortRequested) else None
        one = Asked(event.at, event.source, event.event_id, ref, is_request)
        porting.ask(one)
        suspects = list(_suspects(porting, one, cause, regime.porting))
        is_news = self._risking.note(turn, entry, event)
        change = port_change(state, event, cause, risk=self._risks(state, event.at, regime.porting))
        self._teller.tell(turn, change, *suspects)
        if is_news:
            self._risking.judge(turn, entry)

    def _tell_swapped(self, turn: Turn, entry: Entry, porting: Porting, rules: PortingRules) -> None:
        """Say of what was asked after a change of SIM, which has come late, that it is suspicious."""
        cause = cause_of(turn, entry)
        suspects = [suspect for one in porting.asked for suspect in _suspects(porting, one, cause, rules)]
        if suspects:
            self._teller.tell(turn, *suspects)

    def _risks(self, state: Subscriber, at_ms: int, rules: PortingRules) -> tuple[PortRisk, ...]:
        """Return what holds of a subscriber when porting out is asked about."""
        porting, profile = state.porting, state.read_profile()
        fraud = [] if porting is None else porting.reasons(at_ms, rules.fraud_ms)
        is_locked = profile is not None and profile.port_locked
        locked: tuple[PortRisk, ...] = ("number_locked",) if is_locked else ()
        return (*self._risking.reasons(state, at_ms), *fraud, *locked)

    def _may_inform(self, turn: Turn, request: Request) -> bool:
        permits = self._teller.regime(turn.state).porting.permits
        is_own = request.raised_by == "customer"
        return "information" in permits["request_by_customer" if is_own else "request_by_gaining_operator"]

    def _due(self, turn: Turn, profile: Profile, request: Request, due_ms: int, rule: str) -> Due:
        return Due(
            profile=profile,
            regime=self._teller.regime(turn.state),
            clock_ms=turn.clock_ms,
            due_ms=due_ms,
            rule=rule,
            keys=(request.ref,),
            cause=(request.signal_id,) if request.signal_id else (),
        )


def _suspects(porting: Porting, one: Asked, cause: Cause, rules: PortingRules) -> Iterator[SuspectChange]:
    """Yield that a question or request came soon after a change of SIM, if that is news."""
    swapped_ms = porting.swapped_before(one.at_ms, rules.fraud_ms)
    if swapped_ms is not None and porting.suspect(
        Suspicion("sim_swap", one.at_ms, swapped_ms, one.is_request)
    ):
        porting.block(one.at_ms + rules.fraud_ms)
        yield SuspectChange(
            cause=cause,
            reason="sim_swap",
            source=one.source,
            event_id=one.event_id,
            port_ref=one.port_ref,
            swapped_ms=swapped_ms,
        )
