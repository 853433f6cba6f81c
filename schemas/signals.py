"""What was found: topics ``signals`` and ``port-signals``."""

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from schemas.events import PortChannel, RaisedBy
from schemas.fields import Bucket, Money, Word
from schemas.outputs import Output
from schemas.topics import PORT_SIGNALS, SIGNALS

Unit = Literal["octet", "second", "message"]
RiskReason = Literal[
    "vas_unused",
    "competitor_pages",
    "competitor_reported",
    "complaint_and_query",
    "cancelled_and_query",
    "bill_dispute",
    "network_trouble",
    "bundle_cancelled",
    "few_contracts",
    "not_reached",
]
"""What speaks for it that a subscriber is about to leave: the closed list, in its order."""
FraudReason = Literal["sim_swap", "many_numbers"]
"""What speaks for it that it is somebody else who wants the number."""
PortRisk = Literal[RiskReason, FraudReason, "number_locked"]
PortRoot = Literal["query", "request_by_customer", "request_by_gaining_operator", "suspicion"]
"""What a finding has to do with porting, followed to its root. What may come of it is the regime's to say."""


class UsageSignal(Output, frozen=True, kw_only=True):
    """A state of one bucket in one billing period."""

    bucket: Bucket
    period: str
    """The period's local first day."""
    period_ends_at: str
    used: int
    allowance: int
    remaining: int
    unit: Unit
    plan_id: str
    generation: int
    """Goes up by one each time the bucket's allowance in the period changes."""
    late: bool
    """The record arrived after the period had ended."""
    line: str | UnsetType = UNSET
    """Of a group's bucket: the member whose record crossed; the subscriber is the owner then."""

    TOPIC: ClassVar[str] = SIGNALS


class NearLimit(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="near_limit"):
    """Used has reached ``level`` percent of the allowance."""

    level: int


class Overage(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="overage"):
    """Used is above an allowance beyond which the plan charges."""

    over: int
    charge: Money | None
    """What it costs so far; None where neither the records nor the plan say."""
    step: int
    """0 when the allowance is passed; 1, 2, ... with each money or volume step of the regime."""
    cap: Money | UnsetType | None = UNSET
    """Of a money step: the amount that is reached."""
    consent: bool | UnsetType = UNSET
    """Of a step beyond which the regime asks for it: whether the subscriber has agreed to go on."""


class Throttled(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="throttled"):
    """The allowance is used and the plan goes on slowly, at no charge."""

    to_kbps: int | None


class Exhausted(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="exhausted"):
    """The allowance is used and the plan stops until something is bought or the period ends."""

    action: Literal["block", "pay_to_restore"]


class Said(Output, frozen=True, kw_only=True):
    """A word on a signal that was raised before. It changes a reader's state and causes no notice."""

    of: str
    """The signal's id."""
    n: int
    """The n-th time, from 1 on."""
    bucket: Bucket
    period: str

    TOPIC: ClassVar[str] = SIGNALS


class Resolved(Said, frozen=True, kw_only=True, tag_field="type", tag="resolved"):
    """What was raised is true no more, after a correction or a change of the allowance."""


class Reinstated(Said, frozen=True, kw_only=True, tag_field="type", tag="reinstated"):
    """What was resolved is true again."""


class LateAdjustment(Output, frozen=True, kw_only=True, tag_field="type", tag="late_adjustment"):
    """A record has changed a billing period that ended longer ago than a notice would help."""

    bucket: Bucket
    period: str
    unit: Unit
    plan_id: str
    used_before: int
    used_after: int
    charge_before: Money | None
    """0 where nothing was over; null where the plan has no price for it and no record a charge."""
    charge_after: Money | None
    line: str | UnsetType = UNSET

    TOPIC: ClassVar[str] = SIGNALS


class Forecast(Output, frozen=True, kw_only=True, tag_field="type", tag="forecast"):
    """At the rate of the last seven days the bucket runs out before the period ends."""

    bucket: Bucket
    period: str
    period_ends_at: str
    runs_out_at: str
    rate_per_day: int
    used: int
    allowance: int
    unit: Unit
    plan_id: str
    n: int
    """The n-th forecast of the bucket in the period, from 1 on."""
    line: str | UnsetType = UNSET

    TOPIC: ClassVar[str] = SIGNALS


class PortSignal(Output, frozen=True, kw_only=True):
    """The subscriber asked about porting out, or porting out was asked for."""

    channel: PortChannel | None
    form: Word | None
    raised_by: RaisedBy | None
    port_ref: str | None
    queries_30d: int
    """Queries on the UTC day of ``at`` and the 29 before, this one included."""
    risk: tuple[PortRisk, ...]
    """What holds of the subscriber at the time, of a closed list."""

    TOPIC: ClassVar[str] = PORT_SIGNALS


class PortQuery(PortSignal, frozen=True, kw_only=True, tag_field="type", tag="port_query"):
    """The subscriber asked about leaving."""


class PortRequest(PortSignal, frozen=True, kw_only=True, tag_field="type", tag="port_request"):
    """Porting out was asked for."""


class PortFraudSuspect(Output, frozen=True, kw_only=True, tag_field="type", tag="port_fraud_suspect"):
    """It may be somebody else who asks, or asked, for the number."""

    reason: FraudReason
    port_ref: str | None
    """Of a request."""
    swapped_at: str | None
    """Of ``sim_swap``: when the SIM was changed."""
    numbers: int | None
    """Of ``many_numbers``: how many were asked about from the same device or agent."""

    TOPIC: ClassVar[str] = PORT_SIGNALS


UsageSignals = NearLimit | Overage | Throttled | Exhausted
PortSignals = PortQuery | PortRequest | PortFraudSuspect
BucketSignals = UsageSignals | Resolved | Reinstated | LateAdjustment | Forecast
