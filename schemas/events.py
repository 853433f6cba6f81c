"""What subscribers do, and what is done for them, tagged by ``type`` (topic ``usage-events``).

The names of types follow ``noun.past_participle``. Never a message's text, never a number of somebody else.
"""

from datetime import date
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from schemas.fields import Bucket, Country, Identifier, Money, Quantity, SubscriberId, Word
from schemas.times import Instant, to_ms

PortChannel = Literal["sms", "ussd", "app", "web", "call", "shop"]
RaisedBy = Literal["customer", "gaining_operator"]


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What all events have in common."""

    event_id: Identifier
    subscriber_id: SubscriberId
    at: Instant
    """Event time."""
    source: str = ""

    TIMES: ClassVar[tuple[str, ...]] = ("at",)
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Make every time a number of milliseconds."""
        for name in self.TIMES:
            value = getattr(self, name)
            if value is not None:
                force_setattr(self, name, to_ms(value))


class PortQueried(Event, frozen=True, kw_only=True, tag="port.queried"):
    """The subscriber asked about leaving with the number."""

    channel: PortChannel
    form: Word | None = None
    """``CXXZ``, ``INFO``, ``PORT``, ..."""
    agent: Word | None = None
    device: Word | None = None


class PortStep(Event, frozen=True, kw_only=True):
    """A step of porting out, known to the operator by ``port_ref``."""

    port_ref: Identifier
    form: Word
    """How it was asked for: ``SQXZ``, ``PAC``, ``STAC``, ``UPC``, ..."""
    raised_by: RaisedBy
    expires_at: Instant | None = None

    TIMES: ClassVar[tuple[str, ...]] = ("at", "expires_at")


class PortRequested(PortStep, frozen=True, kw_only=True, tag="port.requested"):
    """Porting out was asked for."""


class PortCodeIssued(PortStep, frozen=True, kw_only=True, tag="port.code_issued"):
    """The code that lets the number go was issued."""


class PortCompleted(PortStep, frozen=True, kw_only=True, tag="port.completed"):
    """The number has gone."""


class PortCancelled(PortStep, frozen=True, kw_only=True, tag="port.cancelled"):
    """The request was taken back."""


class AppViewed(Event, frozen=True, kw_only=True, tag="app.viewed"):
    """A page of the operator's own app or site was looked at."""

    page: Literal["balance", "plans", "broadband", "competitor_plans", "other"]


class CareContacted(Event, frozen=True, kw_only=True, tag="care.contacted"):
    """The subscriber asked care something."""

    channel: Word
    topic: Word
    """``data_short``, ``bill_dispute``, ``network_fault``, ``competitor``, ..."""


class CompetitorReported(Event, frozen=True, kw_only=True, tag="competitor.reported"):
    """The subscriber tells us of a rival's approach."""

    channel: Word


class VasUsed(Event, frozen=True, kw_only=True, tag="vas.used"):
    """A value-added service was used."""

    service_id: Identifier


class ServiceOrdered(Event, frozen=True, kw_only=True, tag="service.ordered"):
    """A service was ordered."""

    service: Word


class ServiceCancelled(Event, frozen=True, kw_only=True, tag="service.cancelled"):
    """A service was cancelled."""

    service: Word


class FaultOpened(Event, frozen=True, kw_only=True, tag="fault.opened"):
    """A fault of the subscriber's line was opened."""

    fault_id: Identifier


class FaultCleared(Event, frozen=True, kw_only=True, tag="fault.cleared"):
    """A fault was cleared."""

    fault_id: Identifier


class DeviceChanged(Event, frozen=True, kw_only=True, tag="device.changed"):
    """The subscriber's device changed."""

    model: Word
    generation: Literal["3g", "4g", "5g"]


class SimSwapped(Event, frozen=True, kw_only=True, tag="sim.swapped"):
    """The number moved to another SIM."""


class RoamingEntered(Event, frozen=True, kw_only=True, tag="roaming.entered"):
    """The subscriber registered abroad."""

    country: Country


class RoamingLeft(Event, frozen=True, kw_only=True, tag="roaming.left"):
    """The subscriber left the country visited."""

    country: Country


class AddonPurchased(Event, frozen=True, kw_only=True, tag="addon.purchased"):
    """An add-on was bought; ``expires_at`` None is the period's end."""

    addon_id: Identifier
    bucket: Bucket
    amount: Quantity
    expires_at: Instant | None = None

    TIMES: ClassVar[tuple[str, ...]] = ("at", "expires_at")
    QUANTITIES: ClassVar[tuple[str, ...]] = ("amount",)


class BalanceReported(Event, frozen=True, kw_only=True, tag="balance.reported"):
    """The opening total from billing: replaces what was counted up to ``as_of``."""

    bucket: Bucket
    period: date
    used: Quantity
    as_of: Instant

    TIMES: ClassVar[tuple[str, ...]] = ("at", "as_of")
    QUANTITIES: ClassVar[tuple[str, ...]] = ("used",)


class ChargeAccrued(Event, frozen=True, kw_only=True, tag="charge.accrued"):
    """A charge was added to the bill."""

    amount: Money


class PaymentReceived(Event, frozen=True, kw_only=True, tag="payment.received"):
    """A payment arrived."""

    amount: Money


class ComplaintStep(Event, frozen=True, kw_only=True):
    """A step in the life of a complaint."""

    complaint_id: Identifier
    topic: Word
    channel: Word
    owner: Word | None = None


class ComplaintOpened(ComplaintStep, frozen=True, kw_only=True, tag="complaint.opened"):
    """A complaint was opened."""


class ComplaintAssigned(ComplaintStep, frozen=True, kw_only=True, tag="complaint.assigned"):
    """A complaint has an owner."""


class ComplaintProgressed(ComplaintStep, frozen=True, kw_only=True, tag="complaint.progressed"):
    """A complaint has moved on."""


class ComplaintResolved(ComplaintStep, frozen=True, kw_only=True, tag="complaint.resolved"):
    """We say that a complaint is resolved."""


class ComplaintConfirmed(ComplaintStep, frozen=True, kw_only=True, tag="complaint.confirmed"):
    """The subscriber says so too."""


class ComplaintClosed(ComplaintStep, frozen=True, kw_only=True, tag="complaint.closed"):
    """A complaint is closed."""


class ConsentChanged(Event, frozen=True, kw_only=True, tag="consent.changed"):
    """One consent changed; ``at`` and ``source`` are the consent's own."""

    purpose: Literal["commercial", "profiling"]
    granted: bool
    channels: tuple[Word, ...] = ()
    proof_id: Identifier | None = None


class OfferResponded(Event, frozen=True, kw_only=True, tag="offer.responded"):
    """The subscriber reacted to an offer."""

    offer_id: Identifier
    response: Literal["seen", "accepted", "refused"]


class MessageReported(Event, frozen=True, kw_only=True, tag="message.reported"):
    """What became of a notice or an offer; ``of`` is its id."""

    of: Identifier
    status: Literal["delivered", "failed", "seen"]
    channel: Word


class SurveyAnswered(Event, frozen=True, kw_only=True, tag="survey.answered"):
    """A survey was answered."""

    survey: Word
    score: float


EventRecord = (
    PortQueried
    | PortRequested
    | PortCodeIssued
    | PortCompleted
    | PortCancelled
    | AppViewed
    | CareContacted
    | CompetitorReported
    | VasUsed
    | ServiceOrdered
    | ServiceCancelled
    | FaultOpened
    | FaultCleared
    | DeviceChanged
    | SimSwapped
    | RoamingEntered
    | RoamingLeft
    | AddonPurchased
    | BalanceReported
    | ChargeAccrued
    | PaymentReceived
    | ComplaintOpened
    | ComplaintAssigned
    | ComplaintProgressed
    | ComplaintResolved
    | ComplaintConfirmed
    | ComplaintClosed
    | ConsentChanged
    | OfferResponded
    | MessageReported
    | SurveyAnswered
)
