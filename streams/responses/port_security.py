"""``security_notice``: every request to port out is told to the subscriber, at once and whatever the status.

Nobody but the subscriber can tell a move from a theft. It never persuades: what follows a request is the
subscriber's free choice (China, MIIT 2019, nine bans; US FCC 08-159). What is suspicious is told with the
request that it is about, or alone.
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages import CareEvent
from schemas.signals import PortFraudSuspect, PortQuery, PortRequest
from schemas.times import MS_PER_DAY, MS_PER_SECOND, parse_instant
from streams.responses import gate
from streams.responses.channels import security_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_SECURITY, Span, care_event
from streams.responses.spoken import moment
from streams.responses.texts import Language, Written, language_of, phrase, sentences, write

RULE: Final = "port_security"
WITHIN_MS: Final = 2 * MS_PER_SECOND
"""Source: US FCC 23-95 asks for "immediate" notice; two seconds are this project's own target."""
OF_USE_MS: Final = 30 * MS_PER_DAY
"""A theft found late is still worth knowing. Source: a porting code lives 30 days at most (UK)."""

Asked = PortQuery | PortRequest


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield a notice for each request, with what is suspicious about it, and one for what is so besides."""
    suspects = [signal for signal in found.signals if isinstance(signal, PortFraudSuspect)]
    for signal in found.signals:
        if isinstance(signal, PortQuery | PortRequest) and _is_request(signal, found):
            if gate.permits(found.regime, (signal,), "security_notice"):
                yield _notice(found, signal, suspects)
            suspects = []
    if suspects:
        yield _notice(found, None, suspects)


def _is_request(signal: Asked, found: Found) -> bool:
    return isinstance(signal, PortRequest) or found.regime.porting.is_request(signal.form)


def _notice(found: Found, asked: Asked | None, suspects: list[PortFraudSuspect]) -> CareEvent:
    """Return the notice of one request, or without one of what is suspicious."""
    leading = asked or suspects[0]
    return care_event(
        found,
        (*([] if asked is None else [asked]), *suspects),
        leading=leading,
        kind="security_notice",
        rule=RULE,
        channel=security_channel(found.profile),
        priority=PRIORITY_SECURITY,
        written=_written(found, leading, suspects),
        span=Span(due_ms=found.clock_ms + WITHIN_MS, expires_ms=found.clock_ms + OF_USE_MS),
    )


def _written(found: Found, leading: Asked | PortFraudSuspect, suspects: list[PortFraudSuspect]) -> Written:
    language = language_of(found.profile.language)
    is_request = any(isinstance(one, PortRequest) or _has_ref(one) for one in (leading, *suspects))
    is_request = is_request or (isinstance(leading, PortQuery) and _is_request(leading, found))
    what = "port_asked_request" if is_request else "port_asked_query"
    asked = [
        phrase(what, language, at=_moment(leading.at, found, language)),
        *(_suspicious(one, found, language) for one in suspects),
    ]
    params = {"asked": sentences(language, *asked), "locked": phrase("port_stays_locked", language)}
    template = "port_security_locked" if found.profile.port_locked else "port_security"
    return write(template, language, params)


def _has_ref(signal: Asked | PortFraudSuspect) -> bool:
    return isinstance(signal, PortFraudSuspect) and signal.port_ref is not None


def _suspicious(signal: PortFraudSuspect, found: Found, language: Language) -> str:
    """Return in a sentence what is unusual."""
    if signal.swapped_at is not None:
        return phrase("port_after_swap", language, at=_moment(signal.swapped_at, found, language))
    return phrase("port_one_of_many", language)


def _moment(at: str, found: Found, language: Language) -> str:
    return moment(parse_instant(at), time_zone=found.profile.time_zone, language=language)
