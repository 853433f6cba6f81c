"""Notices on their way out, and what every response looks at.

The rules are in `streams.responses.service`; those few kinds that wait for the end of the quiet hours wait in
`streams.core.contact`.
"""

from collections.abc import Iterable
from functools import partial

import msgspec

from schemas.found import Signal
from schemas.messages import CareEvent
from schemas.outputs import Output, emit
from schemas.plans import Plan
from schemas.times import format_instant
from streams.calculator.asking import Asked, question_of
from streams.core.catalog import Catalog
from streams.core.contact import Contact, Notice
from streams.core.porting import offers_blocked_by_porting
from streams.core.subscriber import Subscriber
from streams.responses.found import Found
from streams.responses.service import is_unwanted, on_best_channel, waits_until_ms
from streams.responses.standing import NO_FACTS, Facts, Standing
from streams.rules import Rules
from streams.turn import Turn

_decoder = msgspec.json.Decoder(CareEvent)


def contact_of(state: Subscriber) -> Contact:
    """Return what is remembered of contact with a subscriber, from now on at least."""
    if state.contact is None:
        state.contact = Contact()
    return state.contact


class Notices:
    """Lets out the notices of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules) -> None:
        self._catalog = catalog
        self._rules = rules

    def is_muted(self, turn: Turn) -> bool:
        """Return whether nothing is said to the outside: a history is read in."""
        return self._rules.is_muted(turn.clock_ms)

    def say(self, turn: Turn, output: Output) -> None:
        """Append what is said to the outside."""
        if not self.is_muted(turn):
            turn.out.append(emit(output))

    def standing(self, turn: Turn) -> Standing | None:
        """Return where the subscriber stands, None without a profile."""
        profile = turn.state.read_profile()
        if profile is None:
            return None
        return Standing(
            profile=profile,
            regime=self._rules.regimes.of(turn.state.jurisdiction),
            contact=turn.state.contact,
            clock_ms=turn.clock_ms,
            facts=self._facts(turn),
        )

    def _facts(self, turn: Turn) -> Facts:
        """Return what else of a subscriber decides what may be said."""
        state, porting, risk = turn.state, turn.state.porting, turn.state.risk
        owed = () if state.bill is None else state.bill.owed_now()
        if porting is None and risk is None and not owed:
            return NO_FACTS  # nearly always
        care_first_days = self._rules.windows.churn_risk.care_first_days
        return Facts(
            is_blocked=offers_blocked_by_porting(state, turn.clock_ms),
            is_leaving=porting is not None
            and porting.forbids_calls(turn.clock_ms, joined_ms=state.joined_ms),
            is_care_first=risk is not None and risk.waits_for_care(turn.clock_ms, care_first_days),
            owed=owed,
            swapped_ms=None if porting is None else max(porting.swaps, default=None),
        )

    def found(self, turn: Turn, standing: Standing, signals: Iterable[Signal], plan: Plan | None) -> Found:
        """Return signals as what there is to respond to."""
        return Found(
            signals=tuple(signals),
            profile=standing.profile,
            plan=plan,
            addons=self._catalog.addons(),
            regime=standing.regime,
            clock_ms=turn.clock_ms,
            care=self._rules.care,
            facts=standing.facts,
            operators=self._rules.operators,
            ask=partial(
                question_of,
                Asked(state=turn.state, profile=standing.profile, clock_ms=turn.clock_ms),
                self._catalog,
                self._rules.windows,
            ),
        )

    def notify(
        self, turn: Turn, event: CareEvent, standing: Standing, signals: Iterable[Signal] = ()
    ) -> None:
        """Append a notice, or hold it until the quiet hours end; ``signals`` hold its causes."""
        if is_unwanted(event, standing, signals):
            return
        event = on_best_channel(event, standing)
        until_ms = waits_until_ms(event, standing)
        if until_ms is not None:
            contact = contact_of(turn.state)
            if contact.hold(Notice(until_ms, msgspec.json.encode(event))):
                contact.settle()
                return
        self.say(turn, event)  # at once, also where too many wait: a notice is never lost

    def wake(self, turn: Turn, standing: Standing, now_ms: int) -> None:
        """Let out what has waited long enough and is still wanted."""
        contact = turn.state.contact
        for notice in () if contact is None else contact.take_notices(now_ms):
            event = _decoder.decode(notice.value)
            if standing.profile.status != "terminated" and not is_unwanted(event, standing, ()):
                decided_at = format_instant(turn.clock_ms)
                self.say(turn, msgspec.structs.replace(event, decided_at=decided_at))
