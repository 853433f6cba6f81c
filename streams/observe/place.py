"""Where a record belongs, and whether it comes too early or too late: from the record alone."""

from enum import Enum, auto
from typing import Final

from msgspec import Struct

from schemas.errors import Reason, SchemaError
from schemas.plans import Plan
from schemas.times import MS_PER_DAY, MS_PER_MINUTE
from streams.core.subscriber import KEPT_AFTER_END_MS, Subscriber
from streams.core.usage import Period

AHEAD_MS: Final = 5 * MS_PER_MINUTE
"""How far a clock of the network may run ahead (WIRE.md, Time)."""
_LONG_AGO_MS: Final = 400 * MS_PER_DAY
"""Later than any period can be: keeps calendars out of years that they do not have."""


class Part(Enum):
    """Which part of a record is counted here."""

    WHOLE = auto()
    HISTORY = auto()
    """The subscriber's own history: the allowance may be a group's, where the record goes next."""
    ALLOWANCE = auto()
    """The allowance alone: the record is in its line's history already."""


class Place(Struct, frozen=True, gc=False):
    """Where a record belongs: the billing period and the plan that counts there."""

    period: Period
    plan: Plan
    part: "Part" = Part.WHOLE


class Lateness(Enum):
    """What a record may still do to its billing period."""

    ON_TIME = auto()
    LATE = auto()
    """The period is over, but a notice still helps."""
    ADJUSTS = auto()
    """It counts and is told as an adjustment; no level is looked at."""


def lateness(period: Period, *, arrival_ms: int, notice_within_ms: int) -> Lateness:
    """Return how late a record is that has arrived then."""
    if arrival_ms < period.ends_ms:
        return Lateness.ON_TIME
    return Lateness.LATE if arrival_ms < period.ends_ms + notice_within_ms else Lateness.ADJUSTS


def check_time(at_ms: int, *, arrival_ms: int, field: str) -> None:
    """Refuse a record of the future.

    Raises: SchemaError ``in_future``: more than 5 minutes after its own arrival.
    """
    if at_ms > arrival_ms + AHEAD_MS:
        raise SchemaError(Reason.IN_FUTURE, f"{field} is more than 5 minutes after the record's arrival")


def check_arrival(arrival_ms: int, wall_ms: int | None) -> None:
    """Refuse a record that claims to arrive in the future; without a wall clock there is none.

    Raises: SchemaError ``in_future``: more than 5 minutes ahead of the wall clock.
    """
    if is_ahead(arrival_ms, wall_ms):
        raise SchemaError(Reason.IN_FUTURE, "the record's own timestamp is more than 5 minutes ahead")


def is_ahead(arrival_ms: int, wall_ms: int | None) -> bool:
    """Return whether an arrival is too far ahead of the wall clock to go by; without one none is."""
    return wall_ms is not None and arrival_ms > wall_ms + AHEAD_MS


def check_joined(state: Subscriber, at_ms: int) -> None:
    """Refuse usage from before the subscriber joined: somebody else had the number then.

    Raises: SchemaError ``too_late``.
    """
    if state.joined_ms is not None and at_ms < state.joined_ms:
        raise SchemaError(
            Reason.TOO_LATE, "started_at: before the day on which the subscriber joined (joined_on)"
        )


def check_lateness(period: Period, at_ms: int, *, arrival_ms: int, field: str) -> None:
    """Refuse a record that came too late for its billing period.

    Raises: SchemaError ``too_late``.
    """
    if is_closed(period, arrival_ms=arrival_ms) or arrival_ms - at_ms >= _LONG_AGO_MS:
        raise SchemaError(Reason.TOO_LATE, f"{field}: arrived 60 days or more after its billing period's end")


def is_closed(period: Period, *, arrival_ms: int) -> bool:
    """Return whether a period can change no more."""
    return arrival_ms >= period.ends_ms + KEPT_AFTER_END_MS
