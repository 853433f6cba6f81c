"""What the detectors of windows look at: facts that `core` has gathered, and the rule that they met.

`CountChange`, `SpikeChange` and `ShockChange` come from a ``note`` that has fired, and are told as they are.
Of `SegmentChange` and `BillChange` the detectors say what is true; their marks go to ``keeper.raised``.
"""

from collections.abc import Iterable

from msgspec import Struct

from schemas.fields import Bucket, Money
from schemas.outputs import Evidence
from schemas.plans import Plan
from schemas.risk_signals import ValueTier
from schemas.signals import PortRoot, RiskReason
from schemas.window_signals import LimitName
from streams.core.bill import Bill
from streams.core.forecast import Forecast
from streams.core.grants import Grant
from streams.core.history import History, Month, period_total
from streams.core.money import money
from streams.core.recent import Reached
from streams.core.spike import Spiked
from streams.core.usage import Period, Usage
from streams.regimes.window_rules import DroppedCallsRule, IntentRule, ShockRule
from streams.regimes.windows import Windows
from streams.signals.change import Cause


class CountChange(Struct, frozen=True, kw_only=True):
    """An event, or a dropped call, was one too many."""

    cause: Cause
    source: str
    """Of the causing record."""
    rule: IntentRule | DroppedCallsRule
    reached: Reached


class SpikeChange(Struct, frozen=True, kw_only=True):
    """Far more was used in a day than is usual."""

    cause: Cause
    bucket: Bucket
    spiked: Spiked


class ShockChange(Struct, frozen=True, kw_only=True):
    """Roaming has cost too much within hours."""

    cause: Cause
    source: str
    """Of the causing record."""
    rule: ShockRule
    charge: Money
    """In the window."""
    plan_price: Money
    plan_version: int


class SegmentChange(Struct, frozen=True, kw_only=True):
    """What one billing period was has changed, or a new one has begun."""

    cause: Cause
    period: str
    """Local first day of the period of ``keeper``."""
    keeper: History
    months: tuple[Month, ...] = ()
    """The closed periods, ascending, without a gap."""
    is_first: bool = False
    """The causing record is the first of the period: those that have closed are looked at."""
    windows: Windows


class ForecastChange(Struct, frozen=True, kw_only=True):
    """A bucket is foreseen to run out, for the first time or at quite another time than before."""

    cause: Cause
    period: Period
    bucket: Bucket
    plan: Plan
    usage: Usage
    forecast: Forecast
    n: int
    """The n-th of the bucket in the period, from 1 on."""


class ExpiringChange(Struct, frozen=True, kw_only=True):
    """What is left of a grant lapses soon: a timer's finding."""

    cause: Cause
    grant: Grant
    bucket: Bucket
    left: int
    """In the bucket's unit; more than nothing."""


class BillChange(Struct, frozen=True, kw_only=True):
    """What is owed, or its limit, has changed."""

    cause: Cause
    limit: LimitName
    owed: Money
    amount: Money
    """The limit, in the currency of ``owed``."""
    generation: int = 0
    period: str | None = None
    """Of a bill limit."""
    percents: tuple[int, ...]
    """Levels to tell of, ascending."""
    keeper: Bill | History

    @classmethod
    def of_credit(cls, cause: Cause, bill: Bill, percents: tuple[int, ...]) -> "BillChange | None":
        """Return all that is owed against the credit limit, None where there is no limit."""
        limit = bill.credit_limit
        if limit is None:
            return None
        return cls(
            cause=cause,
            limit="credit_limit",
            owed=bill.owed_of(limit),
            amount=Money(*limit),
            generation=bill.generation,
            percents=percents,
            keeper=bill,
        )

    @classmethod
    def of_period(  # noqa: PLR0913 - three of them name the period, two the limit
        cls,
        cause: Cause,
        bill: Bill,
        history: History,
        *,
        period: str,
        charges: Iterable[Money],
        percents: tuple[int, ...],
    ) -> "BillChange | None":
        """Return one billing period's charges against the bill limit, None where there is no limit.

        ``charges`` are those of its buckets; what billing has accrued is in the history.
        """
        if bill.bill_limit is None or not percents:
            return None
        amount, currency = bill.bill_limit
        total = period_total(accrued=history.accrued, charges=charges, currency=currency)
        return cls(
            cause=cause,
            limit="bill_limit",
            owed=money(total, currency),
            amount=Money(amount, currency),
            period=period,
            percents=percents,
            keeper=history,
        )


class ChurnChange(Struct, frozen=True, kw_only=True):
    """Enough speaks for it that the subscriber is about to leave."""

    cause: Cause
    keys: tuple[str, str | int | None]
    """Key fields: source and identity of the causing record; of a timer the rule and its due time."""
    reasons: tuple[RiskReason, ...]
    score: int
    value: ValueTier
    services: tuple[str, ...]
    roots: tuple[PortRoot, ...]
    evidence: tuple[Evidence, ...]
    """Of the reasons that the causing record did not bring."""


WindowChange = (
    CountChange
    | SpikeChange
    | ShockChange
    | SegmentChange
    | ForecastChange
    | ExpiringChange
    | BillChange
    | ChurnChange
)
