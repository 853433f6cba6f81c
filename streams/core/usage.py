"""What is used of one bucket in one billing period, and what has been said about it.

Totals are sums of what each record adds or takes off, so they are the same in any order of arrival; a
correction that comes before its original leaves one below zero for a while, and whoever reads it reads 0.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from struct import Struct as Layout
from typing import Final

from msgspec import Struct, field

from schemas.errors import Reason, SchemaError
from schemas.fields import MONEY_DIGITS, Money
from schemas.times import MS_PER_HOUR
from streams.core.counting import TOTAL_LAST
from streams.core.history import History

CURRENCY_COUNT_MAX: Final = 32
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
    charged: dict[str, str] | None = None
    """Sum of the records' own charges by currency, as exact decimals. Bounded by `CURRENCY_COUNT_MAX`."""
    tail: bytes = b""
    """(started, quantity) of the newest `TAIL_COUNT` records that count, in order of reading."""
    base: int | None = None
    """The plan's own part of ``allowance``."""
    flips: dict[str, int] | None = None
    """By mark: how often it was resolved and reinstated, together; odd: it is resolved now."""
    early: dict[int, int] | None = None
    """By the expiry of a grant inside the period: what was used before it."""
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
        if self.opened_ms is not None and started_ms <= self.opened_ms:
            return
        self.total += quantity
        self.tail = self.tail[-_TAIL.size * (TAIL_COUNT - 1) :] + _TAIL.pack(started_ms, quantity)
        if self.early is not None:
            for ends_ms in self.early:
                if started_ms < ends_ms:
                    self.early[ends_ms] += quantity

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

    def add_charge(self, charge: Money, *, sign: int = 1) -> None:
        """Add a record's own charge."""
        self.charged = added_money(self.charged, charge, sign=sign)


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


def added_money(sums: dict[str, str] | None, money: Money, *, sign: int = 1) -> dict[str, str]:
    """Return sums by currency with an amount added.

    Raises: SchemaError ``bad_field`` if there are too many currencies.
    """
    known = sums or {}
    if money.currency not in known and len(known) >= CURRENCY_COUNT_MAX:
        raise SchemaError(Reason.BAD_FIELD, "charge.currency: too many currencies in one bucket")
    with localcontext(prec=MONEY_DIGITS):
        amount = Decimal(known.get(money.currency, "0")) + sign * money.value()
    return {**known, money.currency: f"{amount:f}"}
