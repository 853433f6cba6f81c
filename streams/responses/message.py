"""What every message of a response has in common, so that each response says only what is its own."""

from collections.abc import Iterable
from typing import Final, TypedDict

from msgspec import Struct

from schemas.found import Signal
from schemas.messages import CareEvent, CareType, Channel, Template
from schemas.outputs import DecidedBy, Evidence, derive_id
from schemas.times import LAST_MS, format_instant
from schemas.topics import CARE_EVENTS
from streams.responses.found import Found
from streams.responses.standing import Standing
from streams.responses.texts import Written
from streams.version import VERSION

PRIORITY_SECURITY: Final = 1
PRIORITY_USED_UP: Final = 2
PRIORITY_NEAR_LIMIT: Final = 3
PRIORITY_OTHER: Final = 4


class Caused(TypedDict):
    """The fields of an output that follow from what caused it."""

    id: str
    subscriber_id: str
    at: str
    decided_at: str
    decided_by: DecidedBy
    evidence: tuple[Evidence, ...]
    cause: tuple[str, ...]


class Said(TypedDict):
    """The fields of a message that follow from its text and its span."""

    language: str
    template: Template
    text: str
    why: str
    due_by: str
    expires_at: str


class Span(Struct, frozen=True, kw_only=True):
    """When a message is to be sent: by ``due_ms``, never at or after ``expires_ms``."""

    due_ms: int
    expires_ms: int


def caused(  # noqa: PLR0913  (an id is derived from that much)
    found: Found | Standing, causes: Iterable[Signal], *, leading: Signal, topic: str, kind: str, rule: str
) -> Caused:
    """Return what an output owes to its causes; time and evidence are those of the ``leading`` one."""
    ids = sorted(signal.id for signal in causes)
    subscriber_id = found.profile.subscriber_id
    return Caused(
        id=derive_id(topic, kind, subscriber_id, rule, ids),
        subscriber_id=subscriber_id,
        at=leading.at,
        decided_at=format_instant(found.clock_ms),
        decided_by=decided_by(found, rule, plan_version=leading.decided_by.plan_version),
        evidence=leading.evidence,
        cause=tuple(ids),
    )


def decided_by(found: Found | Standing, rule: str, *, plan_version: int | None = None) -> DecidedBy:
    """Return which rule decided, of which release, by which regime and plan."""
    return DecidedBy(
        rule=rule,
        regime=found.regime.name,
        regime_version=found.regime.version,
        plan_version=plan_version,
        build=VERSION,
    )


def said(written: Written, span: Span) -> Said:
    """Return what a message owes to its text. Times after the year 9999 cannot be written and are cut."""
    return Said(
        language=written.language,
        template=written.template,
        text=written.text,
        why=written.why,
        due_by=format_instant(min(span.due_ms, LAST_MS)),
        expires_at=format_instant(min(span.expires_ms, LAST_MS)),
    )


def care_event(  # noqa: PLR0913  (a notice has that many parts)
    found: Found,
    causes: Iterable[Signal],
    *,
    leading: Signal,
    kind: CareType,
    rule: str,
    channel: Channel,
    priority: int,
    written: Written,
    span: Span,
) -> CareEvent:
    """Return a service notice."""
    return CareEvent(
        **caused(found, causes, leading=leading, topic=CARE_EVENTS, kind=kind, rule=rule),
        **said(written, span),
        type=kind,
        channel=channel,
        priority=priority,
    )
