"""A regime as its TOML file has it: each value a table with its source, and what makes one wrong.

Conditions that hold within one table raise ValueError as it is built, so that reading reports them with
their place. What holds between files is in `streams.regimes`.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from schemas.fields import QUANTITY_LAST, Bucket, Country, Currency, PriceText
from streams.regimes.contact import ContactFile, ContactValue, DefaultContactFile
from streams.regimes.porting_rules import TABLES, DefaultPortingFile, PortingFile, PortingValue
from streams.regimes.provenance import Provenance, Text

Percent = Annotated[int, Meta(ge=1, le=100)]
Scope = Literal["subscriber", "account"]
"""Whose total it is: one line's, or that of everybody whom one bill holds together."""

STEP_COUNT_MAX: Final = 1_000
"""No period may raise more steps of a bucket: each is a signal, and a mark in the state."""


class Levels(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Percentages at which the subscriber is told, ascending."""

    value: Annotated[tuple[Percent, ...], Meta(min_length=1, max_length=10)]

    def __post_init__(self) -> None:
        """Refuse levels out of order: the lowest is looked at first, and what is below it costs nothing."""
        super().__post_init__()
        if list(self.value) != sorted(set(self.value)):
            raise ValueError("value must ascend")


class Hours(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span in hours."""

    value: Annotated[int, Meta(ge=1, le=24 * 30)]


class BucketSteps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When overage of one bucket is said again: at amounts of money, or every so many units."""

    bucket: Bucket
    money: Annotated[tuple[PriceText, ...], Meta(min_length=1, max_length=10)] | None = None
    currency: Currency | None = None
    every: Annotated[int, Meta(ge=1, le=QUANTITY_LAST)] | None = None
    """In the bucket's unit: octets, seconds, messages."""
    count_max: Annotated[int, Meta(ge=1, le=STEP_COUNT_MAX)] | None = None
    scope: Scope = "subscriber"
    needs_consent: bool = False
    """Beyond the amount nothing may be charged unless the subscriber has said yes."""
    only_without_allowance: bool = False
    """Holds only where the plan's own allowance of the bucket is 0."""

    def __post_init__(self) -> None:
        """Refuse what is neither the one kind nor the other. All that is wrong is said."""
        wrong = []
        if (self.money is None) == (self.every is None):
            wrong.append("give either money or every")
        if (self.money is None) != (self.currency is None):
            wrong.append("money and currency belong together")
        if (self.every is None) != (self.count_max is None):
            wrong.append("every and count_max belong together")
        if self.every is not None and self.scope == "account":
            wrong.append("every is a line's: what an account adds up is money")
        amounts = [_nano(text) for text in self.money or ()]
        if amounts != sorted(set(amounts)):
            wrong.append("money must ascend")
        if 0 in amounts:
            wrong.append("money must be above 0")
        if wrong:
            raise ValueError(", ".join(wrong))


class Steps(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The steps of every bucket that has some."""

    value: Annotated[tuple[BucketSteps, ...], Meta(max_length=8)]

    def __post_init__(self) -> None:
        """Refuse a bucket that is there twice: only one would hold."""
        super().__post_init__()
        buckets = [steps.bucket for steps in self.value]
        if twice := sorted({bucket for bucket in buckets if buckets.count(bucket) > 1}):
            raise ValueError(f"more than one entry for {', '.join(twice)}")


class Gap(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that is known and that nothing here acts on: whoever reads the regime must hear of it."""

    rule: Text


Value = Levels | Hours | Steps | ContactValue | PortingValue


VALUES: Final = (
    "near_limit_percents",
    "notice_within_hours",
    "overage_steps",
    "expiry_reminder_hours",
    "bill_limit_percents",
    *(f"porting.{name}" for name in TABLES),
)
"""The tables of a `RegimeFile` that decide something."""


class RegimeFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A regime as its TOML file has it."""

    version: Annotated[int, Meta(ge=1)]
    countries: tuple[Country, ...] = ()
    near_limit_percents: Levels | None = None
    notice_within_hours: Hours | None = None
    overage_steps: Steps | None = None
    expiry_reminder_hours: Hours | None = None
    bill_limit_percents: Levels | None = None
    contact: ContactFile | None = None
    porting: PortingFile | None = None
    not_acted_on: tuple[Gap, ...] = ()

    def given(self) -> Iterator[tuple[str, Value]]:
        """Yield the name and the table of each value that the file gives."""
        for name in VALUES:
            group, _, own = name.rpartition(".")
            value: Value | None = getattr(getattr(self, group) if group else self, own, None)
            if value is not None:
                yield name, value
        for name, of_contact in () if self.contact is None else self.contact.given():
            yield f"contact.{name}", of_contact

    def unconfirmed(self) -> tuple[str, ...]:
        """Return the names of the values that nobody has confirmed."""
        return tuple(name for name, value in self.given() if not value.is_confirmed)

    def premature(self, today: date) -> tuple[str, ...]:
        """Return the names of the values with a date that has not come: they decide all the same."""
        return tuple(name for name, value in self.given() if value.is_after(today))


class DefaultFile(RegimeFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that gives every value."""

    near_limit_percents: Levels
    notice_within_hours: Hours
    overage_steps: Steps
    expiry_reminder_hours: Hours
    bill_limit_percents: Levels
    contact: DefaultContactFile
    porting: DefaultPortingFile


def _nano(text: str) -> int:
    """Return an amount in billionths, the finest that a price has."""
    whole, _, fraction = text.partition(".")
    return int(f"{whole}{fraction:0<9}")
