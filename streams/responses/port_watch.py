"""What is watched after a request to port out: that its code comes in time, and when it has expired.

A person hears of a code that has not come. The subscriber hears of one that has expired, once: to ask again
is as easy as the first time, and nothing here says not to.
"""

from typing import Final

from schemas.messages import CareEvent
from schemas.tasks import Task
from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from streams.responses.channels import service_channel
from streams.responses.due import Due, due_care, due_task
from streams.responses.message import PRIORITY_OTHER, PRIORITY_SECURITY, Span
from streams.responses.spoken import moment
from streams.responses.texts import language_of, write

CODE_LATE: Final = "port_code_late"
CODE_EXPIRED: Final = "port_code_expired"
AT_ONCE_MS: Final = 5 * MS_PER_MINUTE
"""Own choice: the time of the rule has passed already."""
OF_USE_MS: Final = MS_PER_DAY
TOLD_WITHIN_MS: Final = MS_PER_HOUR


def code_late(due: Due, *, asked_ms: int) -> Task:
    """Return the task to issue a code for which the regime's time has passed."""
    language = language_of(due.profile.language)
    at = moment(asked_ms, time_zone=due.profile.time_zone, language=language)
    return due_task(
        due,
        kind="escalation",
        role="porting_desk",
        reason=CODE_LATE,
        channel=service_channel(due.profile),
        priority=PRIORITY_SECURITY,
        written=write("task_port_code_late", language, {"at": at}),
        span=Span(due_ms=due.clock_ms + AT_ONCE_MS, expires_ms=due.clock_ms + OF_USE_MS),
    )


def code_expired(due: Due) -> CareEvent:
    """Return the word that a code has expired."""
    language = language_of(due.profile.language)
    at = moment(due.due_ms, time_zone=due.profile.time_zone, language=language)
    return due_care(
        due,
        kind="port_information",
        channel=service_channel(due.profile),
        priority=PRIORITY_OTHER,
        written=write("port_code_expired", language, {"at": at}),
        span=Span(due_ms=due.clock_ms + TOLD_WITHIN_MS, expires_ms=due.clock_ms + OF_USE_MS),
    )
