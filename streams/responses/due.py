"""What is said because a time has come, with no record behind it: its identity is rule and due time."""

from msgspec import Struct

from schemas.messages import CareEvent, CareType, Channel
from schemas.outputs import DecidedBy, derive_id
from schemas.profile import Profile
from schemas.tasks import Task, TaskKind
from schemas.times import format_instant
from schemas.topics import CARE_EVENTS, TASKS
from streams.regimes import Regime
from streams.responses.message import Caused, Span, said
from streams.responses.texts import Written
from streams.version import VERSION


class Due(Struct, frozen=True, kw_only=True):
    """A time that has come for a subscriber."""

    profile: Profile
    regime: Regime
    clock_ms: int
    due_ms: int
    rule: str
    keys: tuple[str, ...] = ()
    """What tells it from others of the same rule at the same time."""
    cause: tuple[str, ...] = ()
    """Ids of the outputs that set the timer."""


def due_care(  # noqa: PLR0913  (a notice has that many parts)
    due: Due, *, kind: CareType, channel: Channel, priority: int, written: Written, span: Span
) -> CareEvent:
    """Return a service notice."""
    return CareEvent(
        **_caused(due, CARE_EVENTS, kind),
        **said(written, span),
        type=kind,
        channel=channel,
        priority=priority,
    )


def due_task(  # noqa: PLR0913  (a task has that many parts)
    due: Due,
    *,
    kind: TaskKind,
    role: str,
    reason: str,
    channel: Channel,
    priority: int,
    written: Written,
    span: Span,
) -> Task:
    """Return work for a person."""
    return Task(
        **_caused(due, TASKS, kind),
        **said(written, span),
        type=kind,
        kind_=kind,
        assignee_role=role,
        reason=reason,
        channel=channel,
        priority=priority,
    )


def _caused(due: Due, topic: str, kind: str) -> Caused:
    subscriber_id = due.profile.subscriber_id
    at = format_instant(due.due_ms)
    return Caused(
        id=derive_id(topic, kind, subscriber_id, due.rule, at, *due.keys),
        subscriber_id=subscriber_id,
        at=at,
        decided_at=format_instant(due.clock_ms),
        decided_by=DecidedBy(
            rule=due.rule,
            regime=due.regime.name,
            regime_version=due.regime.version,
            plan_version=None,
            build=VERSION,
        ),
        evidence=(),
        cause=due.cause,
    )
