"""``callback``: whoever may be about to leave is asked why, by a person, before anything is offered.

The call is care: it asks and does not sell. Risk decides that it is made; what the subscriber is worth
decides by whom, never what is said, at which price or when. Where the risk has to do with porting, the
regime must let a person call (UK: it does not), and once porting out is asked for nobody calls at all.
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages import Channel
from schemas.profile import Profile
from schemas.risk_signals import ChurnRisk
from schemas.tasks import Task, TaskKind
from schemas.times import MS_PER_DAY
from schemas.topics import TASKS
from streams.responses import gate
from streams.responses.found import Found
from streams.responses.message import PRIORITY_NEAR_LIMIT, Span, caused, said
from streams.responses.texts import Language, language_of, phrase, sentences, write

RULE: Final = "callback"
REASON: Final = "churn_risk"
WITHIN_MS: Final = 2 * MS_PER_DAY
OF_USE_MS: Final = 7 * MS_PER_DAY
"""Own choices: a question that comes a week late meets somebody who has decided."""


def respond(found: Found) -> Iterator[Task]:
    """Yield a task for each risk."""
    for signal in found.signals:
        if (
            isinstance(signal, ChurnRisk)
            and not found.facts.is_leaving
            and gate.permits(found.regime, (signal,), "care_call")
        ):
            yield _task(found, signal)


def _task(found: Found, signal: ChurnRisk) -> Task:
    language = language_of(found.profile.language)
    kind, role, channel = _way(found.profile, signal)
    return Task(
        **caused(found, (signal,), leading=signal, topic=TASKS, kind=kind, rule=RULE),
        **said(
            write("task_callback", language, {"reasons": _reasons(signal, language)}),
            Span(due_ms=found.clock_ms + WITHIN_MS, expires_ms=found.clock_ms + OF_USE_MS),
        ),
        type=kind,
        kind_=kind,
        assignee_role=role,
        reason=REASON,
        channel=channel,
        priority=PRIORITY_NEAR_LIMIT,
    )


def _way(profile: Profile, signal: ChurnRisk) -> tuple[TaskKind, str, Channel]:
    """Return what kind of task it is, whose, and on which channel the subscriber is reached."""
    if profile.account_type != "person":
        return "account_manager", "account_manager", "account_manager"
    if profile.dnd:
        return "agent_hint", "care_agent", "hall"  # asked when the subscriber comes, or calls
    if signal.value == "high_value":
        return "callback", "account_manager", "account_manager"
    return "callback", "care_agent", "call"


def _reasons(signal: ChurnRisk, language: Language) -> str:
    """Return what is known of why, for whoever calls. Of porting nothing is said."""
    known = (phrase(f"risk_{reason}", language) for reason in signal.reasons)
    return sentences(language, *dict.fromkeys(known))
