"""``port_information``: a question about porting out is answered with service, never with an offer."""

from collections.abc import Iterator
from typing import Final

from schemas.messages import CareEvent
from schemas.signals import PortQuery
from schemas.times import MS_PER_DAY, MS_PER_MINUTE
from streams.responses.channels import service_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, care_event
from streams.responses.texts import language_of, write

RULE: Final = "port_information"
WITHIN_MS: Final = MS_PER_MINUTE
"""Source: UK text-to-switch (1 July 2019): the provider answers within one minute."""
OF_USE_MS: Final = MS_PER_DAY
"""Own choice: an answer of yesterday no longer meets the question."""


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield an answer to each query."""
    language = language_of(found.profile.language)
    for signal in found.signals:
        if isinstance(signal, PortQuery):
            yield care_event(
                found,
                (signal,),
                leading=signal,
                kind="port_information",
                rule=RULE,
                channel=service_channel(found.profile),
                priority=PRIORITY_OTHER,
                written=write("port_information", language, {}),
                span=Span(due_ms=found.clock_ms + WITHIN_MS, expires_ms=found.clock_ms + OF_USE_MS),
            )
