"""What a subscriber has used in whole billing periods, and what a plan makes of it.

Per bucket the quantity is kept that counted by the plan of the time: zero-rated usage left out, calls
rounded one by one. Another plan may round calls differently, or tell roaming apart: single calls are not
kept, so what counted then stands for what would have counted, and the answer is marked as an estimate. For a
plan that counts both directions the raw seconds and messages of both are the least that would have counted.
"""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.fields import Bucket
from schemas.plans import Plan
from streams.core.history import Month
from streams.core.money import amount_in
from streams.core.usage import BUCKETS

EPISODES_OF_ONE_RUN: Final = 1
"""Data ran out, and nothing was bought."""


class MonthUse(Struct, frozen=True, kw_only=True):
    """One whole billing period."""

    day: str
    """Its local first day."""
    counted: dict[Bucket, int]
    """Octets, seconds or messages that counted; what is missing is 0."""
    both_ways: dict[Bucket, int] = {}
    """Raw seconds and messages of both directions, by the home bucket."""
    charged: dict[Bucket, Decimal] = {}
    """What the records of a bucket themselves said that they cost, in the plan's currency."""
    has_roamed: bool = False
    has_bought: bool = False
    """More data was bought after it ran out."""
    paid: Decimal | None = None
    """What the period cost, in the plan's currency; None: nobody knows."""


def use_of(month: Month, currency: str) -> MonthUse:
    """Return what the summary of a period says of its use."""
    counted = {bucket: amount for bucket, amount in zip(BUCKETS, month.counted, strict=False) if amount}
    both_ways: dict[Bucket, int] = {"voice": month.talk_s, "sms": month.sms, "mms": month.mms}
    # A month that cost nothing in this currency was had with a plan in another one.
    is_known = currency in month.spend
    own = (month.charged or {}) if is_known else {}
    return MonthUse(
        day=month.day,
        counted=counted,
        both_ways=both_ways,
        charged={bucket: Decimal(own[bucket]) for bucket in BUCKETS if bucket in own},
        has_roamed=month.roaming_days > 0,
        has_bought=month.episodes > EPISODES_OF_ONE_RUN,
        paid=amount_in(month.spend, currency) if is_known else None,
    )


def quantity(month: MonthUse, bucket: Bucket, plan: Plan, current: Plan) -> int:
    """Return how much of a month counts in a plan's bucket; by ``current`` it was counted."""
    used = month.counted.get(bucket, 0)
    if bucket in HOME:
        abroad = ABROAD[bucket]
        if not plan.names(abroad):
            used += month.counted.get(abroad, 0)
        if plan.allowance(bucket).counts == "both" and current.allowance(bucket).counts == "out":
            used = max(used, month.both_ways.get(bucket, 0))
    return used


def is_estimate(month: MonthUse, plan: Plan, current: Plan) -> bool:
    """Return whether a plan counts otherwise than the one by which the month was counted."""
    for bucket in HOME:
        mine, theirs = plan.allowance(bucket), current.allowance(bucket)
        is_used = bool(month.counted.get(bucket) or month.both_ways.get(bucket))
        if is_used and (mine.rounding, mine.counts) != (theirs.rounding, theirs.counts):
            return True
        if month.has_roamed and plan.names(ABROAD[bucket]) and not current.names(ABROAD[bucket]):
            return True
    return False


HOME: Final[tuple[Bucket, ...]] = ("data", "voice", "sms", "mms")
ABROAD: Final[dict[Bucket, Bucket]] = {
    "data": "data.roaming",
    "voice": "voice.roaming",
    "sms": "sms.roaming",
    "mms": "mms.roaming",
}
"""The bucket that takes roaming usage where the plan has it."""
