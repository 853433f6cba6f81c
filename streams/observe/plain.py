"""Counts the record that nearly every record is: whole, unrated, correcting nothing, with nothing bought.

The same as `usage.count` does with an effect, without making one, because making it costs more than the rest.
tests/property/test_plain.py holds the two against each other.
"""

from schemas.cdr import CdrRecord
from streams.core.counting import billable, bucket_of
from streams.core.subscriber import Subscriber
from streams.core.usage import Usage
from streams.observe.moved import Moved
from streams.observe.place import Part, Place


def is_plain(state: Subscriber, record: CdrRecord, place: Place) -> bool:
    """Return whether a record may be counted here."""
    return not (
        record.provisional
        or record.zero_rated
        or record.corrects is not None
        or record.replaces is not None
        or record.charge is not None
        or state.grants
        or place.part is not Part.WHOLE
    )


def count_plain(state: Subscriber, record: CdrRecord, place: Place, *, arrival_ms: int) -> Moved | None:
    """Add a plain record to its period and windows; return the bucket that has changed, None if none did.

    Raises: SchemaError, before any change, if a total would not fit.
    """
    period, plan, at_ms, raw = place.period, place.plan, record.started_at, record.quantity
    bucket = bucket_of(record, plan)
    allowance = plan.allowance(bucket)
    quantity = billable(record, allowance)
    usage, former = period.buckets.get(bucket), None
    if quantity is not None:
        amount = allowance.amount
        is_new = usage is None
        if usage is None:
            usage = Usage(allowance=amount, base=amount)
        usage.check(quantity)
        if is_new:
            period.buckets[bucket] = usage
        elif usage.allowance != amount or usage.base != amount:
            former = usage.arm(amount, amount)
    period.history.add_usage(record.__struct_config__.tag, raw, at_ms, roaming=record.roaming)  # type: ignore[arg-type]
    if not state.periods or state.periods[-1] is not period:
        state.keep(period, arrival_ms=arrival_ms)
    if usage is None or quantity is None:
        return None
    window = state.windows.get(bucket) or state.window(bucket)
    window.add_raw(at_ms, raw)
    window.add_counted(at_ms, quantity)
    before = Moved.of(place, bucket, usage, former)
    usage.add(quantity, started_ms=at_ms)
    return before
