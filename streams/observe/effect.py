"""What a record adds to one bucket of one period: sums, so their order does not matter."""

from collections.abc import Iterator

from msgspec import Struct

from schemas.cdr import CdrRecord, Voice
from schemas.fields import Bucket, Money
from streams.core.counting import billable, bucket_of, rounded
from streams.core.usage import Usage, added_money
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

    def check(self) -> None:
        """Raise SchemaError if it cannot be added; nothing is changed."""
        period = self.place.period
        usage = period.buckets.get(self.bucket) if self.bucket is not None else None
        if usage is None:
            usage = Usage()
        if self.billable is not None:
            usage.check(self.billable)
        for charge in self.charges():
            added_money(period.other if self.billable is None else usage.charged, charge)

    def charges(self) -> Iterator[Money]:
        """Yield the charges that it touches."""
        if self.charge is not None:
            yield self.charge
        if self.former_charge is not None:
            yield self.former_charge


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
