"""All that is said about what was found: notices, and what the contact policy makes of proposals."""

from collections.abc import Callable, Iterator

from schemas.outputs import Output
from streams.core.contact import Contact
from streams.responses import Found, gate, respond
from streams.responses.policy import Decision, decide, suppressed
from streams.responses.proposal import Proposal
from streams.responses.standing import Standing


def standing(given: Found, contact: Contact | None = None) -> Standing:
    """Return where the subscriber stands of whom something was found."""
    return Standing(
        profile=given.profile,
        regime=given.regime,
        contact=contact,
        clock_ms=given.clock_ms,
        facts=given.facts,
    )


def decided(given: Found, *proposals: Proposal, contact: Contact | None = None) -> Decision:
    """Return what the policy makes of proposals."""
    return decide(proposals, standing(given, contact))


def said(
    given: Found,
    *,
    contact: Contact | None = None,
    response: Callable[[Found], Iterator[Output | Proposal]] = respond,
) -> list[Output]:
    """Return all outputs of one turn in which this was found, in order."""
    found = list(response(given))
    out: list[Output] = [one for one in found if not isinstance(one, Proposal)]
    proposals = [one for one in found if isinstance(one, Proposal)]
    if not proposals or gate.is_blocked(given.regime, given.signals, given.facts):
        return out
    decision = decided(given, *proposals, contact=contact)
    out += [suppressed(standing(given, contact), unsaid) for unsaid in decision.unsaid]
    if (told := decision.task or decision.offer) is not None:
        out.append(told)
    return out
