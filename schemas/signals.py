"""What was found: topics ``signals`` and ``port-signals``."""

from typing import ClassVar, Literal

from schemas.events import PortChannel, RaisedBy
from schemas.fields import Bucket, Money, Word
from schemas.outputs import Output
from schemas.topics import PORT_SIGNALS, SIGNALS

Unit = Literal["octet", "second", "message"]


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


class Throttled(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="throttled"):
    """The allowance is used and the plan goes on slowly, at no charge."""

    to_kbps: int | None


class Exhausted(UsageSignal, frozen=True, kw_only=True, tag_field="type", tag="exhausted"):
    """The allowance is used and the plan stops until something is bought or the period ends."""

    action: Literal["block", "pay_to_restore"]


class PortSignal(Output, frozen=True, kw_only=True):
    """The subscriber asked about porting out, or porting out was asked for."""

    channel: PortChannel | None
    form: Word | None
    raised_by: RaisedBy | None
    port_ref: str | None
    queries_30d: int
    """Queries on the UTC day of ``at`` and the 29 before, this one included."""
    risk: tuple[str, ...]
    """Reasons from a closed list."""

    TOPIC: ClassVar[str] = PORT_SIGNALS


class PortQuery(PortSignal, frozen=True, kw_only=True, tag_field="type", tag="port_query"):
    """The subscriber asked about leaving."""


class PortRequest(PortSignal, frozen=True, kw_only=True, tag_field="type", tag="port_request"):
    """Porting out was asked for."""


UsageSignals = NearLimit | Overage | Throttled | Exhausted
PortSignals = PortQuery | PortRequest
Signal = UsageSignals | PortSignals
