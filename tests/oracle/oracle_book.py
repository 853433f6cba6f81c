"""All that is known of one subscriber, as lists in order of arrival, and sums over them.

Nothing here is carried along: each answer is worked out again from the whole lists.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.oracle_counting import Entry, Identity, Json
from tests.oracle.oracle_periods import Period, Rule, rules_of

LEVELS = {"CN": (80, 100), "AU": (50, 85, 100), "ZA": (50, 80, 100), "JM": (60, 80, 100)}
"""Percent by jurisdiction. Source: DOMAIN.md B1."""
NOTICE_HOURS = {"AU": 48}
"""``notice_within``, where it is not 24."""


@dataclass(frozen=True)
class Grant:
    """An add-on that was bought."""

    identity: Identity
    bucket: str
    amount: int
    addon_id: str
    at_ms: int
    arrival_ms: int
    starts_ms: int
    """Start of the period that contains the purchase."""
    expires_ms: int


@dataclass(frozen=True)
class Balance:
    """An opening total from billing."""

    bucket: str
    period: Period
    used: int
    as_of_ms: int


@dataclass
class Raised:
    """A signal that was said, and what became of it."""

    id: str
    mark: tuple[str, int]
    bucket: str
    day: str
    generation: int
    is_standing: bool = True
    """Not resolved, and not of a generation that is over."""
    is_superseded: bool = False
    resolved: int = 0
    reinstated: int = 0


@dataclass
class Accrued:
    """What the subscriber owes besides the buckets' charges; a payment is negative."""

    at_ms: int
    amount: Decimal


@dataclass
class Book:
    """One subscriber."""

    subscriber: str
    profiles: list[tuple[int, Json]] = field(default_factory=list)
    """(arrival, profile)."""
    identities: list[tuple[Identity, Json, int]] = field(default_factory=list)
    """(identity, content, arrival) of what was taken."""
    entries: list[Entry] = field(default_factory=list)
    awaited: list[tuple[Identity, int]] = field(default_factory=list)
    """(identity, arrival of the replacement) of what was replaced, whether it had come or not."""
    grants: list[Grant] = field(default_factory=list)
    lapsed: list[Grant] = field(default_factory=list)
    reminded: list[Grant] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    generations: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(bucket, period) → how often its allowance changed."""
    raised: list[Raised] = field(default_factory=list)
    forecasts: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(bucket, period) → each ``runs_out_at`` that was said."""
    accrued: list[Accrued] = field(default_factory=list)
    bill_generation: int = 0
    bill_marks: list[tuple[str, int]] = field(default_factory=list)

    @property
    def profile(self) -> Json:
        """The profile in force."""
        return self.profiles[-1][1]

    @property
    def rules(self) -> list[Rule]:
        """How periods are cut."""
        return rules_of(
            [(arrival_ms, one["time_zone"], one["cycle_day"]) for arrival_ms, one in self.profiles]
        )

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of the regime, lowest first."""
        return LEVELS[self.profile["jurisdiction"]]

    @property
    def notice_ms(self) -> int:
        """How long after a period's end it may still raise something."""
        return NOTICE_HOURS.get(self.profile["jurisdiction"], 24) * 3_600_000


def plan_of(book: Book, plans: dict[str, Json], period: Period) -> Json:
    """Return the plan of a period: that of the last profile that arrived before its end."""
    in_time = [one for arrival_ms, one in book.profiles if arrival_ms < period.ends_ms]
    return plans[(in_time[-1] if in_time else book.profiles[0][1])["plan_id"]]


def balance_of(book: Book, bucket: str, period: Period) -> Balance | None:
    """Return the opening total that holds: the one with the latest ``as_of``, of several the largest."""
    given = [one for one in book.balances if (one.bucket, one.period) == (bucket, period)]
    return max(given, key=lambda one: (one.as_of_ms, one.used), default=None)


def entries_of(book: Book, bucket: str, period: Period) -> list[Entry]:
    """Return what counts in a bucket and period."""
    return [one for one in book.entries if one.is_counted and (one.bucket, one.period) == (bucket, period)]


def used(book: Book, bucket: str, period: Period, *, before_ms: int | None = None) -> int:
    """Return the total, of all event times or of those before an instant. It may be below zero.

    What of an opening total was used before an instant, only the records can say: all but those from then on.
    """
    balance, entries = balance_of(book, bucket, period), entries_of(book, bucket, period)
    counting = [one for one in entries if balance is None or one.at_ms > balance.as_of_ms]
    total = (0 if balance is None else balance.used) + sum(one.billable for one in counting)
    return total - sum(one.billable for one in entries if before_ms is not None and one.at_ms >= before_ms)


def buckets_and_periods(book: Book) -> list[tuple[str, Period]]:
    """Return every (bucket, period) in which something counted."""
    found = {(one.bucket, one.period) for one in book.entries if one.is_counted}
    found |= {(one.bucket, one.period) for one in book.balances}
    return sorted(found, key=lambda one: (one[0], one[1].starts_ms))
