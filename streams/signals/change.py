"""What detectors look at: what one record did to one subscriber."""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType

from schemas.envelope import Raw
from schemas.events import PortQueried, PortRequested
from schemas.fields import Bucket
from schemas.found import Signal
from schemas.outputs import DecidedBy, Evidence, Output, derive_id
from schemas.plans import Allowance, Plan
from schemas.signals import FraudReason, PortRisk
from schemas.times import format_instant
from streams.core.counting import unit_of
from streams.core.usage import Former, Period, Usage
from streams.regimes import Regime
from streams.version import VERSION

AnyOutput = TypeVar("AnyOutput", bound=Output)


class Cause(Struct, frozen=True, gc=False):
    """Why something is looked at, and when."""

    subscriber_id: str
    raw: Raw | None
    """The causing record, where it lies; None for a timer."""
    record_id: str | None
    """Its identity, of an event the ``event_id``; a profile has none."""
    at_ms: int
    """Event time of the record; for a profile its arrival."""
    clock_ms: int
    """The partition's clock."""
    source: str = ""
    """The causing record's."""
    line: str | UnsetType = UNSET
    """Of a group's usage: the member whose record it is; the subscriber is the owner then."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was read."""
        if self.raw is None:
            return ()
        topic, partition, offset, *_ = self.raw
        return (Evidence(topic=topic, partition=partition, offset=offset, record_id=self.record_id),)

    def signal(
        self,
        kind: type[AnyOutput],
        *keys: object,
        regime: Regime,
        plan_version: int | None,
        **own: Any,  # noqa: ANN401
    ) -> AnyOutput:
        """Return a signal: what all have in common, and its own fields. ``keys`` are its key fields.

        ``own`` is `Any`: each kind has fields of its own, which its constructor checks by name.
        """
        name = str(kind.__struct_config__.tag)
        return kind(
            id=derive_id(kind.TOPIC, name, self.subscriber_id, *keys),
            subscriber_id=self.subscriber_id,
            at=format_instant(self.at_ms),
            decided_at=format_instant(self.clock_ms),
            decided_by=DecidedBy(
                rule=name,
                regime=regime.name,
                regime_version=regime.version,
                plan_version=plan_version,
                build=VERSION,
            ),
            evidence=self.evidence,
            **own,
        )


class UsageChange(Struct, frozen=True, kw_only=True, gc=False):
    """The total of a bucket in a billing period, or its allowance, has changed."""

    cause: Cause
    is_late: bool
    """The record arrived after the period had ended."""
    period: Period
    bucket: Bucket
    plan: Plan
    allowance: Allowance
    """As the plan has it: what happens beyond, and how it is rounded."""
    usage: Usage
    """As it is now."""
    consent: bool = False
    """The subscriber has agreed to charges beyond the steps at which a regime asks."""
    account_id: str | None = None
    """Whose limits are looked at for all its lines together, not here."""
    former: Former | None = None
    """The generation that ended with this change, and what it had raised."""

    @property
    def amount(self) -> int | None:
        """The whole allowance, grants and all; None is unlimited."""
        return self.usage.allowance

    def is_used_up(self) -> bool:
        """Return whether the allowance is used; one of nothing is with the first unit."""
        return self.amount is not None and self.usage.used >= max(self.amount, 1)

    def signal(
        self,
        kind: type[AnyOutput],
        *keys: object,
        regime: Regime,
        **own: Any,  # noqa: ANN401
    ) -> AnyOutput:
        """Return a signal on this bucket; ``keys`` stand between period and generation in its identity."""
        used, allowance = self.usage.used, self.amount or 0
        return self.cause.signal(
            kind,
            self.bucket,
            self.period.day,
            *keys,
            self.usage.generation,
            regime=regime,
            plan_version=self.plan.version,
            bucket=self.bucket,
            period=self.period.day,
            period_ends_at=format_instant(self.period.ends_ms),
            used=used,
            allowance=allowance,
            remaining=max(0, allowance - used),
            unit=unit_of(self.bucket),
            plan_id=self.plan.plan_id,
            generation=self.usage.generation,
            late=self.is_late,
            line=self.cause.line,
            **own,
        )


class PortChange(Struct, frozen=True, kw_only=True):
    """The subscriber asked about porting out, or porting out was asked for."""

    cause: Cause
    event: PortQueried | PortRequested
    queries_30d: int
    risk: tuple[PortRisk, ...] = ()
    """What holds of the subscriber, this event included."""

    def signal(
        self,
        kind: type[AnyOutput],
        *,
        regime: Regime,
        **own: Any,  # noqa: ANN401
    ) -> AnyOutput:
        """Return a signal on porting; its identity is the event's."""
        return self.cause.signal(
            kind,
            self.event.source,
            self.event.event_id,
            regime=regime,
            plan_version=None,
            form=self.event.form,
            queries_30d=self.queries_30d,
            risk=self.risk,
            **own,
        )


class SuspectChange(Struct, frozen=True, kw_only=True):
    """A question or a request turns out to be suspicious."""

    cause: Cause
    reason: FraudReason
    source: str
    event_id: str
    """Of the question or request."""
    port_ref: str | None = None
    swapped_ms: int | None = None
    numbers: int | None = None


Change = UsageChange | PortChange | SuspectChange

Truth = tuple[str, Callable[[], Signal] | None]
"""What a detector finds to be true: its mark, and how its signal is made, which costs too much for what is
raised already. None: it is not raised, but what has raised it before is as true as it was."""
