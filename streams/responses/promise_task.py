"""``callback``: an offer was to save something and did not; a person finds out why and puts it right."""

from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS
from schemas.outputs import derive_id
from schemas.tasks import Task
from schemas.times import MS_PER_DAY, format_instant
from schemas.topics import TASKS
from streams.core.contact import Promise
from streams.responses import spoken
from streams.responses.channels import service_channel
from streams.responses.message import PRIORITY_OTHER, Span, decided_by, said
from streams.responses.standing import Standing
from streams.responses.texts import language_of, write

RULE: Final = "promise_broken"
KIND: Final = "callback"
ROLE: Final = "care_agent"
WITHIN_MS: Final = 7 * MS_PER_DAY
"""Own choice: before the next bill."""
OF_USE_MS: Final = 30 * MS_PER_DAY


class Kept(Struct, frozen=True):
    """What has become of a promise."""

    paid: Decimal
    """For all of the months together."""
    months: int


def promise_task(standing: Standing, promise: Promise, kept: Kept) -> Task:
    """Return the task to call a subscriber who pays more than was said."""
    language = language_of(standing.profile.language)
    terms, at = promise.terms, format_instant(promise.due_ms)
    subscriber_id = standing.profile.subscriber_id
    with localcontext(prec=MONEY_DIGITS):
        mean = (kept.paid / kept.months).quantize(Decimal("0.01"))
    params = {
        "stay": spoken.price(terms.stay, terms.currency, language),
        "then": spoken.price(terms.then, terms.currency, language),
        "real": spoken.price(f"{mean:f}", terms.currency, language),
        "months": str(kept.months),
    }
    return Task(
        id=derive_id(TASKS, KIND, subscriber_id, RULE, at, [promise.offer_id]),
        subscriber_id=subscriber_id,
        at=at,
        decided_at=format_instant(standing.clock_ms),
        decided_by=decided_by(standing, RULE),
        evidence=(),
        cause=(promise.offer_id,),
        **said(
            write("offer_promise_task", language, params),
            Span(due_ms=standing.clock_ms + WITHIN_MS, expires_ms=standing.clock_ms + OF_USE_MS),
        ),
        type=KIND,
        kind_=KIND,
        channel=service_channel(standing.profile),
        priority=PRIORITY_OTHER,
        assignee_role=ROLE,
        reason=RULE,
    )
