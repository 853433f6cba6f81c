"""What a good record does to a subscriber: the state moves, and what there is to look at comes out.

Everything that can refuse a record is checked before the first change, so that a `SchemaError` leaves the
state as it was.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from schemas.cdr import CdrRecord
from schemas.errors import Reason, SchemaError
from schemas.events import ConsentChanged, EventRecord, PortQueried, PortRequested
from schemas.fields import Bucket, Money
from schemas.plans import Plan
from schemas.times import MS_PER_DAY, MS_PER_MINUTE
from streams.core.counting import TOTAL_LAST, billable, bucket_of
from streams.core.subscriber import CURRENCY_COUNT_MAX, Period, Subscriber, Usage
from streams.core.window import QUERY_DAY_COUNT, add_to
from streams.regimes import Regime
from streams.signals.change import Cause, PortChange, UsageChange

AHEAD_MS: Final = 5 * MS_PER_MINUTE
"""How far a clock of the network may run ahead (WIRE.md, Time)."""
_LONG_AGO_MS: Final = 400 * MS_PER_DAY
"""Later than any period can be: keeps calendars out of years that they do not have."""


def check_time(at_ms: int, *, arrival_ms: int, wall_ms: int | None, field: str) -> None:
    """Refuse a record of the future.

    Raises: SchemaError ``in_future``: more than 5 minutes after its own arrival, or, where there is a wall
    clock, arrived more than 5 minutes after that.
    """
    if at_ms > arrival_ms + AHEAD_MS:
        raise SchemaError(Reason.IN_FUTURE, f"{field} is more than 5 minutes after the record's arrival")
    if wall_ms is not None and arrival_ms > wall_ms + AHEAD_MS:
        raise SchemaError(Reason.IN_FUTURE, "the record's own timestamp is more than 5 minutes ahead")


def check_lateness(state: Subscriber, record: CdrRecord, *, arrival_ms: int, regime: Regime) -> None:
    """Refuse a record that came too late for its billing period.

    Raises: SchemaError ``too_late``.
    """
    if arrival_ms - record.started_at < _LONG_AGO_MS:
        period = state.period_at(record.started_at)
        if arrival_ms < period.ends_ms + regime.notice_within_ms:
            return
    raise SchemaError(
        Reason.TOO_LATE, "started_at: arrived after the notice span that follows its billing period"
    )


def count(
    state: Subscriber, record: CdrRecord, *, arrival_ms: int, plan: Plan, cause: Cause
) -> UsageChange | None:
    """Add a usage record to its period and windows; return the bucket that changed, None if none did.

    Raises: SchemaError, before any change, if a total would not fit.
    """
    bucket = bucket_of(record, plan)
    allowance = plan.allowance(bucket)
    quantity = billable(record, allowance)
    if quantity is None:
        return None
    period = state.period_at(record.started_at)
    usage = period.buckets.get(bucket) or Usage(allowance=allowance.amount)
    if usage.used + quantity > TOTAL_LAST:
        raise SchemaError(Reason.BAD_FIELD, "the bucket's total would pass 2^63-1")
    if not record.zero_rated:
        _add_charge(usage, record.charge)
    state.window(bucket).add(record.started_at, record.quantity)
    if record.zero_rated:
        return None
    usage.used += quantity
    period.buckets[bucket] = usage
    state.keep(period, arrival_ms=arrival_ms)
    return look(period, bucket, plan, cause=cause, is_late=arrival_ms >= period.ends_ms)


def look(period: Period, bucket: Bucket, plan: Plan, *, cause: Cause, is_late: bool) -> UsageChange:
    """Return the bucket as it stands under the plan; an allowance that has changed arms the levels anew."""
    allowance = plan.allowance(bucket)
    usage = period.buckets[bucket]
    if usage.allowance != allowance.amount:
        usage.allowance = allowance.amount
        usage.generation += 1
        usage.raised.clear()
    return UsageChange(
        cause=cause,
        is_late=is_late,
        period=period,
        bucket=bucket,
        plan=plan,
        allowance=allowance,
        usage=usage,
    )


def look_at_all(state: Subscriber, plan: Plan, *, arrival_ms: int, cause: Cause) -> Iterator[UsageChange]:
    """Yield every bucket with usage of the open period and of what lies after it: the profile is new.

    A roaming bucket that the plan does not have takes no usage any more, so it is left alone.
    """
    for period in state.periods:
        if period.ends_ms <= arrival_ms:
            continue
        for name in period.buckets:
            bucket: Bucket = name  # type: ignore[assignment]  # only buckets are keys here
            if plan.names(bucket) or "." not in bucket:
                yield look(period, bucket, plan, cause=cause, is_late=False)


def observe_event(state: Subscriber, event: EventRecord, *, cause: Cause) -> PortChange | None:
    """Take in an event; return what there is to look at, if anything."""
    match event:
        case PortQueried():
            add_to(state.queries, event.at // MS_PER_DAY, 1, QUERY_DAY_COUNT)
            return PortChange(cause=cause, event=event, queries_30d=_queries_30d(state, event.at))
        case PortRequested():
            return PortChange(cause=cause, event=event, queries_30d=_queries_30d(state, event.at))
        case ConsentChanged():
            state.change_consent(event)
        case _:
            # Decoded, validated and in the ledger; what it means is another capability's to say.
            pass
    return None


def _queries_30d(state: Subscriber, at_ms: int) -> int:
    """Return the port queries on the UTC day of ``at_ms`` and the 29 before."""
    today = at_ms // MS_PER_DAY
    return sum(number for day, number in state.queries.items() if today - QUERY_DAY_COUNT < day <= today)


def _add_charge(usage: Usage, charge: Money | None) -> None:
    """Add a record's own charge to the bucket's.

    Raises: SchemaError, before any change, if there are too many currencies.
    """
    if charge is None:
        return
    if charge.currency not in usage.charged and len(usage.charged) >= CURRENCY_COUNT_MAX:
        raise SchemaError(Reason.BAD_FIELD, "charge.currency: too many currencies in one bucket")
    total = Decimal(usage.charged.get(charge.currency, "0")) + charge.value()
    usage.charged[charge.currency] = f"{total:f}"
