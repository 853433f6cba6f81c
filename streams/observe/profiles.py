"""What a new profile does to the periods that are open: another plan holds for the whole of them."""

from collections.abc import Iterator
from typing import get_args

from msgspec.structs import replace

from schemas.fields import Bucket
from schemas.plans import Plan
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.observe.moved import Moved, look_at_allowance
from streams.observe.place import Place

BUCKETS: tuple[Bucket, ...] = get_args(Bucket)


def begin_buckets(state: Subscriber, period: Period, old: Plan, new: Plan, *, arrival_ms: int) -> None:
    """Keep the allowance until now of buckets that had no usage yet, where another plan changes it.

    So the change is one of theirs too: `generation` counts it.
    """
    for bucket in BUCKETS:
        amount = old.allowance(bucket).amount
        if (
            bucket in period.buckets
            or not _takes_usage(new, bucket)
            or amount == new.allowance(bucket).amount
        ):
            continue
        period.buckets[bucket] = Usage(allowance=state.allowance(period, bucket, amount), base=amount)
        state.keep(period, arrival_ms=arrival_ms)


def look_at_all(state: Subscriber, plan: Plan, old: Plan, *, arrival_ms: int) -> Iterator[Moved]:
    """Yield every bucket of the open period and of what lies after it: the profile is new.

    What it cost until now is by the ``old`` plan's prices.
    """
    for period in state.periods:
        if period.ends_ms <= arrival_ms:
            continue
        for name in period.buckets:
            bucket: Bucket = name  # type: ignore[assignment]  # only buckets are keys here
            if _takes_usage(plan, bucket):
                before = Moved.of(Place(period, old), bucket, period.buckets[bucket], None)
                former, _ = look_at_allowance(state, period, plan, bucket)
                yield replace(before, place=Place(period, plan), former=former)


def _takes_usage(plan: Plan, bucket: Bucket) -> bool:
    """Return whether usage may count in a bucket: a roaming one only where the plan has it."""
    return plan.names(bucket) or "." not in bucket
