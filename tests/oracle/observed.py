"""What the pipeline made of a file, in the oracle's words: the one place that knows how its states look."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import orjson

from schemas.fields import Bucket
from streams.core.charge import charge_of
from streams.core.usage import Usage
from tests.fed import Fed
from tests.oracle.oracle import Place, Slots

Signal = dict[str, Any]

COMMON: Final = ("id", "type", "subscriber_id", "at")
OWN: Final = {
    "near_limit": ("level",),
    "overage": ("over", "charge", "step"),
    "throttled": ("to_kbps",),
    "exhausted": ("action",),
    "resolved": ("of", "n", "bucket", "period"),
    "reinstated": ("of", "n", "bucket", "period"),
    "late_adjustment": ("bucket", "period", "used_before", "used_after", "charge_before", "charge_after"),
    "forecast": ("bucket", "period", "runs_out_at", "period_ends_at", "rate_per_day", "n"),
    "bill_warning": ("limit", "level", "owed", "amount", "generation"),
    "arrears": ("owed", "amount", "generation"),
    "expiring": ("bucket", "addon_id", "left", "expires_at"),
}
"""Fields that are compared; signals of other types are not what the oracle is about."""
LEVEL: Final = (
    *("bucket", "period", "period_ends_at", "used", "allowance", "remaining", "unit", "plan_id"),
    *("generation", "late"),
)
"""Fields of what is said of a level, besides its own."""
LEVELS: Final = ("near_limit", "overage", "throttled", "exhausted")


def comparable(signal: Signal) -> Signal:
    """Return the fields that are compared, amounts as decimals."""
    kind = signal["type"]
    names = (*COMMON, *OWN[kind], *(LEVEL if kind in LEVELS else ()))
    return {name: amount(signal.get(name)) for name in names} | {"line": line_of(signal)}


def amount(value: object) -> object:
    """Return the amount of money, anything else as it is."""
    return Decimal(value["amount"]) if isinstance(value, dict) else value


def line_of(signal: Signal) -> int:
    """Return the number of the line that caused it, 0 for a timer."""
    if "line" in signal and isinstance(signal["line"], int):
        return signal["line"]
    return int(signal["evidence"][0]["offset"]) if signal["evidence"] else 0


def signals(fed: Fed) -> list[Signal]:
    """Return the signals, in order."""
    said = [orjson.loads(value) for value in fed.values("signals")]
    return [comparable(one) for one in said if one["type"] in OWN]


def totals(fed: Fed, subscribers: Iterable[str]) -> dict[Place, int]:
    """Return what is used; zeros are left out."""
    return {place: usage.total for place, (_, usage) in usages(fed, subscribers).items() if usage.total}


def charges(fed: Fed, subscribers: Iterable[str]) -> dict[Place, Decimal]:
    """Return what it costs; zeros are left out, and what nobody has a price for."""
    sums: dict[Place, Decimal] = {}
    for place, (plan_id, usage) in usages(fed, subscribers).items():
        plan = fed.pipeline._catalog.plan(plan_id)  # noqa: SLF001 - the one place that looks inside
        assert plan is not None
        bucket = cast("Bucket", place[1])
        charge = charge_of(usage, plan.allowance(bucket).beyond, plan.currency)
        if charge is not None and Decimal(charge.amount):
            sums[place] = Decimal(charge.amount)
    return sums


def usages(fed: Fed, subscribers: Iterable[str]) -> dict[Place, tuple[str, Usage]]:
    """Return (subscriber, bucket, period) → the period's plan and what is used."""
    return {
        (who, bucket, period.day): (period.plan_id or "", usage)
        for who in subscribers
        for period in fed.periods(who)
        for bucket, usage in period.buckets.items()
    }


def windows(fed: Fed, subscribers: Iterable[str]) -> dict[tuple[str, str], Slots]:
    """Return (subscriber, bucket) → counted hours and measured days; zeros are left out."""
    return {
        (who, bucket): (not_zero(window.hours), not_zero(window.days))
        for who in subscribers
        if (state := fed.state(who)) is not None
        for bucket, window in state.windows.items()
    }


def not_zero(slots: Mapping[int, int]) -> dict[int, int]:
    """Return the slots in which there is something."""
    return {slot: quantity for slot, quantity in slots.items() if quantity}


def days(fed: Fed, subscribers: Iterable[str]) -> set[tuple[str, str]]:
    """Return each (subscriber, period) that is still kept."""
    return {(who, period.day) for who in subscribers for period in fed.periods(who)}


def ledger(fed: Fed) -> Counter[tuple[str, str]]:
    """Return (topic, disposition or reason) → records."""
    words = {"applied", "duplicate", "unverified", "released", "held now"}
    told = Counter({key: count for key, count in fed.ledger.items() if key[1] in words})
    return +(told + Counter(fed.rejected))
