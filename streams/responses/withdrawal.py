"""``withdrawn``: an offer that was made does not hold any more, and whoever sends or shows it must know."""

from typing import Final

from schemas.messages import CareEvent, Channel, WithdrawalReason
from schemas.outputs import Evidence, derive_id
from schemas.times import MS_PER_MINUTE, format_instant
from schemas.topics import CARE_EVENTS
from streams.core.contact import Made
from streams.responses.channels import CHANNELS, FALLBACK
from streams.responses.message import PRIORITY_OTHER, Span, decided_by, said
from streams.responses.standing import Standing
from streams.responses.texts import language_of, write

KIND: Final = "withdrawn"
WITHIN_MS: Final = MS_PER_MINUTE
"""Own choice: what does not hold must not be accepted meanwhile."""


def withdrawal(
    standing: Standing, made: Made, reason: WithdrawalReason, *, at: str, evidence: tuple[Evidence, ...]
) -> CareEvent:
    """Return the notice that takes an offer back; ``at`` and ``evidence`` are those of what has changed.

    The text is the same whatever the reason: it goes to the subscriber, on the offer's own channel.
    """
    subscriber_id = standing.profile.subscriber_id
    due_ms = min(standing.clock_ms + WITHIN_MS, made.expires_ms)
    return CareEvent(
        id=derive_id(CARE_EVENTS, KIND, subscriber_id, KIND, [made.offer_id]),
        subscriber_id=subscriber_id,
        at=at,
        decided_at=format_instant(standing.clock_ms),
        decided_by=decided_by(standing, KIND),
        evidence=evidence,
        cause=(made.offer_id,),
        **said(
            write(KIND, language_of(standing.profile.language), {}),
            Span(due_ms=due_ms, expires_ms=made.expires_ms),
        ),
        type=KIND,
        channel=_channel(made.channel),
        priority=PRIORITY_OTHER,
        of=made.offer_id,
        reason=reason,
    )


def _channel(name: str) -> Channel:
    return next((channel for channel in CHANNELS if channel == name), FALLBACK)
