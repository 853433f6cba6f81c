"""What a record adds to one bucket of one period: sums, so their order does not matter."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from schemas.cdr import CdrRecord, Voice
from schemas.fields import Bucket, Money
from streams.core.counting import billable, bucket_of, rounded
from streams.core.money import check_currencies
from streams.core.usage import Usage
from streams.observe.place import Part, Place


class Effect(Struct, frozen=True, gc=False):
    """What a record adds to one bucket; less than nothing takes off."""

    place: Place
    kind: str
    at_ms: int
    raw: int
    """As measured, zero-rated or not."""
    roaming: bool = False
    bucket: Bucket | None = None
    """None: it counts in none."""
    billable: int | None = None
    """Rounded, as it counts against the allowance; None: not at all."""
    charge: Money | None = None
    former_charge: Money | None = None
    """A charge that is taken off."""
    is_taken_off: bool = False
    """The opposite of what another record has counted."""

    def check(self, before: int = 0) -> None:
        """Raise SchemaError if it cannot be added after ``before`` to its bucket; nothing is changed."""
        period = self.place.period
        usage = period.buckets.get(self.bucket) if self.bucket is not None else None
        if usage is None:
            usage = Usage()
        if self.billable is not None:
            usage.check(before + self.billable)
        sums = period.other if self.billable is None else usage.charged
        check_currencies(sums, {charge.currency for charge, _ in self.charges()}, field="charge.currency")

    def charges(self) -> Iterator[tuple[Money, int]]:
        """Yield the charges that it touches, each with its sign."""
        if self.charge is not None:
            yield self.charge, 1
        if self.former_charge is not None:
            yield self.former_charge, -1


def check_all(effects: Iterable[Effect]) -> None:
    """Raise SchemaError if the effects of one record cannot be added one after the other."""
    added: dict[tuple[int, str | None], int] = {}
    for effect in effects:
        place = (effect.place.period.starts_ms, effect.bucket)
        effect.check(added.get(place, 0))
        added[place] = added.get(place, 0) + (effect.billable or 0)


def own_effect(record: CdrRecord, place: Place) -> Effect:
    """Return what the record itself adds; of a correction, what it changes."""
    bucket = bucket_of(record, place.plan)
    allowance = place.plan.allowance(bucket)
    counted = billable(record, allowance)
    raw, former_charge = record.quantity, None
    kind = str(record.__struct_config__.tag)
    if record.corrects is not None:
        was = record.quantity_of(record.corrects.was) or 0
        raw -= was
        former_charge = record.corrects.was.charge
        if counted is not None:
            counted -= _billed(record, was, allowance.rounding)
    is_shared = place.part is Part.HISTORY
    return Effect(
        place=place,
        kind=kind,
        at_ms=record.started_at,
        raw=0 if place.part is Part.ALLOWANCE else raw,
        roaming=record.roaming,
        bucket=None if counted is None else bucket,
        billable=None if record.zero_rated or is_shared else counted,
        charge=None if is_shared else record.charge,
        former_charge=None if is_shared else former_charge,
    )


def _billed(record: CdrRecord, quantity: int, rounding: str) -> int:
    """Return the billable quantity of another raw one of the same kind of record."""
    return rounded(quantity, rounding) if isinstance(record, Voice) else quantity
