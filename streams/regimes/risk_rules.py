"""The rules of ``windows.toml`` about who is likely to leave, and who is worth what.

A reason holds from the event that made it true for ``holds_days``. The weights of all that hold are added up;
from the threshold on it is told.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.events import Event
from schemas.fields import Money, Word
from schemas.signals import RiskReason
from streams.regimes.window_rules import MONTH_COUNT, Floor, Source

RISK_COUNT_MAX = 16
"""Rules of risk: for each a subscriber's state may hold the times of events."""

Weight = Annotated[int, Meta(ge=0, le=1000)]
Days = Annotated[int, Meta(ge=1, le=366)]
Finding = Literal["dropped_calls"]
"""What is found in usage and counts as an event does."""


class EventMatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events of one type, with these fields."""

    event: Word
    where: Annotated[dict[str, str], Meta(max_length=4)] = {}

    def matches(self, event: Event) -> bool:
        """Return whether the event is one of those."""
        return event.__struct_config__.tag == self.event and all(
            getattr(event, name, None) == value for name, value in self.where.items()
        )


class RiskRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many events within so many days, or an event so long after another: a reason."""

    reason: RiskReason
    events: Annotated[tuple[EventMatch, ...], Meta(min_length=1, max_length=8)]
    """Any of them."""
    findings: Annotated[tuple[Finding, ...], Meta(max_length=1)] = ()
    """Or any of these."""
    at_least: Annotated[int, Meta(ge=1, le=20)] = 1
    days: Days = 1
    """Within which so many are; a day is 24 hours."""
    after: EventMatch | None = None
    """Only what comes after such an event,"""
    after_days: Days | None = None
    """at most so long."""
    holds_days: Days
    weight: Weight
    source: Source

    def __post_init__(self) -> None:
        """Refuse half a condition."""
        if (self.after is None) != (self.after_days is None):
            raise ValueError("after and after_days belong together")

    @property
    def kept(self) -> int:
        """How many event times are kept for it: some more, for those that come out of order."""
        return self.at_least + 7


class UnusedRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value-added service that is paid for and not used: ``days`` or calendar ``months``, one of both."""

    days: Days | None = None
    months: Annotated[int, Meta(ge=1, le=12)] | None = None
    """In the subscriber's time zone; where the day does not exist, the month's last."""
    weight: Weight
    source: Source

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.days is None) == (self.months is None):
            raise ValueError("days or months, one of both")


class ContractsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Few contracts hold the subscriber: at most so many run longer than so many days from now."""

    at_most: Annotated[int, Meta(ge=0, le=64)]
    days: Days
    weight: Weight
    source: Source


class UnreachedRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No message has arrived for so long, though some were sent."""

    days: Days
    holds_days: Days
    weight: Weight
    source: Source


class ChurnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which sum of weights on it is told, how often, and when offers may be made again."""

    score: Floor
    cooldown_days: Days
    care_first_days: Annotated[int, Meta(ge=0, le=366)]
    """So long after it is told no offer is made: a person asks for the reason first."""
    source: Source


class TierRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a subscriber a high-value or a potential one."""

    high_value: Annotated[tuple[Money, ...], Meta(max_length=16)]
    """Mean spend of a month, in any of these currencies, from which on (inclusive)."""
    months: Annotated[int, Meta(ge=1, le=MONTH_COUNT)]
    """The newest closed billing periods that it is the mean of; fewer where fewer are known."""
    episodes: Floor
    """Times that data ran out in those periods: there is a need that the plan does not meet."""
    source: Source

    def is_high(self, amount: Decimal, currency: str, count: int) -> bool:
        """Return whether so much in so many months is high."""
        return any(one.currency == currency and amount >= one.value() * count for one in self.high_value)
