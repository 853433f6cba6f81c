"""A bucket before and after: brought up to date with plan and grants, then changed by a record."""

from collections.abc import Iterator

from msgspec import Struct

from schemas.fields import Bucket, Money
from schemas.plans import Plan
from streams.core.charge import charge_of, is_free
from streams.core.opening import counted_since
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
    state: Subscriber, period: Period, plan: Plan, bucket: Bucket, *, arrival_ms: int = 0
) -> tuple[Former | None, Usage]:
    """Bring a bucket up to date with plan and grants; return the generation that has ended, and it.

    ``arrival_ms`` is that of a purchase.
    """
    base = plan.allowance(bucket).amount
    usage = period.buckets.get(bucket)
    if usage is None:
        usage = period.buckets[bucket] = Usage(base=base)
        usage.allowance = state.allowance(period, bucket, base)
        _watch_expiries(usage, state, period, bucket, arrival_ms)
        return None, usage
    if state.grants:
        _watch_expiries(usage, state, period, bucket, arrival_ms)
    return usage.arm(state.allowance(period, bucket, base), base), usage


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


def _watch_expiries(usage: Usage, state: Subscriber, period: Period, bucket: Bucket, arrival_ms: int) -> None:
    """Keep apart what is used from the expiry of each grant on that expires inside the period.

    What was read before a purchase that arrives in time started before the expiry. Of one that arrives later
    it is found out as well as may be (`core.opening`). What is not known counts as used after the expiry:
    that makes the allowance smaller, and nobody is told that more is left than there is.
    """
    known = usage.since_expiry or {}
    inside = [
        grant.expires_ms
        for grant in state.grants
        if grant.bucket == bucket and period.starts_ms < grant.expires_ms < period.ends_ms
    ]
    if all(expires_ms in known for expires_ms in inside):
        return
    window, has_days = state.window(bucket), has_counting_days(state, bucket)
    found: dict[int, int] = {}
    for expires_ms in inside:
        if expires_ms in known:
            found[expires_ms] = known[expires_ms]
            continue
        since = counted_since(usage, window, period, expires_ms, has_days=has_days)
        is_in_time = arrival_ms < expires_ms
        found[expires_ms] = since.known + (0 if is_in_time else since.unknown)
    usage.since_expiry = found


def has_counting_days(state: Subscriber, bucket: Bucket) -> bool:
    """Return whether the days of a bucket's window hold what counts: calls are rounded, a group has none."""
    return not state.owner_id and not bucket.startswith("voice")


def _charge(usage: Usage, plan: Plan, bucket: Bucket) -> Money | None:
    return charge_of(usage, plan.allowance(bucket).beyond, plan.currency)
