"""What a subscriber has agreed to: of words on a purpose the latest holds, at equal times the refusal."""

from collections.abc import Iterable

from schemas.events import ConsentChanged
from schemas.profile import Consent


def in_force(consents: Iterable[Consent], purpose: str) -> Consent | None:
    """Return the consent to a purpose, None where it is refused or was never given."""
    last = None
    for consent in consents:
        if consent.purpose == purpose and (last is None or _order(consent) > _order(last)):
            last = consent
    return last if last is not None and last.granted else None


def kept(consents: tuple[Consent, ...], event: ConsentChanged) -> tuple[Consent, ...]:
    """Return what is kept of events, the newest word on each purpose, once another has come."""
    said = Consent(
        purpose=event.purpose,
        granted=event.granted,
        at=event.at,
        channels=event.channels,
        source=event.source,
        proof_id=event.proof_id,
    )
    known = [consent for consent in consents if consent.purpose == event.purpose]
    others = tuple(consent for consent in consents if consent.purpose != event.purpose)
    return (*others, max([*known, said], key=_order))


def _order(consent: Consent) -> tuple[int, bool]:
    return consent.at, not consent.granted
