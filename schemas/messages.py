"""What is said to the outside: topics ``care-events``, ``offer-events`` and ``suppressed-offers``.

An offer that keeps something from the subscriber cannot be built: every field is required, and what can be
checked is checked on construction.
"""

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import ClassVar, Final, Literal

from msgspec import Struct, field

from schemas.fields import Currency, DecimalText, PriceText
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
    NO_CONSENT = "no_consent"
    """No consent to commercial messages is in force; absent is refused."""
    DO_NOT_DISTURB = "do_not_disturb"
    NO_CHANNEL = "no_channel"
    """None of the subscriber's channels is one to which the consent extends."""
    NO_ADDON = "no_addon"
    """The catalogue has no add-on for this bucket and plan."""
    PERIOD_ENDED = "period_ended"
    """What would be bought would be for a period that is over."""


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


class CareEvent(Message, frozen=True, kw_only=True):
    """A service notice. Never any advertising in it."""

    type: CareType
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
        """Refuse an offer that nothing led to, without a way out, or whose bill does not add up.

        Raises: ValueError naming the field.
        """
        if not self.cause:
            raise ValueError("cause is empty: an offer needs a finding that led to it")
        if all(option.id != STAY for option in self.options):
            raise ValueError("options lack the one to stay")
        for name in ("text", "why", "effective_on", "how_to_accept", "how_to_cancel", "how_to_opt_out"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
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
