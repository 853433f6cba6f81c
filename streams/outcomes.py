"""What came of offers, and what else decides whether there may be more: complaints, faults, consents, moves.

Each event is looked at after it has done what it does. The memory is `streams.core.contact`, the counts are
`streams.funnel`.
"""

from typing import Final

from schemas.events import (
    AddonPurchased,
    ComplaintClosed,
    ComplaintConfirmed,
    ComplaintOpened,
    ComplaintStep,
    ConsentChanged,
    EventRecord,
    FaultCleared,
    FaultOpened,
    MessageReported,
    OfferResponded,
    PortCodeIssued,
    PortCompleted,
    PortRequested,
)
from schemas.messages import WithdrawalReason
from schemas.profile import Profile
from schemas.times import format_instant
from streams.core.cases import closed, opened
from streams.core.consents import in_force
from streams.core.contact import OUTCOME_WITHIN_MS, Contact, Made, Stage
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.funnel import Funnel
from streams.noticing import contact_of
from streams.offering import Offering
from streams.promises import Promises
from streams.responses.channels import CHANNELS, known_of
from streams.signals.change import Cause
from streams.telling import cause_of
from streams.turn import Turn

_REPORTED: Final = {"delivered": Stage.DELIVERED, "failed": Stage.FAILED, "seen": Stage.SEEN}
_ANSWERED: Final = {"seen": Stage.SEEN, "refused": Stage.REFUSED}


class Outcomes:
    """Follows what becomes of offers in one partition."""

    def __init__(self, *, offering: Offering, promises: Promises, funnel: Funnel) -> None:
        self._offering = offering
        self._promises = promises
        self._funnel = funnel

    def event(self, turn: Turn, entry: Entry, event: EventRecord) -> None:
        """Take in an event that has done already what else it does."""
        state = turn.state
        match event:
            case OfferResponded():
                self._responded(state, event)
            case MessageReported():
                self._reported(state, event)
            case ConsentChanged():
                self._withdraw(turn, cause_of(turn, entry))
            case ComplaintStep():
                self._complained(turn, entry, event)
            case FaultOpened():
                contact = contact_of(state)
                contact.faults = opened(contact.faults, event.fault_id, event.at)
            case FaultCleared():
                contact = contact_of(state)
                contact.faults = closed(contact.faults, event.fault_id, event.at)
            case PortRequested() | PortCodeIssued():
                self._withdraw(turn, cause_of(turn, entry), "port_request")
            case PortCompleted():
                self._withdraw(turn, cause_of(turn, entry), "port_request")
                self.left(state, event.at)
            case _:
                return

    def bought(self, state: Subscriber, event: AddonPurchased) -> None:
        """Note that what was offered has been bought, before its causes are found to be true no more."""
        if state.contact is None:
            return
        for made in state.contact.open_offers():
            if made.key == event.addon_id:
                self._accept(state, made, event.at)
        state.contact.settle()

    def profile(self, turn: Turn, profile: Profile, plan_before: str | None, cause: Cause) -> None:
        """Take in a profile that has just come into force."""
        contact = turn.state.contact
        if contact is None:
            return
        if profile.plan_id != plan_before:
            for made in contact.made:
                if made.key == profile.plan_id:
                    self._accept(turn.state, made, cause.at_ms)
                    self._note(made, Stage.PLAN_CHANGED)
            contact.settle()
        self._withdraw(turn, cause)
        if profile.status == "terminated":
            self.left(turn.state, cause.at_ms)

    def left(self, state: Subscriber, at_ms: int) -> None:
        """Note that a subscriber has gone."""
        self._follow(state.contact, Stage.LEFT, at_ms)

    # -- one event each

    def _responded(self, state: Subscriber, event: OfferResponded) -> None:
        """Take in an answer; a refusal counts also where the offer is not known any more."""
        contact = state.contact
        made = None if contact is None else contact.find(event.offer_id)
        if event.response == "refused" and (made is None or Stage.REFUSED not in made.stages):
            contact = contact_of(state)
            contact.refuse(event.offer_id, event.at)
        if contact is None or made is None:
            return
        contact.answered_on = made.channel
        if event.response == "accepted":
            self._accept(state, made, event.at)
        else:
            self._note(made, _ANSWERED[event.response])
        contact.settle()

    def _reported(self, state: Subscriber, event: MessageReported) -> None:
        contact = state.contact
        made = None if contact is None else contact.find(event.of)
        if made is not None:
            self._note(made, _REPORTED[event.status])
        if event.status == "seen" and event.channel in CHANNELS:
            profile = state.read_profile()
            first = None if profile is None else next(iter(known_of(profile)), None)
            if contact is not None or event.channel != first:  # the first is preferred as it is
                contact_of(state).answered_on = event.channel

    def _complained(self, turn: Turn, entry: Entry, event: ComplaintStep) -> None:
        """Open or close a complaint; a step of one that was never opened opens it."""
        contact = contact_of(turn.state)
        if isinstance(event, ComplaintClosed | ComplaintConfirmed):
            contact.complaints = closed(contact.complaints, event.complaint_id, event.at)
            return
        contact.complaints = opened(contact.complaints, event.complaint_id, event.at)
        if isinstance(event, ComplaintOpened):
            self._follow(contact, Stage.COMPLAINED, event.at)
        if contact.has_complaint:
            self._withdraw(turn, cause_of(turn, entry), "complaint")

    # -- what follows

    def _withdraw(self, turn: Turn, cause: Cause, reason: WithdrawalReason | None = None) -> None:
        """Take back open offers: all for a ``reason``, else those that the profile allows no more."""
        contact = turn.state.contact
        if contact is None or next(contact.open_offers(), None) is None:
            return
        profile = turn.state.read_profile()
        if profile is None:
            return
        at, evidence = format_instant(cause.at_ms), cause.evidence
        why = reason or _void(profile)
        if why is not None:
            self._offering.withdraw(turn, why, at=at, evidence=evidence)
        elif in_force(profile.consents, "profiling") is None:
            self._offering.withdraw(
                turn, "consent", at=at, evidence=evidence, which=lambda made: made.is_profiled
            )

    def _accept(self, state: Subscriber, made: Made, at_ms: int) -> None:
        if self._note(made, Stage.ACCEPTED):
            self._promises.begin(state, made, at_ms)

    def _follow(self, contact: Contact | None, stage: Stage, at_ms: int) -> None:
        """Note what has come, perhaps, of the newest offer."""
        made = None if contact is None else contact.newest(since_ms=at_ms - OUTCOME_WITHIN_MS)
        if made is not None and made.at_ms <= at_ms:
            self._note(made, stage)

    def _note(self, made: Made, stage: Stage) -> bool:
        is_new = made.note(stage)
        if is_new:
            self._funnel.note(made.kind, made.channel, stage)
        return is_new


def _void(profile: Profile) -> WithdrawalReason | None:
    """Return why no offer to a subscriber holds any more, None if it may."""
    if profile.status != "active":
        return "not_active"
    if in_force(profile.consents, "commercial") is None:
        return "consent"
    return "do_not_disturb" if profile.dnd else None
