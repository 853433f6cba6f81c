"""What a good record does to a subscriber: the state moves, and what there is to look at comes out.

Everything that can refuse a record is checked before the first change, so that a `SchemaError` leaves the
state as it was.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.cdr import CdrRecord
from schemas.errors import Reason, SchemaError
from schemas.events import ConsentChanged, EventRecord, PortQueried, PortRequested
from schemas.fields import MONEY_DIGITS, Bucket, Money
from schemas.plans import Plan
from schemas.times import MS_PER_DAY, MS_PER_MINUTE
from streams.core.counting import TOTAL_LAST, billable, bucket_of
from streams.core.subscriber import CURRENCY_COUNT_MAX, Period, Subscriber, Usage
from streams.core.window import QUERY_DAYS, QUERY_DAYS_KEPT, added, total
from streams.signals.change import Cause, PortChange, UsageChange

AHEAD_MS: Final = 5 * MS_PER_MINUTE
"""How far a clock of the network may run ahead (WIRE.md, Time)."""
_LONG_AGO_MS: Final = 400 * MS_PER_DAY
"""Later than any period can be: keeps calendars out of years that they do not have."""


def check_time(at_ms: int, *, arrival_ms: int, field: str) -> None:
    """Refuse a record of the future.

    Raises: SchemaError ``in_future``: more than 5 minutes after its own arrival.
    """
    if at_ms > arrival_ms + AHEAD_MS:
        raise SchemaError(Reason.IN_FUTURE, f"{field} is more than 5 minutes after the record's arrival")


def check_arrival(arrival_ms: int, wall_ms: int | None) -> None:
    """Refuse a record that claims to arrive in the future; without a wall clock there is none.

    Raises: SchemaError ``in_future``: more than 5 minutes ahead of the wall clock.
    """
    if wall_ms is not None and arrival_ms > wall_ms + AHEAD_MS:
        raise SchemaError(Reason.IN_FUTURE, "the record's own timestamp is more than 5 minutes ahead")


class Place(Struct, frozen=True, gc=False):
    """Where a usage record belongs: the billing period and the plan that counts there."""

    period: Period
    plan: Plan


def check_lateness(record: CdrRecord, period: Period, *, arrival_ms: int, notice_within_ms: int) -> None:
    """Refuse a record that came too late for its billing period.

    Raises: SchemaError ``too_late``.
    """
    if arrival_ms >= period.ends_ms + notice_within_ms or arrival_ms - record.started_at >= _LONG_AGO_MS:
        raise SchemaError(
            Reason.TOO_LATE, "started_at: arrived after the notice span that follows its billing period"
        )


def count(state: Subscriber, record: CdrRecord, place: Place, *, arrival_ms: int) -> Bucket | None:
    """Add a usage record to its period and windows; return the bucket whose total changed, None if none did.

    Raises: SchemaError, before any change, if a total would not fit.
    """
    period, plan = place.period, place.plan
    bucket = bucket_of(record, plan)
    allowance = plan.allowance(bucket)
    quantity = billable(record, allowance)
    if quantity is None:
        return None
    usage = period.buckets.get(bucket) or Usage(allowance=allowance.amount)
    if usage.used + quantity > TOTAL_LAST:
        raise SchemaError(Reason.BAD_FIELD, "the bucket's total would pass 2^63-1")
    if record.zero_rated:
        state.window(bucket).add_raw(record.started_at, record.quantity)
        return None
    if record.charge is not None:
        _add_charge(usage, record.charge)
    window = state.window(bucket)
    window.add_counted(record.started_at, quantity)
    window.add_raw(record.started_at, record.quantity)
    usage.used += quantity
    usage.arm(allowance.amount)
    period.buckets[bucket] = usage
    state.keep(period, arrival_ms=arrival_ms)
    return bucket


def look(place: Place, bucket: Bucket, *, cause: Cause, is_late: bool) -> UsageChange:
    """Return a bucket as it stands."""
    return UsageChange(
        cause=cause,
        is_late=is_late,
        period=place.period,
        bucket=bucket,
        plan=place.plan,
        allowance=place.plan.allowance(bucket),
        usage=place.period.buckets[bucket],
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
                period.buckets[bucket].arm(plan.allowance(bucket).amount)
                yield look(Place(period, plan), bucket, cause=cause, is_late=False)


def observe_event(state: Subscriber, event: EventRecord, *, cause: Cause) -> PortChange | None:
    """Take in an event; return what there is to look at, if anything."""
    match event:
        case PortQueried():
            state.queries = added(state.queries, event.at // MS_PER_DAY, 1, length=QUERY_DAYS_KEPT)
            # One from before all that is kept counts at least itself.
            queries_30d = max(1, _queries_30d(state, event.at))
            return PortChange(cause=cause, event=event, queries_30d=queries_30d)
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
    return total(state.queries, at_ms // MS_PER_DAY, count=QUERY_DAYS)


def _add_charge(usage: Usage, charge: Money) -> None:
    """Add a record's own charge to the bucket's.

    Raises: SchemaError, before any change, if there are too many currencies.
    """
    charged = usage.charged or {}
    if charge.currency not in charged and len(charged) >= CURRENCY_COUNT_MAX:
        raise SchemaError(Reason.BAD_FIELD, "charge.currency: too many currencies in one bucket")
    with localcontext(prec=MONEY_DIGITS):
        amount = Decimal(charged.get(charge.currency, "0")) + charge.value()
    usage.charged = {**charged, charge.currency: f"{amount:f}"}
