"""What has moved between two states of a subscriber, bucket by bucket."""

from msgspec import Struct

from schemas.fields import Bucket
from schemas.signals import Unit
from streams.core.catalog import Catalog
from streams.core.charge import charge_of
from streams.core.counting import unit_of
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage


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
    raised: tuple[str, ...]
    """Marks that were raised before it, of this generation."""
    is_shared: bool
    """It is the group's."""

    @property
    def percent(self) -> int | None:
        """Whole percent of the allowance that are used after it, cut."""
        allowance = self.allowance[1]
        return self.used[1] * 100 // allowance if allowance else None


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
            move = _move(period, bucket, old, usage, catalog, is_shared=is_shared)
            pairs = (move.used, move.allowance, move.generation, move.charge)
            if old is None or any(one != other for one, other in pairs):
                found.append(move)
    return tuple(found)


def _move(  # noqa: PLR0913  (what was and what is)
    period: Period, bucket: Bucket, old: Usage | None, new: Usage, catalog: Catalog, *, is_shared: bool
) -> BucketMove:
    plan = None if period.plan_id is None else catalog.plan(period.plan_id)

    def cost(usage: Usage | None) -> str | None:
        if usage is None or plan is None:
            return None
        charge = charge_of(usage, plan.allowance(bucket).beyond, plan.currency)
        return None if charge is None else f"{charge.currency} {charge.amount}"

    return BucketMove(
        bucket=bucket,
        period=period.day,
        period_ends_ms=period.ends_ms,
        unit=unit_of(bucket),
        unit_base=1000 if plan is None else plan.unit_base,
        used=(0 if old is None else old.used, new.used),
        allowance=(new.allowance if old is None else old.allowance, new.allowance),
        generation=(0 if old is None else old.generation, new.generation),
        charge=(cost(old), cost(new)),
        raised=() if old is None or old.generation != new.generation else old.raised,
        is_shared=is_shared,
    )
