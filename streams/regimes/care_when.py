"""What makes a rule of care be looked at: an event, a signal, a change of the profile, or the calendar."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.fields import Word
from streams.regimes.contact import ClockTime
from streams.regimes.window_rules import CooldownHours, Limit

Status = Literal["prospect", "active", "suspended", "terminated"]
Day = Literal["birthday", "contract_end", "joined_on"]
SignalKind = Literal[
    "bill_warning", "arrears", "bill_shock", "intent", "segment", "dropped_calls", "usage_spike"
]


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a rule be looked at: exactly one of ``event`` … ``unused``."""

    event: Word | None = None
    """Type of an event, of those with the fields ``where``."""
    signal: SignalKind | None = None
    """Type of a signal, of those with the fields ``where``."""
    status: Status | None = None
    """The profile has this status now and had none or another before."""
    plan_changed: Literal[True] | None = None
    """The profile has another plan than before."""
    day: Day | None = None
    """A day of the subscriber's own; ``joined_on`` and ``birthday`` come every year."""
    yearly: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[01][0-9]-[0-3][0-9]$")], ...], Meta(max_length=32)
    ] = ()
    """Days that come every year, ``MM-DD``."""
    dates: Annotated[tuple[date, ...], Meta(max_length=64)] = ()
    """Days of a calendar of their own, such as the lunar one."""
    monthly: Annotated[int, Meta(ge=1, le=31)] | None = None
    """Day of each calendar month; in a month that is too short its last."""
    unused: Literal["vas"] | None = None
    """A service of the profile's ``vas`` was not used for ``months`` calendar months."""
    where: Annotated[dict[str, str], Meta(max_length=4)] = {}
    where_not: Annotated[dict[str, str], Meta(max_length=4)] = {}
    """Of an event: none of these fields is so."""
    same: Word | None = None
    """Of ``limits``, a field of the event: those that have the same in it are counted together."""
    unless: Word | None = None
    """Of an event and ``days``: the type of another one, with the fields ``where``, that takes it back."""
    limits: Annotated[tuple[Limit, ...], Meta(max_length=4)] = ()
    """Of an event: only once it has come so often, then not for ``cooldown_hours``."""
    cooldown_hours: CooldownHours = 0
    days: Annotated[int, Meta(ge=-90, le=366)] = 0
    """So many days after it, on which the rule is looked at by timer; of a day: before it where negative."""
    months: Annotated[int, Meta(ge=1, le=12)] = 3
    at: ClockTime = "10:00"
    """By the clock on the subscriber's wall."""

    def __post_init__(self) -> None:
        """Refuse none and several, and what does not go together.

        Raises: ValueError.
        """
        kinds = (self.event, self.signal, self.status, self.plan_changed, self.day, self.monthly, self.unused)
        if sum(kind is not None for kind in kinds) + bool(self.yearly) + bool(self.dates) != 1:
            raise ValueError(
                "one of event, signal, status, plan_changed, day, yearly, dates, monthly, unused"
            )
        if self.where and self.event is None and self.signal is None:
            raise ValueError("where is of an event or a signal")
        if (self.where_not or self.unless) and self.event is None:
            raise ValueError("where_not and unless are of an event")
        if self.same and not self.limits:
            raise ValueError("same is of limits")
        if self.unless and not self.days:
            raise ValueError("unless is of days: what was said cannot be taken back")
        if self.limits and (self.event is None or self.days):
            raise ValueError("limits are of an event, without days")
        if self.days and (self.signal or self.monthly or self.unused):
            raise ValueError("days do not go with signal, monthly or unused")
        if self.days < 0 and not self.is_calendar:
            raise ValueError("days before what has not happened yet: only of day, yearly and dates")

    @property
    def is_calendar(self) -> bool:
        """Whether it comes by the calendar, with nothing that happens."""
        return bool(self.day or self.yearly or self.dates or self.monthly)
