"""The contact policy: which of several offers is made, when, where, and why the others are not. Pure.

Service comes first and is no business of this module: notices are in `service`. Of what is commercial, all
reasons that speak against it are found, not the first alone, so that whoever asks gets the whole answer.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from schemas.messages import Channel, OfferEvent, SuppressedOffer, SuppressionReason
from schemas.profile import Consent
from schemas.tasks import Task
from schemas.topics import SUPPRESSED_OFFERS
from streams.regimes.contact import DAY_MS, MONTH_MS, WEEK_MS
from streams.responses.account_task import account_task
from streams.responses.message import caused
from streams.responses.proposal import Proposal
from streams.responses.standing import Standing

PROFILING: Final = frozenset({"segment", "intent", "churn_risk"})
"""Signals that say what kind of subscriber somebody is: acting on them needs the consent to profiling."""
_QUIET: Final = (SuppressionReason.QUIET_HOURS,)
_ENTERPRISE: Final = (SuppressionReason.ENTERPRISE,)
_PLACES: Final = {reason: place for place, reason in enumerate(SuppressionReason)}


class Unsaid(Struct, frozen=True, kw_only=True):
    """A proposal that is not made, and every reason that applied."""

    proposal: Proposal
    reasons: tuple[SuppressionReason, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """What is done with several proposals: one at most is made or waits."""

    chosen: Proposal | None = None
    """The one that is made, or waits."""
    offer: OfferEvent | None = None
    """What is said to the subscriber now."""
    task: Task | None = None
    """What the account manager is told instead; ``offer`` is then what it is about."""
    waits_until_ms: int | None = None
    """When the quiet hours end for which the chosen one waits."""
    unsaid: tuple[Unsaid, ...] = ()


def decide(proposals: Sequence[Proposal], standing: Standing) -> Decision:
    """Return what is done with what was proposed at one time for one subscriber."""
    judged = [(one, reasons_against(one, standing)) for one in proposals]
    possible = [one for one, reasons in judged if reasons in ((), _QUIET, _ENTERPRISE)]
    chosen = max(possible, key=lambda one: one.value, default=None)  # of equal ones the first
    reasons_of = {id(one): reasons for one, reasons in judged}
    unsaid = tuple(
        Unsaid(proposal=one, reasons=_outranked(reasons) if one in possible else reasons)
        for one, reasons in judged
        if one is not chosen
    )
    if chosen is None:
        return Decision(unsaid=unsaid)
    match reasons_of[id(chosen)]:
        case ():
            offer = _build(chosen, channel_for(standing))
            return Decision(chosen=chosen, offer=offer, unsaid=unsaid)
        case (SuppressionReason.ENTERPRISE,):
            offer = _build(chosen, "account_manager")
            told = (*unsaid, Unsaid(proposal=chosen, reasons=_ENTERPRISE))
            return Decision(chosen=chosen, offer=offer, task=account_task(offer), unsaid=told)
        case _:
            return Decision(chosen=chosen, waits_until_ms=standing.quiet_ends_ms(), unsaid=unsaid)


def reasons_against(proposal: Proposal, standing: Standing) -> tuple[SuppressionReason, ...]:
    """Return everything that speaks against an offer, in the order of the closed list."""
    consent = standing.consent("commercial")
    of_subscriber = _of_subscriber(proposal, standing, consent)
    return _ordered({*proposal.reasons, *of_subscriber, *_of_memory(proposal, standing, consent)})


def channel_for(standing: Standing) -> Channel | None:
    """Return where an offer would be made, None where it could not be."""
    consent = standing.consent("commercial")
    return None if consent is None else standing.offer_channel(consent)


def is_profiled(proposal: Proposal) -> bool:
    """Return whether the consent to profiling is needed."""
    return any(signal.kind() in PROFILING for signal in proposal.causes)


def suppressed(standing: Standing, unsaid: Unsaid) -> SuppressedOffer:
    """Return the record of an offer that was not made."""
    proposal = unsaid.proposal
    return SuppressedOffer(
        **caused(
            standing,
            proposal.causes,
            leading=proposal.leading,
            topic=SUPPRESSED_OFFERS,
            kind=proposal.kind,
            rule=proposal.rule,
        ),
        type=proposal.kind,
        reasons=unsaid.reasons,
    )


def _of_subscriber(
    proposal: Proposal, standing: Standing, consent: Consent | None
) -> Iterable[SuppressionReason]:
    """Yield what speaks against it for who the subscriber is and has agreed to."""
    profile = standing.profile
    if profile.status != "active":
        yield SuppressionReason.NOT_ACTIVE
    if not standing.is_person:
        yield SuppressionReason.ENTERPRISE
    if consent is None:
        yield SuppressionReason.NO_CONSENT
    if is_profiled(proposal) and standing.consent("profiling") is None:
        yield SuppressionReason.NO_PROFILING_CONSENT
    if profile.dnd:
        yield SuppressionReason.DO_NOT_DISTURB
    if standing.is_person:
        yield from _of_person(standing, consent)


def _of_person(standing: Standing, consent: Consent | None) -> Iterable[SuppressionReason]:
    """Yield what speaks against writing to a person, which a talk with an account manager is not."""
    age = standing.age()
    if age is None:
        yield SuppressionReason.UNKNOWN_AGE
    elif age < standing.rules.adult_age:
        yield SuppressionReason.UNDER_AGE
    if consent is not None and standing.offer_channel(consent) is None:
        yield SuppressionReason.NO_CHANNEL
    if standing.quiet_ends_ms() is not None:
        yield SuppressionReason.QUIET_HOURS


def _of_memory(
    proposal: Proposal, standing: Standing, consent: Consent | None
) -> Iterable[SuppressionReason]:
    """Yield what speaks against it for what was said before and what is open."""
    contact, rules, now_ms = standing.known, standing.rules, standing.clock_ms
    if standing.facts.is_care_first:
        yield SuppressionReason.CARE_FIRST
    if contact.has_complaint:
        yield SuppressionReason.OPEN_COMPLAINT
    if contact.has_fault:
        yield SuppressionReason.OPEN_FAULT
    if contact.refusal_count:
        if now_ms < contact.refused_ms + rules.refusal_wait_ms:
            yield SuppressionReason.REFUSED_LATELY
        is_renewed = consent is not None and consent.at > contact.refused_ms
        if contact.refusal_count >= rules.refusals_most and not is_renewed:
            yield SuppressionReason.REFUSED_FOR_GOOD
    if proposal.key and any(
        one.key == proposal.key and now_ms < one.at_ms + rules.same_offer_ms for one in contact.made
    ):
        yield SuppressionReason.SAID_LATELY
    for reason, span_ms, most in (
        (SuppressionReason.DAY_CAP, DAY_MS, rules.offers_a_day),
        (SuppressionReason.WEEK_CAP, WEEK_MS, rules.offers_a_week),
        (SuppressionReason.MONTH_CAP, MONTH_MS, rules.offers_a_month),
    ):
        if contact.made_since(now_ms - span_ms) >= most:
            yield reason


def _outranked(reasons: tuple[SuppressionReason, ...]) -> tuple[SuppressionReason, ...]:
    return _ordered({*reasons, SuppressionReason.OUTRANKED})


def _ordered(reasons: set[SuppressionReason]) -> tuple[SuppressionReason, ...]:
    return tuple(sorted(reasons, key=_PLACES.__getitem__))


def _build(proposal: Proposal, channel: Channel | None) -> OfferEvent:
    if proposal.build is None or channel is None:
        raise ValueError("an offer against which nothing speaks can be built and has a channel")
    return proposal.build(channel)
