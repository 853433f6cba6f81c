"""What is said of a bucket in a period: levels, over, throttled, exhausted, and when it is no longer so.

After every record and change all that is true is listed anew and held against what was said before.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.oracle.oracle_allowances import allowance
from tests.oracle.oracle_book import Book, Raised, buckets_and_periods, plan_of, used
from tests.oracle.oracle_counting import Json, allowance_of, unit_of
from tests.oracle.oracle_ids import id_of
from tests.oracle.oracle_money import charge, over
from tests.oracle.oracle_periods import Period, text

Signal = dict[str, Any]
Place = tuple[str, Period]
"""A bucket in a period."""


@dataclass(frozen=True)
class Cause:
    """What led to a signal: a line of the file, or of a timer line 0 at its due time."""

    line: int
    at_ms: int
    arrival_ms: int
    is_of_open: bool = False
    """A profile: it changes the open period, and those before it are looked at no more."""


def true_marks(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> list[tuple[str, int]]:
    """Return what is true now, as (type, level or step), in the order in which it is said."""
    allowed, total = allowance(book, plans, bucket, period), used(book, bucket, period)
    action = allowance_of(plan_of(book, plans, period), bucket)["beyond"]["action"]
    if allowed is None or total <= 0:
        return []
    marks = [("near_limit", one) for one in book.levels if allowed > 0 and total * 100 >= one * allowed]
    if action == "charge" and total > allowed:
        marks.append(("overage", 0))
    if action == "throttle" and total >= allowed:
        marks.append(("throttled", 0))
    if action in {"block", "pay_to_restore"} and total >= allowed:
        marks.append(("exhausted", 0))
    return marks


def is_said(book: Book, plans: dict[str, Json], place: Place, mark: tuple[str, int]) -> bool:
    """Return whether a true mark is raised: 100 % is not where ``throttled`` says it."""
    bucket, period = place
    action = allowance_of(plan_of(book, plans, period), bucket)["beyond"]["action"]
    return mark != ("near_limit", 100) or action != "throttle"


def look(book: Book, plans: dict[str, Json], cause: Cause) -> list[Signal]:
    """Return what is to be said, of every bucket and period whose end is not longer ago than is told."""
    return [
        signal
        for bucket, period in buckets_and_periods(book)
        if cause.arrival_ms < period.ends_ms + (0 if cause.is_of_open else book.notice_ms)
        for signal in look_at(book, plans, (bucket, period), cause)
    ]


def look_at(book: Book, plans: dict[str, Json], place: Place, cause: Cause) -> list[Signal]:
    """Return what is to be said of one bucket in one period: raised, then resolved, then reinstated."""
    bucket, period = place
    generation = book.generations[bucket, period.day]
    marks = true_marks(book, plans, bucket, period)
    known = [one for one in book.raised if (one.bucket, one.day) == (bucket, period.day)]
    current = [one for one in known if one.generation == generation]
    former = [one for one in known if one.generation != generation and not one.is_superseded]
    raised = [
        raise_mark(book, plans, place, mark, cause)
        for mark in marks
        if mark not in [one.mark for one in current] and is_said(book, plans, place, mark)
    ]
    resolved, reinstated = [], []
    for one in [*former, *current]:
        if one.is_standing and one.mark not in marks:
            one.is_standing = False
            one.resolved += 1
            resolved.append(turned(book, one, "resolved", one.resolved, cause))
    for one in current:
        if not one.is_standing and one.mark in marks:
            one.is_standing = True
            one.reinstated += 1
            reinstated.append(turned(book, one, "reinstated", one.reinstated, cause))
    for one in former:
        one.is_superseded = True
    return raised + resolved + reinstated


def common(book: Book, kind: str, cause: Cause) -> Signal:
    """Return what every signal has."""
    return {
        "type": kind,
        "subscriber_id": book.subscriber,
        "line": cause.line,
        "at": text(cause.at_ms),
    }


def raise_mark(
    book: Book, plans: dict[str, Json], place: Place, mark: tuple[str, int], cause: Cause
) -> Signal:
    """Return the signal of a mark, and remember it."""
    (kind, level), (bucket, period) = mark, place
    plan = plan_of(book, plans, period)
    total, allowed = used(book, bucket, period), allowance(book, plans, bucket, period) or 0
    beyond = allowance_of(plan, bucket)["beyond"]
    fields: Signal = {
        "bucket": bucket,
        "period": period.day,
        "period_ends_at": text(period.ends_ms),
        "used": total,
        "allowance": allowed,
        "remaining": max(0, allowed - total),
        "unit": unit_of(bucket),
        "plan_id": plan["plan_id"],
        "generation": book.generations[bucket, period.day],
        "late": cause.arrival_ms >= period.ends_ms,
    }
    match kind:
        case "near_limit":
            fields["level"] = level
        case "overage":
            costs = charge(book, plans, bucket, period)
            fields |= {"over": over(book, plans, bucket, period), "charge": costs, "step": level}
        case "throttled":
            fields["to_kbps"] = beyond.get("to_kbps")
        case "exhausted":
            fields["action"] = beyond["action"]
    fields["id"] = id_of(kind, book.subscriber, fields)
    book.raised.append(Raised(fields["id"], mark, bucket, period.day, fields["generation"]))
    return common(book, kind, cause) | fields


def turned(book: Book, one: Raised, kind: str, n: int, cause: Cause) -> Signal:
    """Return ``resolved`` or ``reinstated`` of a signal, for the n-th time."""
    fields: Signal = {"of": one.id, "n": n, "bucket": one.bucket, "period": one.day}
    return common(book, kind, cause) | fields | {"id": id_of(kind, book.subscriber, fields)}


# -- after the notice


Outward = tuple[int, Decimal | None]
"""(used, charge) as others read it."""


def outward(book: Book, plans: dict[str, Json]) -> dict[Place, Outward]:
    """Return what others read of every bucket and period."""
    return {
        (bucket, period): (max(0, used(book, bucket, period)), charge(book, plans, bucket, period))
        for bucket, period in buckets_and_periods(book)
    }


def unused(book: Book, plans: dict[str, Json], bucket: str, period: Period) -> Outward:
    """Return what others read of a bucket in a period in which nothing has been counted."""
    nothing = Book(book.subscriber, profiles=book.profiles)
    return 0, charge(nothing, plans, bucket, period)


def late_adjustments(
    book: Book, plans: dict[str, Json], before: dict[Place, Outward], cause: Cause, identity: tuple[str, str]
) -> list[Signal]:
    """Return what a record changed in periods that have been closed for longer than is told."""
    said = []
    for (bucket, period), (used_after, charge_after) in outward(book, plans).items():
        used_before, charge_before = before.get((bucket, period)) or unused(book, plans, bucket, period)
        is_told = cause.arrival_ms < period.ends_ms + book.notice_ms
        if is_told or (used_before, charge_before) == (used_after, charge_after):
            continue
        fields: Signal = {
            "bucket": bucket,
            "period": period.day,
            "used_before": used_before,
            "used_after": used_after,
            "charge_before": charge_before,
            "charge_after": charge_after,
            "source": identity[0],
            "record_id": identity[1],
        }
        fields["id"] = id_of("late_adjustment", book.subscriber, fields)
        said.append(common(book, "late_adjustment", cause) | fields)
    return said
