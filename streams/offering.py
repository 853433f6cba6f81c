"""Offers on their way out: decided at the end of a turn, held over the quiet hours, taken back.

The rules are in `streams.responses.policy`, the memory in `streams.core.contact`. Nothing here is done for a
record that raises no signal.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import STAY, OfferEvent, OfferType, SuppressionReason, WithdrawalReason
from schemas.outputs import Evidence
from schemas.times import parse_instant
from streams.core.catalog import Catalog
from streams.core.contact import Made, Stage, Terms, Waiting
from streams.funnel import Funnel
from streams.noticing import Notices, contact_of
from streams.regimes.operators import Operators
from streams.responses import gate, respond
from streams.responses.policy import Decision, Unsaid, decide, is_profiled, suppressed
from streams.responses.proposal import Proposal
from streams.responses.standing import Standing
from streams.responses.withdrawal import withdrawal
from streams.turn import Turn

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Signal, ...])


class Offering:
    """Lets out the offers of one partition."""

    def __init__(self, *, catalog: Catalog, operators: Operators, notices: Notices, funnel: Funnel) -> None:
        self._catalog = catalog
        self._operators = operators
        self._notices = notices
        self._funnel = funnel

    def decide(self, turn: Turn) -> None:
        """Decide on all that was proposed in a turn."""
        proposals, turn.proposed = turn.proposed, None
        if not proposals or self._notices.is_muted(turn):
            return
        standing = self._notices.standing(turn)
        if standing is None:
            return
        causes = [cause for proposal in proposals for cause in proposal.causes]
        if turn.is_about_porting or gate.is_blocked(standing.regime, causes, standing.facts):
            # Not a word: a reason on `suppressed-offers` would tell sales what only `port-signals` may tell.
            for proposal in proposals:
                self._funnel.suppress(proposal.kind, (SuppressionReason.BLOCKED,))
            return
        decision = self._decide(proposals, standing)
        for unsaid in decision.unsaid:
            self._suppress(turn, unsaid, standing)
        if decision.chosen is not None:
            self._carry_out(turn, decision, decision.chosen, standing)

    def _carry_out(self, turn: Turn, decision: Decision, chosen: Proposal, standing: Standing) -> None:
        """Make the one that was chosen, give it to the account manager, or let it wait."""
        offer, task = decision.offer, decision.task
        if decision.waits_until_ms is not None:
            self._wait(turn, chosen, decision.waits_until_ms, standing)
        elif offer is not None and task is not None:
            self._notices.say(turn, task)
            self._funnel.note(offer.type, offer.channel, Stage.TASK)
            self._remember(turn, chosen, offer, task.id)
        elif offer is not None:
            self._notices.say(turn, offer)
            self._count(offer, is_cheapest=chosen.is_cheapest)
            self._remember(turn, chosen, offer, offer.id)

    def _decide(self, proposals: Sequence[Proposal], standing: Standing) -> Decision:
        """Decide, and again without an offer whose own words would name another operator."""
        while True:
            decision = decide(proposals, standing)
            offer, chosen = decision.offer, decision.chosen
            if offer is None or chosen is None or not gate.names_operator(offer, self._operators):
                return decision
            named = replace(chosen, reasons=(*chosen.reasons, SuppressionReason.NAMES_OPERATOR))
            proposals = [named if one is chosen else one for one in proposals]

    def withdraw(
        self,
        turn: Turn,
        reason: WithdrawalReason,
        *,
        at: str,
        evidence: tuple[Evidence, ...],
        which: Callable[[Made], bool] = lambda _: True,
    ) -> None:
        """Take back the open offers that meet a condition."""
        contact = turn.state.contact
        standing = None if contact is None else self._notices.standing(turn)
        if contact is None or standing is None:
            return
        for made in contact.open_offers():
            if made.expires_ms > turn.clock_ms and which(made) and made.note(Stage.WITHDRAWN):
                self._funnel.note(made.kind, made.channel, Stage.WITHDRAWN)
                self._notices.say(turn, withdrawal(standing, made, reason, at=at, evidence=evidence))
        contact.settle()

    def resolved(self, turn: Turn, signal_id: str, *, at: str, evidence: tuple[Evidence, ...]) -> None:
        """Take back what a signal had led to that is true no more."""
        contact = turn.state.contact
        standing = None if contact is None else self._notices.standing(turn)
        if contact is None or standing is None:
            return
        for waiting in contact.take_waiting(lambda one: signal_id in one.causes):
            self._forgo(turn, waiting, SuppressionReason.CAUSE_RESOLVED, standing)
        self.withdraw(
            turn, "correction", at=at, evidence=evidence, which=lambda made: signal_id in made.causes
        )

    def wake(self, turn: Turn, now_ms: int) -> None:
        """Let out what has waited long enough; offers pass the whole gate again at the end of the turn."""
        contact = turn.state.contact
        if contact is None or contact.due_ms is None or contact.due_ms > now_ms:
            return
        standing = self._notices.standing(turn)
        if standing is None:
            return
        self._notices.wake(turn, standing, now_ms)
        for waiting in contact.take_waiting(lambda one: one.due_ms <= now_ms):
            self._ask_again(turn, waiting, standing)
        for made in contact.open_offers():
            if made.expires_ms <= now_ms and made.note(Stage.IGNORED):
                self._funnel.note(made.kind, made.channel, Stage.IGNORED)
        contact.settle()

    def _ask_again(self, turn: Turn, waiting: Waiting, standing: Standing) -> None:
        """Propose once more what has waited, if the rule still does."""
        plan_id = turn.state.period_at(turn.clock_ms).plan_id
        if plan_id != waiting.plan_id:
            self._forgo(turn, waiting, SuppressionReason.PLAN_CHANGED, standing)
            return
        plan = None if plan_id is None else self._catalog.plan(plan_id)
        found = self._notices.found(turn, standing, _decoder.decode(waiting.signals), plan)
        again = [one for one in respond(found) if isinstance(one, Proposal) and one.rule == waiting.rule]
        if again:
            turn.propose(again)
        else:
            self._forgo(turn, waiting, SuppressionReason.CAUSE_RESOLVED, standing)

    # -- what is remembered

    def _wait(self, turn: Turn, proposal: Proposal, until_ms: int, standing: Standing) -> None:
        """Hold a proposal until the quiet hours end, perhaps for another one that goes."""
        contact = contact_of(turn.state)
        others = [one for one in proposal.causes if one is not proposal.leading]
        waiting = Waiting(
            due_ms=until_ms,
            kind=proposal.kind,
            rule=proposal.rule,
            key=proposal.key,
            value=proposal.value,
            plan_id=turn.state.period_at(turn.clock_ms).plan_id,
            causes=tuple(one.id for one in proposal.causes),
            signals=_encoder.encode((proposal.leading, *others)),
        )
        for gone in contact.wait(waiting):
            self._forgo(turn, gone, SuppressionReason.OUTRANKED, standing)
        contact.settle()

    def _remember(self, turn: Turn, proposal: Proposal, offer: OfferEvent, sent_id: str) -> None:
        """Note an offer that is made; ``sent_id`` is the output's that says it."""
        contact = contact_of(turn.state)
        contact.add(
            Made(
                offer_id=sent_id,
                kind=offer.type,
                key=proposal.key,
                channel=offer.channel,
                at_ms=turn.clock_ms,
                expires_ms=parse_instant(offer.expires_at),
                causes=offer.cause,
                is_profiled=is_profiled(proposal),
                terms=_terms(offer, proposal.key),
            )
        )
        contact.settle()

    def _count(self, offer: OfferEvent, *, is_cheapest: bool) -> None:
        self._funnel.note(offer.type, offer.channel, Stage.MADE)
        if not is_cheapest:
            self._funnel.note(offer.type, offer.channel, Stage.NOT_CHEAPEST)
        self._funnel.step(offer.type, offer.currency, Decimal(offer.price_delta))

    # -- what is not said

    def _suppress(self, turn: Turn, unsaid: Unsaid, standing: Standing) -> None:
        """Write down that an offer is not made, and why; of what is blocked not a word."""
        self._funnel.suppress(unsaid.proposal.kind, unsaid.reasons)
        if SuppressionReason.BLOCKED not in unsaid.reasons:
            self._notices.say(turn, suppressed(standing, unsaid))

    def _forgo(self, turn: Turn, waiting: Waiting, reason: SuppressionReason, standing: Standing) -> None:
        """Write down that what has waited is not made."""
        signals = _decoder.decode(waiting.signals)
        proposal = Proposal(
            kind=msgspec.convert(waiting.kind, OfferType),
            rule=waiting.rule,
            key=waiting.key,
            causes=signals,
            leading=signals[0],
            reasons=(reason,),
        )
        self._suppress(turn, Unsaid(proposal=proposal, reasons=(reason,)), standing)


def _terms(offer: OfferEvent, key: str) -> Terms | None:
    """Return what a month costs with and without what is offered, None where nothing is saved."""
    costs = {option.id: option.monthly_cost for option in offer.options}
    stay, then = costs[STAY], costs.get(key)
    if then is None or Decimal(then) >= Decimal(stay):
        return None
    return Terms(stay, then, offer.currency)
