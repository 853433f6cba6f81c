"""What has moved between two states of a subscriber, or of a group, bucket by bucket."""

from msgspec import Struct

from schemas.fields import Bucket
from schemas.plans import Plan
from schemas.signals import Unit
from streams.core.catalog import Catalog
from streams.core.charge import charge_of
from streams.core.counting import unit_of
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.responses import spoken


class BucketMove(Struct, frozen=True, kw_only=True):
    """A bucket of a billing period before and after."""

    bucket: Bucket
    period: str
    period_ends_ms: int
    unit: Unit
    unit_base: int
    used: tuple[int, int]
    allowance: tuple[int | None, int | None]
    """None is unlimited."""
    generation: tuple[int, int]
    charge: tuple[str | None, str | None]
    is_shared: bool
    """It is the group's."""

    @property
    def percent(self) -> int | None:
        """Whole percent of the allowance that are used after it, cut."""
        allowance = self.allowance[1]
        return self.used[1] * 100 // allowance if allowance else None

    @property
    def is_rearmed(self) -> bool:
        """Whether the allowance is another one, so that its levels are new."""
        return self.generation[0] != self.generation[1] or self.allowance[0] != self.allowance[1]

    def say(self, quantity: int | None) -> str:
        """Return a quantity of the bucket in the plan's units; None is unlimited."""
        if quantity is None:
            return "unlimited"
        return spoken.amount(quantity, self.unit, unit_base=self.unit_base, language="en")


def moves_between(
    before: Subscriber | None, after: Subscriber | None, catalog: Catalog, *, is_shared: bool
) -> tuple[BucketMove, ...]:
    """Return every bucket whose total, allowance, generation or charge has changed."""
    if after is None:
        return ()
    known = {} if before is None else {period.starts_ms: period for period in before.periods}
    found = []
    for period in after.periods:
        was = known.get(period.starts_ms)
        for name, usage in period.buckets.items():
            bucket: Bucket = name  # type: ignore[assignment]  # only buckets are keys
            old = None if was is None else was.buckets.get(name)
            plans = (_plan(was or period, catalog), _plan(period, catalog))
            move = _move(period, bucket, (old, usage), plans, is_shared=is_shared)
            pairs = (move.used, move.allowance, move.generation, move.charge)
            if any(one != other for one, other in pairs):
                found.append(move)
    return tuple(found)


def _move(
    period: Period,
    bucket: Bucket,
    usages: tuple[Usage | None, Usage],
    plans: tuple[Plan | None, Plan | None],
    *,
    is_shared: bool,
) -> BucketMove:
    old, new = usages
    return BucketMove(
        bucket=bucket,
        period=period.day,
        period_ends_ms=period.ends_ms,
        unit=unit_of(bucket),
        unit_base=1000 if plans[1] is None else plans[1].unit_base,
        used=(0 if old is None else old.used, new.used),
        allowance=(new.allowance if old is None else old.allowance, new.allowance),
        generation=(0 if old is None else old.generation, new.generation),
        charge=(_cost(old, bucket, plans[0]), _cost(new, bucket, plans[1])),
        is_shared=is_shared,
    )


def _plan(period: Period, catalog: Catalog) -> Plan | None:
    return None if period.plan_id is None else catalog.plan(period.plan_id)


def _cost(usage: Usage | None, bucket: Bucket, plan: Plan | None) -> str | None:
    """Return what a bucket costs, in words."""
    if usage is None or plan is None:
        return None
    charge = charge_of(usage, plan.allowance(bucket).beyond, plan.currency)
    return None if charge is None else spoken.price(charge.amount, charge.currency, "en")
