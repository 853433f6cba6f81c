"""What is used of one bucket in one billing period, and what has been said about it.

Totals are sums of what each record adds or takes off, so they are the same in any order of arrival; a
correction that comes before its original leaves one below zero for a while, and whoever reads it reads 0.
"""

from collections.abc import Iterator
from struct import Struct as Layout
from typing import Final, get_args

from msgspec import Struct, field

from schemas.errors import Reason, SchemaError
from schemas.fields import Bucket, Money
from schemas.times import MS_PER_HOUR
from streams.core.counting import TOTAL_LAST
from streams.core.history import History
from streams.core.money import sum_of

BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
MARK_COUNT_MAX: Final = 96
"""A bucket and generation: ten levels, fifty steps and the rest stay far below it."""
TAIL_COUNT: Final = 8
"""Records of a bucket and period that are known one by one (`Usage.tail`)."""

_TAIL: Final = Layout(">qq")


class Former(Struct, frozen=True, gc=False):
    """What an earlier generation of a bucket had raised."""

    generation: int
    raised: tuple[str, ...]
    flips: dict[str, int] | None


class Charged(Struct, array_like=True, frozen=True, gc=False):
    """The records' own charges in one currency."""

    count: int
    """Charges in the sum, what corrections have taken off among them. At 0 there is no sum."""
    amount: str
    """Exact decimal."""


class Usage(Struct, array_like=True, gc=False):
    """What is used of one bucket in one period."""

    total: int = 0
    """Billable quantity, in the bucket's unit; read it as `used`."""
    allowance: int | None = None
    """As it was when last looked at, grants and all; None is unlimited."""
    generation: int = 0
    """Goes up by one with each change of the allowance."""
    raised: tuple[str, ...] = ()
    """Marks of the signals that this generation has raised: one a level or step."""
    charged: dict[str, Charged] | None = None
    """By currency, as long as any record carries a charge. Bounded by `money.CURRENCY_COUNT_MAX`."""
    tail: bytes = b""
    """(started, quantity) of the newest `TAIL_COUNT` records that count, in order of reading."""
    base: int | None = None
    """The plan's own part of ``allowance``."""
    flips: dict[str, int] | None = None
    """By mark: how often it was resolved and reinstated, together; odd: it is resolved now."""
    since_expiry: dict[int, int] | None = None
    """By the expiry of a grant inside the period: what was counted of usage that started then or later, also
    of what is in the total that billing reported. As many as there are grants."""
    opened_ms: int | None = None
    """What started at or before it is in the total that billing reported."""
    forecast: tuple[int, int] | None = None
    """(n, when the bucket runs out) of the last forecast."""

    @property
    def used(self) -> int:
        """What is used: never below 0."""
        return max(self.total, 0)

    def check(self, quantity: int) -> None:
        """Raise SchemaError if a total would not fit; nothing is changed."""
        if not -TOTAL_LAST <= self.total + quantity <= TOTAL_LAST:
            raise SchemaError(Reason.BAD_FIELD, "the bucket's total would pass 2^63-1")

    def add(self, quantity: int, *, started_ms: int) -> None:
        """Add what a record that started then counts; less than nothing takes off."""
        self.tail = self.tail[-_TAIL.size * (TAIL_COUNT - 1) :] + _TAIL.pack(started_ms, quantity)
        if self.since_expiry is not None:
            for expires_ms in self.since_expiry:
                if started_ms >= expires_ms:
                    self.since_expiry[expires_ms] += quantity
        if self.opened_ms is None or started_ms > self.opened_ms:
            self.total += quantity

    def used_before(self, expires_ms: int) -> int:
        """Return what was used before a grant expired inside the period, at least 0."""
        since = 0 if self.since_expiry is None else self.since_expiry.get(expires_ms, 0)
        return max(0, self.total - since)

    def started(self) -> Iterator[tuple[int, int]]:
        """Yield (started, quantity) of the newest records."""
        return _TAIL.iter_unpack(self.tail)

    @property
    def is_tail_whole(self) -> bool:
        """Whether the newest records are all that there have been."""
        return len(self.tail) < _TAIL.size * TAIL_COUNT

    def open_with(self, used: int, *, as_of_ms: int, after: int) -> None:
        """Put a total from billing in the place of all that started at or before ``as_of_ms``."""
        self.opened_ms = as_of_ms
        self.total = used + after

    def arm(self, allowance: int | None, base: int | None) -> Former | None:
        """Look at the allowance in force; one that has changed begins a generation. Return the former one."""
        self.base = base
        if allowance == self.allowance:
            return None
        former = Former(self.generation, self.raised, self.flips)
        self.allowance = allowance
        self.generation += 1
        self.raised, self.flips = (), None
        return former

    def has_raised(self) -> bool:
        """Return whether anything was raised of this generation."""
        return bool(self.raised)

    def flip(self, mark: str) -> int:
        """Note that a raised mark is true no more, or true again; return how often that has happened."""
        flips = dict(self.flips or {})
        flips[mark] = flips.get(mark, 0) + 1
        self.flips = flips
        return (flips[mark] + 1) // 2

    def is_resolved(self, mark: str) -> bool:
        """Return whether a raised mark is resolved now."""
        return self.flips is not None and self.flips.get(mark, 0) % 2 == 1

    def add_charge(self, charge: Money, *, sign: int = 1, is_taken_off: bool = False) -> None:
        """Add a record's own charge, or with a negative ``sign`` what a correction takes off it.

        ``is_taken_off``: it was added before, and its record counts here no more. Where that was the last one
        that carried a charge, there is none left, not even of 0.00: the plan's price holds again.
        """
        sums = dict(self.charged or {})
        known = sums.pop(charge.currency, Charged(0, "0"))
        count = known.count + (-1 if is_taken_off else 1)
        if count:
            sums[charge.currency] = Charged(count, sum_of(known.amount, sign * charge.value()))
        self.charged = sums or None


class Period(Struct, array_like=True, gc=False):
    """The usage of one billing period ``[starts_ms, ends_ms)``. At most eight buckets."""

    starts_ms: int
    ends_ms: int
    day: str
    """Its local first day: the period's name."""
    plan_id: str | None
    buckets: dict[str, Usage] = field(default_factory=dict)
    history: History = field(default_factory=History)
    other: dict[str, str] | None = None
    """Own charges of records that count in no bucket, by currency."""

    def hours(self) -> tuple[int, int]:
        """Return the first UTC hour of the period and the one after its last, as numbers since 1970."""
        return self.starts_ms // MS_PER_HOUR, -(-self.ends_ms // MS_PER_HOUR)


def counted_in(period: Period) -> tuple[int, ...]:
    """Return what counted in each bucket, in the order of `Bucket`; zeros at the end are left out."""
    amounts = [period.buckets[bucket].used if bucket in period.buckets else 0 for bucket in BUCKETS]
    while amounts and not amounts[-1]:
        amounts.pop()
    return tuple(amounts)


def charged_in(period: Period, currency: str) -> dict[str, str] | None:
    """Return by bucket the sum of its records' own charges in a currency, None where there is none."""
    sums = {
        bucket: usage.charged[currency].amount
        for bucket, usage in period.buckets.items()
        if usage.charged is not None and currency in usage.charged
    }
    return sums or None
