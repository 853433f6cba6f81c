"""When and how often a subscriber may be written to for our own sake: section ``[contact]`` of a regime.

Each value is a table with its source, as all of a regime's. `ContactRules` is what comes of them.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from schemas.messages import Channel
from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.regimes.provenance import Provenance

OFFER_COUNT_MAX: Final = 16
"""No regime allows more offers in a month: so many are remembered of each subscriber."""
DAY_MS: Final = 24 * MS_PER_HOUR
WEEK_MS: Final = 7 * MS_PER_DAY
MONTH_MS: Final = 31 * MS_PER_DAY
"""The spans that the caps are about, ending now: no calendar month has more than this."""

ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
OfferCount = Annotated[int, Meta(ge=0, le=OFFER_COUNT_MAX)]
Postponable = Literal[
    "usage_notice",
    "throttle_notice",
    "limit_notice",
    "bill_notice",
    "roaming_welcome",
    "complaint_progress",
    "greeting",
    "gift",
    "survey",
]
"""Notices that a law may let wait or be done without: all but security, porting and withdrawals."""
OptOut = Postponable | Literal["overage_steps"]
"""``overage_steps``: the repeated ones beyond the allowance, not the first."""


class Hours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of the day by the clock on the wall, half-open; it may go over midnight."""

    from_: ClockTime = field(name="from")
    to: ClockTime

    def __post_init__(self) -> None:
        """Refuse a span that is nothing or everything."""
        if self.from_ == self.to:
            raise ValueError("from and to are the same time")


class QuietHours(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When nobody is written to who need not be, where the subscriber lives."""

    value: Hours


class Offers(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many offers of all kinds a span may have."""

    value: OfferCount


class Days(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span in days: an offer is remembered a little longer than the longest."""

    value: Annotated[int, Meta(ge=1, le=90)]


class Refusals(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how many refusals there are no offers any more."""

    value: Annotated[int, Meta(ge=1, le=10)]


class Age(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An age in years."""

    value: Annotated[int, Meta(ge=0, le=120)]


class Waiting(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notices that wait for the end of the quiet hours."""

    value: tuple[Postponable, ...]


class OptOuts(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notices that a subscriber may do without (``notice_opt_outs`` of the profile)."""

    value: tuple[OptOut, ...]


class AgeBand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Channels of those who are younger than ``below`` and no younger than the band before."""

    channels: Annotated[tuple[Channel, ...], Meta(min_length=1)]
    below: Annotated[int, Meta(ge=1, le=120)] | None = None


class Bands(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which channels offers go where the profile names none, by age."""

    value: Annotated[tuple[AgeBand, ...], Meta(min_length=1, max_length=10)]

    def __post_init__(self) -> None:
        """Refuse bands out of order, or without an end: everybody is of one."""
        super().__post_init__()
        ages = [band.below for band in self.value[:-1]]
        if None in ages or self.value[-1].below is not None or ages != sorted({age for age in ages if age}):
            raise ValueError("below must ascend, and the last band has none")


ContactValue = QuietHours | Offers | Days | Refusals | Age | Waiting | OptOuts | Bands


class ContactFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section as a regime's file has it; what it does not give is the default's."""

    quiet_hours: QuietHours | None = None
    offers_a_day: Offers | None = None
    offers_a_week: Offers | None = None
    offers_a_month: Offers | None = None
    same_offer_days: Days | None = None
    refusal_wait_days: Days | None = None
    refusals_most: Refusals | None = None
    adult_age: Age | None = None
    no_calls_from_age: Age | None = None
    notices_that_wait: Waiting | None = None
    notice_opt_outs: OptOuts | None = None
    channels_by_age: Bands | None = None

    def given(self) -> Iterator[tuple[str, ContactValue]]:
        """Yield the name and the table of each value that the section gives."""
        for name in self.__struct_fields__:
            value: ContactValue | None = getattr(self, name)
            if value is not None:
                yield name, value


class DefaultContactFile(ContactFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section that gives every value."""

    quiet_hours: QuietHours
    offers_a_day: Offers
    offers_a_week: Offers
    offers_a_month: Offers
    same_offer_days: Days
    refusal_wait_days: Days
    refusals_most: Refusals
    adult_age: Age
    no_calls_from_age: Age
    notices_that_wait: Waiting
    notice_opt_outs: OptOuts
    channels_by_age: Bands


class ContactRules(Struct, frozen=True, kw_only=True):
    """The rules of contact that hold for a subscriber, complete."""

    quiet_from_minute: int
    """Minutes after midnight on the wall, inclusive."""
    quiet_to_minute: int
    """Exclusive."""
    offers_a_day: int
    offers_a_week: int
    offers_a_month: int
    same_offer_ms: int
    """How long the same plan or add-on is not offered again."""
    refusal_wait_ms: int
    refusals_most: int
    """With so many there are no offers any more."""
    adult_age: int
    no_calls_from_age: int
    """From this age on nobody is called with an offer."""
    notices_that_wait: frozenset[str]
    notice_opt_outs: frozenset[str]
    channels_by_age: tuple[AgeBand, ...]

    def channels_at(self, age: int) -> tuple[Channel, ...]:
        """Return the channels of an age for those who have named none."""
        bands = self.channels_by_age
        return next(band.channels for band in bands if band.below is None or age < band.below)


def complete(own: ContactFile | None, default: DefaultContactFile) -> ContactRules:
    """Return a section's rules with the default's values where it gives none."""
    own = own or ContactFile()
    hours = (own.quiet_hours or default.quiet_hours).value
    return ContactRules(
        quiet_from_minute=_minute(hours.from_),
        quiet_to_minute=_minute(hours.to),
        offers_a_day=(own.offers_a_day or default.offers_a_day).value,
        offers_a_week=(own.offers_a_week or default.offers_a_week).value,
        offers_a_month=(own.offers_a_month or default.offers_a_month).value,
        same_offer_ms=(own.same_offer_days or default.same_offer_days).value * MS_PER_DAY,
        refusal_wait_ms=(own.refusal_wait_days or default.refusal_wait_days).value * MS_PER_DAY,
        refusals_most=(own.refusals_most or default.refusals_most).value,
        adult_age=(own.adult_age or default.adult_age).value,
        no_calls_from_age=(own.no_calls_from_age or default.no_calls_from_age).value,
        notices_that_wait=frozenset((own.notices_that_wait or default.notices_that_wait).value),
        notice_opt_outs=frozenset((own.notice_opt_outs or default.notice_opt_outs).value),
        channels_by_age=(own.channels_by_age or default.channels_by_age).value,
    )


def _minute(clock: str) -> int:
    """Return the minutes after midnight of ``HH:MM``."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
