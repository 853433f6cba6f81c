"""``account_manager``: what would be offered to a person is talked over with whoever is not one.

Source: the source documents route enterprise customers to their account manager, one to one, and never by
message.
"""

from typing import Final

from schemas.messages import OfferEvent
from schemas.outputs import derive_id
from schemas.tasks import Task
from schemas.times import MS_PER_DAY, parse_instant
from schemas.topics import TASKS
from streams.responses.message import Span, said
from streams.responses.texts import language_of, write

KIND: Final = "account_manager"
WITHIN_MS: Final = 3 * MS_PER_DAY
"""Own choice: a call is made within some working days, or while what is offered still holds."""


def account_task(offer: OfferEvent) -> Task:
    """Return the task to talk an offer over; the offer itself is not sent."""
    expires_ms = parse_instant(offer.expires_at)
    due_ms = min(parse_instant(offer.decided_at) + WITHIN_MS, expires_ms)
    rule = offer.decided_by.rule
    return Task(
        id=derive_id(TASKS, KIND, offer.subscriber_id, rule, offer.cause),
        subscriber_id=offer.subscriber_id,
        at=offer.at,
        decided_at=offer.decided_at,
        decided_by=offer.decided_by,
        evidence=offer.evidence,
        cause=offer.cause,
        **said(
            write("offer_account_task", language_of(offer.language), {"text": offer.text}),
            Span(due_ms=due_ms, expires_ms=expires_ms),
        ),
        type=KIND,
        kind_=KIND,
        channel=KIND,
        priority=offer.priority,
        assignee_role=KIND,
        reason=offer.type,
        class_="commercial",
    )
