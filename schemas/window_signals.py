"""What is found by looking over a span of time, and what is owed (topic ``signals``)."""

from typing import ClassVar, Literal

from schemas.fields import Bucket, Money
from schemas.outputs import Output
from schemas.signals import Unit
from schemas.topics import SIGNALS

SegmentName = Literal["data_panic", "voice_heavy", "basic"]
IntentName = Literal["more_data", "broadband"]
LimitName = Literal["credit_limit", "bill_limit"]


class WindowSignal(Output, frozen=True, kw_only=True):
    """What was found over a span of time."""

    TOPIC: ClassVar[str] = SIGNALS


class Segment(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="segment"):
    """The subscriber is of a kind, judged by whole billing periods."""

    segment: SegmentName
    period: str
    """Local first day of the billing period in which it was found."""
    partial: bool
    """Fewer than six closed billing periods are known."""


class Intent(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="intent"):
    """What the subscriber does shows what is wanted."""

    intent: IntentName
    rule: str
    """Name of the rule that found it."""
    count: int
    """Events in the window, the causing one included."""
    window_hours: int


class UsageSpike(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="usage_spike"):
    """Far more was used in a day than is usual."""

    bucket: Bucket
    last_24h: int
    """Counted quantity in the UTC hours that end with the newest."""
    mean_day: int
    """Quantity of a mean day of the hours before; the fraction is cut."""
    unit: Unit


class BillShock(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="bill_shock"):
    """Roaming has cost a large part of the plan's price within hours."""

    window_hours: int
    charge: Money
    """What roaming records have caused in the window."""
    plan_price: Money
    """Of the plan, a month."""


class DroppedCalls(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="dropped_calls"):
    """Calls are cut off again and again."""

    count: int
    """Dropped calls in the window, the causing one included."""
    window_hours: int


class BillWarning(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="bill_warning"):
    """What is owed has reached ``level`` percent of a limit."""

    limit: LimitName
    """``credit_limit``: of all that is owed. ``bill_limit``: of one billing period's charges."""
    level: int
    """Percent."""
    owed: Money
    amount: Money
    """The limit, in the currency of ``owed``."""
    generation: int
    """Of the credit limit: goes up by one with each payment and each other limit. Of a bill limit 0."""
    period: str | None
    """Of a bill limit the billing period's local first day."""


class Arrears(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="arrears"):
    """More is owed than the credit limit; with a limit of 0, which is prepaid, anything at all."""

    owed: Money
    amount: Money
    """The credit limit."""
    generation: int
    """Goes up by one with each payment and each other limit."""


class Expiring(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="expiring"):
    """What is left of an add-on lapses soon."""

    bucket: Bucket
    addon_id: str
    left: int
    """Octets, seconds or messages, as ``unit`` says."""
    unit: Unit
    expires_at: str
    """RFC 3339 in UTC; usage from this instant on does not draw on it."""


WindowSignals = Segment | Intent | UsageSpike | BillShock | DroppedCalls | BillWarning | Arrears | Expiring
