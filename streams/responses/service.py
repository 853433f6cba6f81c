"""Service notices on their way out: every one is sent, at once and on the best channel. Pure.

Exceptions are the subscriber's own wish, where the law has it (``notice_opt_outs``), and the quiet hours, for
those kinds that the regime lets wait.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import CareEvent
from schemas.signals import Overage
from schemas.times import parse_instant
from streams.responses.channels import known, service_channel
from streams.responses.standing import Standing

OWN_CHANNEL: Final = frozenset({"security_notice"})
"""Kinds that choose their channel themselves: not on a number that may be in wrong hands."""
OVERAGE_STEPS: Final = "overage_steps"


def is_unwanted(event: CareEvent, standing: Standing, signals: Iterable[Signal]) -> bool:
    """Return whether the subscriber has opted out of a notice and the law allows that.

    ``signals`` are those among which its causes are.
    """
    unwanted = standing.rules.notice_opt_outs.intersection(standing.profile.notice_opt_outs)
    if not unwanted:
        return False  # nearly always
    if event.type in unwanted:
        return True
    causes = [signal for signal in signals if signal.id in event.cause]
    return (
        OVERAGE_STEPS in unwanted
        and bool(causes)
        and all(isinstance(signal, Overage) and signal.step > 0 for signal in causes)
    )


def waits_until_ms(event: CareEvent, standing: Standing) -> int | None:
    """Return until when a notice waits for the end of the quiet hours, None if it is sent at once."""
    if event.type not in standing.rules.notices_that_wait:
        return None
    ends_ms = standing.quiet_ends_ms()
    return None if ends_ms is None or ends_ms >= parse_instant(event.expires_at) else ends_ms


def on_best_channel(event: CareEvent, standing: Standing) -> CareEvent:
    """Return a notice on the channel that answered last, unless it goes elsewhere for a reason of its own."""
    answered = known(standing.profile, standing.known.answered_on)
    if answered is None or event.type in OWN_CHANNEL or event.channel != service_channel(standing.profile):
        return event
    return replace(event, channel=answered)
