"""``usage_notice`` of what is left of an add-on: a reminder before it lapses.

Source: China, MIIT rules for internet access services: reminders of expiry are required of operators.
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages import CareEvent
from schemas.times import parse_instant
from schemas.window_signals import Expiring
from streams.responses import spoken
from streams.responses.channels import service_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, care_event
from streams.responses.texts import language_of, phrase, write

RULE: Final = "expiring_notice"


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield a reminder for each add-on of which something is left; to a terminated subscriber none."""
    if found.profile.status == "terminated" or found.plan is None:
        return
    language = language_of(found.profile.language)
    for signal in found.signals:
        if isinstance(signal, Expiring):
            ends_ms = parse_instant(signal.expires_at)
            params = {
                "bucket": phrase(f"bucket_{signal.bucket}", language),
                "left": spoken.left(
                    signal.left, signal.unit, unit_base=found.plan.unit_base, language=language
                ),
                "ends": spoken.moment(ends_ms, time_zone=found.profile.time_zone, language=language),
            }
            yield care_event(
                found,
                (signal,),
                leading=signal,
                kind="usage_notice",
                rule=RULE,
                channel=service_channel(found.profile),
                priority=PRIORITY_OTHER,
                written=write("expiring", language, params),
                span=Span(due_ms=ends_ms, expires_ms=ends_ms),
            )
