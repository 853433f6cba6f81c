"""The profile of a subscriber (topic ``subscribers``) and groups that share (topic ``groups``)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from schemas.fields import Country, Identifier, Money, SubscriberId, Word
from schemas.times import Instant, to_ms, zone

CycleDay = Annotated[int, Meta(ge=1, le=31)]


class Contract(Struct, frozen=True, kw_only=True):
    """What the subscriber is bound to, until when, and what leaving earlier costs."""

    what: Word
    ends_on: date | None = None
    exit_fee: Money | None = None


class Consent(Struct, frozen=True, kw_only=True):
    """One consent or refusal. What is absent is refused."""

    purpose: Literal["commercial", "profiling"]
    granted: bool
    at: Instant
    channels: tuple[Word, ...] = ()
    source: str = ""
    proof_id: str | None = None

    def __post_init__(self) -> None:
        """Make the time a number of milliseconds."""
        force_setattr(self, "at", to_ms(self.at))


class Profile(Struct, frozen=True, kw_only=True):
    """Who the subscriber is to billing. Every list is bounded, for it is kept in the state."""

    subscriber_id: SubscriberId
    plan_id: Identifier | None
    """None for a prospect."""
    time_zone: Word
    cycle_day: CycleDay
    jurisdiction: Country
    status: Literal["prospect", "active", "suspended", "terminated"] = "active"
    account_type: Word = "person"
    account_id: Identifier | None = None
    group_id: Identifier | None = None
    born_on: date | None = None
    joined_on: date | None = None
    language: Word = "en"
    channels: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    contracts: Annotated[tuple[Contract, ...], Meta(max_length=64)] = ()
    consents: Annotated[tuple[Consent, ...], Meta(max_length=64)] = ()
    credit_limit: Money | None = None
    bill_limit: Money | None = None
    overage_consent: bool = False
    notice_opt_outs: Annotated[tuple[Word, ...], Meta(max_length=64)] = ()
    dnd: bool = False
    port_locked: bool = False
    vas: Annotated[tuple[Word, ...], Meta(max_length=256)] = ()
    household_lines: Annotated[int, Meta(ge=1, le=1024)] = 1
    """Lines of the household with this operator, this one included, as far as billing knows."""

    TIMES: ClassVar[tuple[str, ...]] = ()
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Refuse a time zone that the locked tzdata does not have."""
        zone(self.time_zone)


class Group(Struct, frozen=True, kw_only=True):
    """Subscribers who share the allowances of one plan."""

    group_id: Identifier
    owner_id: SubscriberId
    plan_id: Identifier
    members: Annotated[tuple[SubscriberId, ...], Meta(max_length=1024)]
    time_zone: Word
    cycle_day: CycleDay
    jurisdiction: Country

    TIMES: ClassVar[tuple[str, ...]] = ()
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Refuse a time zone that the locked tzdata does not have."""
        zone(self.time_zone)
