"""The rules of windows of time, one struct a table of ``windows.toml``.

A number that is compared says by its key whether it is taken in: ``at_least`` and ``at_most`` are inclusive,
``above`` and ``below`` are not.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from schemas.events import Event
from schemas.fields import Bucket, Currency, PriceText, Word
from schemas.times import MS_PER_DAY, MS_PER_HOUR

WINDOW_HOURS: Final = 168
"""So many one-hour slots are kept of each bucket."""
CHARGE_HOURS: Final = 24
"""So many one-hour slots are kept of what roaming has cost."""
COUNT_MOST: Final = 100
"""Of the events that a rule may wait for: their times are kept."""
KEPT_BEYOND: Final = 32
"""Event times that are kept beyond the largest count of a rule, for those that arrive out of order."""
MONTH_COUNT: Final = 6
"""Closed billing periods of which a summary is kept."""

Percent = Annotated[int, Meta(ge=1, le=100)]
Source = Annotated[str, Meta(min_length=1)]
Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]
WindowHours = Annotated[int, Meta(ge=1, le=WINDOW_HOURS)]
CooldownHours = Annotated[int, Meta(ge=0, le=24 * 366)]


class Floor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a whole number must reach: ``at_least`` or ``above``, one of both."""

    at_least: Number | None = None
    above: Number | None = None

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.at_least is None) == (self.above is None):
            raise ValueError("at_least or above, one of both")

    @property
    def least(self) -> int:
        """The smallest whole number that reaches it."""
        return self.above + 1 if self.above is not None else self.at_least or 0

    def is_met(self, value: Decimal | int, *, per: Decimal | int = 1) -> bool:
        """Return whether ``value / per`` reaches it, without dividing."""
        if self.above is not None:
            return value > self.above * per
        return value >= (self.at_least or 0) * per


class Limit(Floor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many events within so many hours."""

    hours: Annotated[int, Meta(ge=1, le=24 * 92)]

    def __post_init__(self) -> None:
        """Refuse a count that nothing or too much would reach."""
        super().__post_init__()
        if not 1 <= self.least <= COUNT_MOST:
            raise ValueError(f"a count is from 1 to {COUNT_MOST}")


class Ceiling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an amount of money must stay under: ``at_most`` or ``below``, one of both."""

    at_most: PriceText | None = None
    below: PriceText | None = None

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.at_most is None) == (self.below is None):
            raise ValueError("at_most or below, one of both")

    def is_met(self, amount: Decimal) -> bool:
        """Return whether the amount stays under it."""
        if self.below is not None:
            return amount < Decimal(self.below)
        return amount <= Decimal(self.at_most or "0")


class CountRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that come often: any of the limits is enough, and then nothing for the cool-down."""

    rule: Word
    limits: Annotated[tuple[Limit, ...], Meta(min_length=1, max_length=4)]
    """In the order in which the first that is reached is told."""
    cooldown_hours: CooldownHours
    source: Source

    @property
    def kept(self) -> int:
        """How many event times are kept for it."""
        return max(limit.least for limit in self.limits) + KEPT_BEYOND


class IntentRule(CountRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events of one type, with these fields, that show an intent."""

    intent: Literal["more_data", "broadband"]
    event: Word
    where: Annotated[dict[str, str], Meta(max_length=4)] = {}

    def matches(self, event: Event) -> bool:
        """Return whether the event is one of those that count."""
        return event.__struct_config__.tag == self.event and all(
            getattr(event, name, None) == value for name, value in self.where.items()
        )


class DroppedCallsRule(CountRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls that were cut off."""

    rule: Literal["dropped_calls"] = "dropped_calls"


class SpikeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest hours against the mean of those before."""

    bucket: Bucket
    times: Floor
    """Of the mean of as many hours."""
    quantity: Floor
    """In the bucket's unit: less is no spike, however rare."""
    hours: WindowHours
    mean_hours: WindowHours
    known_days: Annotated[int, Meta(ge=0, le=7)]
    """UTC days with usage in the hours before, at least: whoever is new has no usual day."""
    source: Source


class ShockRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What roaming costs within hours, against the plan's price."""

    percent: Floor
    hours: Annotated[int, Meta(ge=1, le=CHARGE_HOURS)]
    cooldown_hours: CooldownHours
    source: Source
    rule: Literal["bill_shock"] = "bill_shock"

    @property
    def cooldown_ms(self) -> int:
        """The cool-down in milliseconds."""
        return self.cooldown_hours * MS_PER_HOUR


class PanicRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Episodes of data running out in one billing period."""

    episodes: Floor
    source: Source


class VoiceRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Raw seconds of calls of both directions in one billing period."""

    seconds: Floor
    source: Source


class BasicRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was spent in each of the newest closed billing periods."""

    spend: Ceiling
    currency: Currency
    months: Annotated[int, Meta(ge=1, le=MONTH_COUNT)]
    source: Source


class ForecastRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on, and by which rate, it is foreseen that a bucket runs out."""

    least_percent: Percent
    """Of the allowance that must be used, inclusive."""
    first_day: Annotated[int, Meta(ge=1, le=28)]
    """Local day of the billing period, the first is 1."""
    hours: WindowHours
    """That the straight line is drawn through."""
    rate: Literal["straight", "weekday"]
    """``weekday``: each day to come takes what that weekday took in the newest 35 days."""
    moves_by_days: Annotated[int, Meta(ge=0, le=31)]
    """By more than this the instant must move before it is told again."""
    source: Source

    @property
    def moves_by_ms(self) -> int:
        """``moves_by_days`` in milliseconds."""
        return self.moves_by_days * MS_PER_DAY


class BillWarningRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Percentages of the credit limit at which the subscriber is told, ascending."""

    percents: Annotated[tuple[Percent, ...], Meta(min_length=1, max_length=10)]
    source: Source
