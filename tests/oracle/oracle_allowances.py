"""How much a bucket allows in a period: what the plan gives, and what is left of what was bought.

Used up is what expires first: an add-on that ends within the period (it covers usage from before its end
only) or with it, then the plan's own amount, which ends with the period, then add-ons that end later. What an
earlier period drew from an add-on is missing in the next. All of that follows from the totals. Of two that
end at once no page says which is first: it is by identity, so that it is the same in any order.
"""

from dataclasses import dataclass

from tests.oracle.oracle_book import Book, Grant, buckets_and_periods, plan_of, used
from tests.oracle.oracle_counting import Json, allowance_of
from tests.oracle.oracle_periods import Period, period_at


@dataclass(frozen=True)
class Draw:
    """What one period found of an add-on, and took of it."""

    available: int
    drawn: int


def plan_amount(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> int | None:
    """Return what the plan gives, None without limit."""
    amount: int | None = allowance_of(plan_of(book, plans, period), bucket)["amount"]
    return amount


def is_valid(grant: Grant, bucket: str, period: Period) -> bool:
    """Return whether an add-on is good for something in a period."""
    return (
        grant.bucket == bucket and grant.starts_ms <= period.starts_ms and grant.expires_ms > period.starts_ms
    )


def draws(book: Book, plans: dict[str, Json], bucket: str, asked: Period) -> dict[tuple[str, Grant], Draw]:
    """Return (period, add-on) → draw, for the asked period and all before it."""
    periods = {one for name, one in buckets_and_periods(book) if name == bucket} | {asked}
    told: dict[tuple[str, Grant], Draw] = {}
    for period in sorted(periods, key=lambda one: one.starts_ms):
        told |= draws_in(book, plans, bucket, period, told)
    return told


def draws_in(
    book: Book,
    plans: dict[str, Json],
    bucket: str,
    period: Period,
    earlier: dict[tuple[str, Grant], Draw],
) -> dict[tuple[str, Grant], Draw]:
    """Return the draws of one period, after those of the periods before it."""
    grants = sorted(
        (one for one in book.grants if is_valid(one, bucket, period)),
        key=lambda one: (one.expires_ms, one.identity.source, one.identity.id),
    )
    within = [one for one in grants if one.expires_ms <= period.ends_ms]
    amount = plan_amount(book, plans, bucket, period)
    total = max(0, used(book, bucket, period))
    told: dict[tuple[str, Grant], Draw] = {}
    covered = 0
    for grant in within:
        reach = used(book, bucket, period, before_ms=grant.expires_ms)
        covered += draw(grant, period, reach - covered, earlier, told)
    covered += max(0, total - covered) if amount is None else max(0, min(amount, total - covered))
    for grant in grants[len(within) :]:
        covered += draw(grant, period, total - covered, earlier, told)
    return told


def draw(
    grant: Grant,
    period: Period,
    wanted: int,
    earlier: dict[tuple[str, Grant], Draw],
    told: dict[tuple[str, Grant], Draw],
) -> int:
    """Add one draw to those told and return how much it is."""
    available = grant.amount - sum(one.drawn for (_, of), one in earlier.items() if of == grant)
    drawn = max(0, min(available, wanted))
    told[period.day, grant] = Draw(available, drawn)
    return drawn


def allowance(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> int | None:
    """Return the allowance; None without limit.

    Of an add-on that has lapsed within the period only what was drawn is left.
    """
    amount = plan_amount(book, plans, bucket, period)
    if amount is None:
        return None
    here = {
        grant: one for (day, grant), one in draws(book, plans, bucket, period).items() if day == period.day
    }
    over = [grant for grant in book.lapsed if grant.expires_ms < period.ends_ms]
    return amount + sum(one.drawn if grant in over else one.available for grant, one in here.items())


def left(book: Book, plans: dict[str, Json], grant: Grant, at_ms: int) -> int:
    """Return what no period up to the one of an instant has drawn of an add-on."""
    asked = period_at(book.rules, at_ms)
    drawn = [one.drawn for (_, of), one in draws(book, plans, grant.bucket, asked).items() if of == grant]
    return grant.amount - sum(drawn)
