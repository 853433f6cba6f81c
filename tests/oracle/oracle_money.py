"""What usage costs and what is owed. All of it is in the plan's currency."""

from decimal import Decimal
from typing import Any

from tests.oracle.oracle_allowances import allowance
from tests.oracle.oracle_book import Book, buckets_and_periods, entries_of, plan_of, used
from tests.oracle.oracle_counting import NOTHING, Json, allowance_of, money
from tests.oracle.oracle_ids import id_of
from tests.oracle.oracle_periods import Period

BILL_PERCENTS = (50, 80, 100)
"""Of the credit limit. Source: issue 5, DOMAIN.md A2.12."""


def over(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> int:
    """Return what is used beyond the allowance."""
    allowed = allowance(book, plans, bucket, period)
    return 0 if allowed is None else max(0, used(book, bucket, period) - allowed)


def charge(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> Decimal | None:
    """Return a bucket's charge: the records' own where one has any, else the plan's.

    None: nobody says what it costs. Where nothing is over it costs nothing.
    """
    own = [one.charge for one in entries_of(book, bucket, period) if one.charge is not None]
    if own:
        return sum(own, NOTHING)
    beyond = allowance_of(plan_of(book, plans, period), bucket)["beyond"]
    is_priced = beyond["action"] == "charge" and None not in (beyond.get("price"), beyond.get("per"))
    excess = over(book, plans, bucket, period)
    if not is_priced:
        return None
    return Decimal(beyond["price"]) * -(-excess // int(beyond["per"]))


def owed(book: Book, plans: dict[str, Json]) -> Decimal:
    """Return what the subscriber owes: all charges and accruals less payments."""
    buckets = [charge(book, plans, *one) or NOTHING for one in buckets_and_periods(book)]
    beside = [one.charge for one in book.entries if not one.is_counted and one.charge is not None]
    return sum(buckets, NOTHING) + sum(beside, NOTHING) + sum((one.amount for one in book.accrued), NOTHING)


def true_bill_marks(book: Book, plans: dict[str, Json]) -> list[tuple[str, int]]:
    """Return what is true of the credit limit now: warnings from the lowest level on, then arrears."""
    limit = money(book.profile.get("credit_limit"))
    if limit is None:
        return []
    due = owed(book, plans)
    levels = [level for level in BILL_PERCENTS if limit > 0 and due * 100 >= limit * level]
    return [("bill_warning", level) for level in levels] + ([("arrears", 0)] if due > limit else [])


def arm_again(book: Book, plans: dict[str, Json]) -> None:
    """After a payment or another limit: a new generation, and what is no longer true may be said again."""
    book.bill_generation += 1
    still = true_bill_marks(book, plans)
    book.bill_marks = [mark for mark in book.bill_marks if mark in still]


def look_at_bill(book: Book, plans: dict[str, Json], at: str, line: int) -> list[dict[str, Any]]:
    """Return what is true of the bill and not yet said."""
    limit, due = money(book.profile.get("credit_limit")), owed(book, plans)
    said = []
    for kind, level in true_bill_marks(book, plans):
        if (kind, level) in book.bill_marks:
            continue
        book.bill_marks.append((kind, level))
        fields: dict[str, Any] = {"owed": due, "amount": limit, "generation": book.bill_generation}
        if kind == "bill_warning":
            fields |= {"limit": "credit_limit", "level": level}
        said.append(
            {"type": kind, "subscriber_id": book.subscriber, "line": line, "at": at, **fields}
            | {"id": id_of(kind, book.subscriber, fields)}
        )
    return said
