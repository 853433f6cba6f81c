"""How much of which bucket a usage record is."""

from schemas.cdr import CdrRecord, Data, Voice
from schemas.fields import Bucket
from schemas.plans import Allowance, Plan
from schemas.signals import Unit

TOTAL_LAST = 2**63 - 1
"""The largest total that is kept; a record that would pass it is refused (a stored number has 64 bits)."""

UNITS: dict[str, Unit] = {"data": "octet", "voice": "second", "sms": "message", "mms": "message"}


def unit_of(bucket: Bucket) -> Unit:
    """Return the unit in which a bucket is counted."""
    return UNITS[bucket.partition(".")[0]]


def bucket_of(record: CdrRecord, plan: Plan) -> Bucket:
    """Return the bucket in which a record counts: the roaming one only where the plan has it."""
    home: Bucket = record.__struct_config__.tag  # type: ignore[assignment]  # the four types name the four buckets
    if record.roaming:
        abroad: Bucket = f"{home}.roaming"  # type: ignore[assignment]  # each of the four has its twin
        if plan.names(abroad):
            return abroad
    return home


def billable(record: CdrRecord, allowance: Allowance) -> int | None:
    """Return the quantity that counts against an allowance, None if the record does not count there.

    Calls are rounded up one by one: the first part, then whole next parts; 0 s stays 0.
    """
    if isinstance(record, Data):
        return record.quantity
    if record.direction == "in" and allowance.counts == "out":
        return None
    return rounded(record.quantity, allowance.rounding) if isinstance(record, Voice) else record.quantity


def rounded(seconds: int, rounding: str) -> int:
    """Return billed seconds: ``60/1`` is the first minute whole, then each second."""
    if seconds == 0 or rounding == "1/1":
        return seconds
    first, _, following = rounding.partition("/")
    first_s, next_s = int(first), int(following)
    beyond_s = max(0, seconds - first_s)
    return first_s + -(-beyond_s // next_s) * next_s
