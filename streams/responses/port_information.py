"""``port_information``: a question about porting out is answered with service, never with an offer.

It says whether anything stands in the way, what is open besides, and where to go next: no obstacle that the
regime does not have, no persuasion, no name of another operator.
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages import CareEvent
from schemas.signals import PortQuery
from schemas.times import MS_PER_DAY, MS_PER_MINUTE
from streams.responses import gate
from streams.responses.channels import service_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, care_event
from streams.responses.port_facts import answer
from streams.responses.texts import language_of, write

RULE: Final = "port_information"
WITHIN_MS: Final = MS_PER_MINUTE
"""Source: UK text-to-switch (1 July 2019): the provider answers within one minute."""
OF_USE_MS: Final = MS_PER_DAY
"""Own choice: an answer of yesterday no longer meets the question."""


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield an answer to each query that the regime lets be answered."""
    for signal in found.signals:
        if isinstance(signal, PortQuery) and gate.permits(found.regime, (signal,), "information"):
            yield _answer(found, signal)


def _answer(found: Found, signal: PortQuery) -> CareEvent:
    language = language_of(found.profile.language)
    next_step = found.regime.porting.next_step
    params = {
        "answer": answer(found, signal, language),
        "next_step": next_step.zh if language == "zh" else next_step.en,
    }
    return care_event(
        found,
        (signal,),
        leading=signal,
        kind="port_information",
        rule=RULE,
        channel=service_channel(found.profile),
        priority=PRIORITY_OTHER,
        written=write("port_information", language, params),
        span=Span(due_ms=found.clock_ms + WITHIN_MS, expires_ms=found.clock_ms + OF_USE_MS),
    )
