"""A bucket before and after: brought up to date with plan and grants, then changed by a record."""

from collections.abc import Iterator

from msgspec import Struct

from schemas.fields import Bucket, Money
from schemas.plans import Plan
from streams.core.charge import charge_of, is_free
from streams.core.opening import counted_after
from streams.core.subscriber import Subscriber
from streams.core.usage import Former, Period, Usage
from streams.observe.place import Place
from streams.observe.replacing import PlanOf


class Moved(Struct, frozen=True, gc=False):
    """A bucket of a period that a record has changed."""

    place: Place
    bucket: Bucket
    used_before: int
    charge_before: Money | None
    former: Former | None
    """The generation that ended with this look at the allowance."""

    usage: Usage
    """The bucket, as it is now."""

    @classmethod
    def of(cls, place: Place, bucket: Bucket, usage: Usage, former: Former | None) -> "Moved":
        """Return a bucket as it stands before it changes."""
        charge = None if is_free(usage) else _charge(usage, place.plan, bucket)
        return cls(place, bucket, usage.used, charge, former, usage)

    def charge_after(self) -> Money | None:
        """Return what the bucket costs now."""
        return None if is_free(self.usage) else _charge(self.usage, self.place.plan, self.bucket)


def look_at_allowance(
    state: Subscriber, period: Period, plan: Plan, bucket: Bucket
) -> tuple[Former | None, Usage]:
    """Bring a bucket up to date with plan and grants; return the generation that has ended, and it."""
    base = plan.allowance(bucket).amount
    allowance = state.allowance(period, bucket, base)
    usage = period.buckets.get(bucket)
    is_new = usage is None
    if usage is None:
        usage = period.buckets[bucket] = Usage(allowance=allowance, base=base)
    if state.grants:
        watch_expiries(usage, state, period, bucket)
    return None if is_new else usage.arm(allowance, base), usage


def drawn_later(state: Subscriber, period: Period, bucket: Bucket, plan_of: PlanOf) -> Iterator[Moved]:
    """Yield a bucket in the periods after one, where usage there has drawn on a grant that goes on.

    What it drew is missing later, and what a correction gives back is there again. No generation begins with
    that, as none begins with usage.
    """
    for later in state.periods if state.grants else ():
        usage = later.buckets.get(bucket) if later.starts_ms > period.starts_ms else None
        plan = None if later.plan_id is None else plan_of(later.plan_id)
        if usage is None or plan is None:
            continue
        allowance = state.allowance(later, bucket, usage.base)
        if allowance != usage.allowance:
            before = Moved.of(Place(later, plan), bucket, usage, None)
            usage.allowance = allowance
            yield before


def watch_expiries(usage: Usage, state: Subscriber, period: Period, bucket: Bucket) -> None:
    """Keep apart what is used before each grant that expires inside the period."""
    for grant in state.grants:
        ends_ms = grant.expires_ms
        if grant.bucket == bucket and period.starts_ms < ends_ms < period.ends_ms:
            early = usage.early or {}
            if ends_ms not in early:
                after = counted_after(usage, state.window(bucket), period, ends_ms - 1)
                usage.early = {**early, ends_ms: usage.total - after}


def _charge(usage: Usage, plan: Plan, bucket: Bucket) -> Money | None:
    return charge_of(usage, plan.allowance(bucket).beyond, plan.currency)
