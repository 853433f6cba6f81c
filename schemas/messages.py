"""What is said to the outside: topics ``care-events``, ``offer-events`` and ``suppressed-offers``.

An offer that keeps something from the subscriber cannot be built: every field is required, and what can be
checked is checked on construction.
"""

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import ClassVar, Final, Literal

from msgspec import UNSET, Struct, UnsetType, field

from schemas.fields import Bucket, Currency, DecimalText, PriceText, Quantity
from schemas.outputs import Output
from schemas.topics import CARE_EVENTS, OFFER_EVENTS, SUPPRESSED_OFFERS

Channel = Literal["app", "sms", "wechat", "email", "call", "hall", "account_manager"]
CareType = Literal[
    "usage_notice",
    "throttle_notice",
    "limit_notice",
    "bill_notice",
    "security_notice",
    "port_information",
    "roaming_welcome",
    "complaint_progress",
    "greeting",
    "gift",
    "survey",
    "withdrawn",
]
OfferType = Literal["addon", "upgrade", "downgrade", "voice_pack", "family_plan"]

STAY: Final = "stay"
"""Id of the option to change nothing. Every offer has it."""


class SuppressionReason(StrEnum):
    """Why an offer was not made: the closed list, in the order in which an output names them."""

    NOT_ACTIVE = "not_active"
    """The subscriber's status is another one than ``active``."""
    ENTERPRISE = "enterprise"
    """Not a person's account: the account manager has a task instead."""
    UNDER_AGE = "under_age"
    UNKNOWN_AGE = "unknown_age"
    """Without a date of birth the subscriber is protected like a child."""
    NO_CONSENT = "no_consent"
    """No consent to commercial messages is in force; absent is refused."""
    NO_PROFILING_CONSENT = "no_profiling_consent"
    """A risk, a segment or an intent is among the causes, and looking for those was not agreed to."""
    DO_NOT_DISTURB = "do_not_disturb"
    NO_CHANNEL = "no_channel"
    """None of the subscriber's channels is one to which the consent extends and on which it may be said."""
    OPEN_COMPLAINT = "open_complaint"
    """Service comes first."""
    OPEN_FAULT = "open_fault"
    REFUSED_LATELY = "refused_lately"
    REFUSED_FOR_GOOD = "refused_for_good"
    """As often as the regime takes it; only a newer consent ends it."""
    SAID_LATELY = "said_lately"
    """The same plan or add-on."""
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    MONTH_CAP = "month_cap"
    QUIET_HOURS = "quiet_hours"
    """Never alone: what nothing else speaks against waits for their end."""
    NO_ADDON = "no_addon"
    """The catalogue has no add-on for this bucket and plan."""
    PERIOD_ENDED = "period_ended"
    """What would be bought would be for a period that is over."""
    OUTRANKED = "outranked"
    """Another offer is worth more to the subscriber, and one is enough."""
    CAUSE_RESOLVED = "cause_resolved"
    """What led to it was true no more when the quiet hours were over."""
    PLAN_CHANGED = "plan_changed"
    """The subscriber had another plan when the quiet hours were over."""
    CARE_FIRST = "care_first"
    """The subscriber may be about to leave: a person asks for the reason before anything is offered."""
    NAMES_OPERATOR = "names_operator"
    """Its text would name another operator, by the name of a plan or add-on."""
    BLOCKED = "blocked"
    """Never written: what is kept back for porting is kept back without a word."""


WithdrawalReason = Literal[
    "consent", "complaint", "port_request", "correction", "not_active", "do_not_disturb"
]
"""Why an offer that was made does not hold any more."""


class Template(Struct, frozen=True, kw_only=True):
    """Which text was filled with what."""

    id: str
    version: int
    params: dict[str, str]


class Item(Struct, frozen=True, kw_only=True):
    """One line of the bill that an offer adds up to. A decimal text in the offer's currency."""

    name: str
    price: DecimalText


class Option(Struct, frozen=True, kw_only=True):
    """One alternative, "stay" among them, with what it costs in a month."""

    id: str
    name: str
    monthly_cost: PriceText
    currency: Currency
    sufficient: bool
    """Nothing is cut off or slowed, and all of it has a known price."""


class Message(Output, frozen=True, kw_only=True):
    """What notices and offers have in common."""

    cause: tuple[str, ...]
    """Ids of the outputs that led here, ascending."""
    channel: Channel
    priority: int
    """1 (most urgent) to 4."""
    language: str
    """Of the text."""
    template: Template
    text: str
    why: str
    """One plain sentence."""
    due_by: str
    expires_at: str
    """Not to be sent any more from then on."""


class Grant(Struct, frozen=True, kw_only=True):
    """What a gift gives, free and without any condition."""

    bucket: Bucket
    amount: Quantity
    expires_at: str


class CareEvent(Message, frozen=True, kw_only=True):
    """A service notice. Never any advertising in it."""

    type: CareType
    of: str | UnsetType = UNSET
    """Of a ``withdrawn``: the offer's id."""
    reason: WithdrawalReason | UnsetType = UNSET
    """Of a ``withdrawn``."""
    grant: Grant | UnsetType = UNSET
    """Of a ``gift``. Its id is the care event's: whoever books it books it once."""
    class_: Literal["service"] = field(name="class", default="service")
    TOPIC: ClassVar[str] = CARE_EVENTS


class OfferEvent(Message, frozen=True, kw_only=True):
    """An offer that may be sent, with everything that the subscriber must know before accepting."""

    type: OfferType
    options: tuple[Option, ...]
    price_delta: DecimalText
    """What accepting adds to the cost of the month."""
    currency: Currency
    term_months: int
    exit_fee: PriceText
    """Of what is offered, when it is left before its term ends."""
    leaving_fee: PriceText
    """Once, for leaving the present contract before it ends."""
    effective_on: str
    """Local date."""
    how_to_accept: str
    how_to_cancel: str
    how_to_opt_out: str
    revert_until: str | None
    """Until when accepting can be taken back; None where that is promised for no time."""
    irreversible: bool
    gives_up: tuple[str, ...]
    """What the subscriber loses."""
    current_plan_closed: bool
    items: tuple[Item, ...]
    """Their sum is ``price_delta``."""
    class_: Literal["commercial"] = field(name="class", default="commercial")
    TOPIC: ClassVar[str] = OFFER_EVENTS

    def __post_init__(self) -> None:
        """Refuse an offer that nothing led to, without a way out, that hides a term, or does not add up.

        Raises: ValueError naming the field.
        """
        if not self.cause:
            raise ValueError("cause is empty: an offer needs a finding that led to it")
        if all(option.id != STAY for option in self.options):
            raise ValueError("options lack the one to stay")
        for name in ("text", "why", "effective_on", "how_to_accept", "how_to_cancel", "how_to_opt_out"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
        if self.current_plan_closed and not self.irreversible:
            raise ValueError("irreversible must be said: there is no way back to a closed plan")
        if self.term_months and str(self.term_months) not in self.text:
            raise ValueError("text does not say term_months")
        with localcontext(prec=64):  # the default's 28 digits would round away a difference
            total = sum((Decimal(item.price) for item in self.items), Decimal(0))
            if not self.items or total != Decimal(self.price_delta):
                raise ValueError("items do not add up to price_delta")


class SuppressedOffer(Output, frozen=True, kw_only=True):
    """An offer that was not made, and every reason that applied."""

    type: OfferType
    cause: tuple[str, ...]
    reasons: tuple[SuppressionReason, ...]
    class_: Literal["commercial"] = field(name="class", default="commercial")
    TOPIC: ClassVar[str] = SUPPRESSED_OFFERS

    def __post_init__(self) -> None:
        """Refuse one without a reason or a cause: it would explain nothing."""
        if not self.reasons or not self.cause:
            raise ValueError("a suppressed offer needs a cause and a reason")
        if SuppressionReason.BLOCKED in self.reasons:
            raise ValueError("what is blocked is not written at all")
