"""``usage_notice``, ``throttle_notice``, ``limit_notice``: what is used, what is left, what then.

One record may raise several signals of a bucket; the subscriber hears of the most serious one, once, and
the notice names all of them as its cause. A plan that slows down is no limit that costs, so its notice has
a type of its own. Nothing is sent to a terminated subscriber, whose number may be somebody else's by now.
"""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from schemas.messages import CareEvent, CareType
from schemas.signals import Exhausted, NearLimit, Overage, Throttled, UsageSignals
from streams.responses.channels import service_channel
from streams.responses.found import Found
from streams.responses.message import PRIORITY_NEAR_LIMIT, PRIORITY_USED_UP, Span, care_event
from streams.responses.texts import language_of, write
from streams.responses.usage_words import ends_ms, params

TYPES: Final[dict[type[UsageSignals], CareType]] = {
    NearLimit: "usage_notice",
    Throttled: "throttle_notice",
    Overage: "limit_notice",
    Exhausted: "limit_notice",
}


def respond(found: Found) -> Iterator[CareEvent]:
    """Yield one notice for each bucket and period that has a signal, in the order raised."""
    if found.profile.status == "terminated":
        return
    subjects: dict[tuple[str, str], list[UsageSignals]] = {}
    for signal in found.signals:
        if isinstance(signal, UsageSignals):
            subjects.setdefault((signal.bucket, signal.period), []).append(signal)
    for signals in subjects.values():
        yield _notice(found, signals)


def seriousness(signal: UsageSignals) -> tuple[int, int]:
    """Return how serious a signal is: what is used up before what is not, then the higher level or step."""
    match signal:
        case NearLimit(level=level):
            return 0, level
        case Overage(step=step):
            return 1, step
        case Throttled() | Exhausted():
            return 1, 0
        case _ as never:
            assert_never(never)


def _notice(found: Found, signals: Sequence[UsageSignals]) -> CareEvent:
    """Return the notice of one bucket in one period."""
    leading = max(signals, key=seriousness)
    language = language_of(found.profile.language)
    kind = TYPES[type(leading)]
    return care_event(
        found,
        signals,
        leading=leading,
        kind=kind,
        rule=kind,
        channel=service_channel(found.profile),
        priority=PRIORITY_NEAR_LIMIT if isinstance(leading, NearLimit) else PRIORITY_USED_UP,
        written=write(_template_id(leading), language, params(found, leading, language)),
        span=_span(found, leading),
    )


def _template_id(signal: UsageSignals) -> str:
    """Return which text says it: the signal's own, or the one for a period that is over."""
    kind = signal.kind()
    return f"late_{kind}" if signal.late else kind


def _span(found: Found, signal: UsageSignals) -> Span:
    """Return when it is to be sent.

    With the period it loses its use, but a notice that the law asks for must not lapse before it is due.
    """
    due_ms = found.clock_ms + found.regime.notice_within_ms
    return Span(due_ms=due_ms, expires_ms=max(due_ms, ends_ms(signal)))
