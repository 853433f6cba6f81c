"""``security_notice``: every request to port out is told to the subscriber, at once and whatever the status.

Nobody but the subscriber can tell a move from a theft. It never persuades: what follows a request is the
subscriber's free choice (China, MIIT 2019, nine bans; US FCC 08-159).
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages import CareEvent
from schemas.signals import PortRequest
from schemas.times import MS_PER_DAY, MS_PER_SECOND, parse_instant
from streams.responses.channels import security_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_SECURITY, Span, care_event
from streams.responses.spoken import moment
from streams.responses.texts import language_of, write

RULE: Final = "port_security"
WITHIN_MS: Final = 2 * MS_PER_SECOND
"""Source: US FCC 23-95 asks for "immediate" notice; two seconds are this project's own target."""
OF_USE_MS: Final = 30 * MS_PER_DAY
"""A theft found late is still worth knowing. Source: a porting code lives 30 days at most (UK)."""


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield a notice for each request."""
    for signal in found.signals:
        if isinstance(signal, PortRequest):
            yield _notice(found, signal)


def _notice(found: Found, signal: PortRequest) -> CareEvent:
    """Return the notice of one request."""
    language = language_of(found.profile.language)
    at = moment(parse_instant(signal.at), time_zone=found.profile.time_zone, language=language)
    return care_event(
        found,
        (signal,),
        leading=signal,
        kind="security_notice",
        rule=RULE,
        channel=security_channel(found.profile),
        priority=PRIORITY_SECURITY,
        written=write("port_security", language, {"at": at}),
        span=Span(due_ms=found.clock_ms + WITHIN_MS, expires_ms=found.clock_ms + OF_USE_MS),
    )
