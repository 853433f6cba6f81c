"""Rolling windows of event time, and the forecast that is read from one.

Slots are numbered by UTC hour or UTC day since 1970. A window ends with its newest slot.
"""

from datetime import timedelta
from typing import Any

from tests.oracle.oracle_allowances import allowance
from tests.oracle.oracle_book import Book, used
from tests.oracle.oracle_counting import Entry, Json
from tests.oracle.oracle_ids import id_of
from tests.oracle.oracle_periods import DAY_MS, HOUR_MS, Period, local_day, midnight, text

HOURS, DAYS = 168, 35
FORECAST_FROM_PERCENT = 30
FORECAST_FROM_DAYS = 4
"""Whole local days that must have passed: from the fifth on."""
FORECAST_MOVES_MS = 3 * DAY_MS


def counted_hours(book: Book, bucket: str) -> dict[int, int]:
    """Return the last 168 UTC hours of what counted, those that are zero left out."""
    counted = [
        (one.at_ms // HOUR_MS, one.billable) for one in book.entries if is_of(one, bucket, counted=True)
    ]
    return slots(counted, HOURS)


def raw_days(book: Book, bucket: str) -> dict[int, int]:
    """Return the last 35 UTC days of what was measured, those that are zero left out."""
    return slots([(one.at_ms // DAY_MS, one.raw) for one in book.entries if is_of(one, bucket)], DAYS)


def is_of(entry: Entry, bucket: str, *, counted: bool = False) -> bool:
    """Return whether an entry is of a bucket, and if asked, counts in it."""
    return entry.bucket == bucket and (entry.is_counted if counted else entry.is_measured)


def slots(measured: list[tuple[int, int]], length: int) -> dict[int, int]:
    """Return (slot, quantity) sums of the slots that end with the newest."""
    newest = max((slot for slot, _ in measured), default=0)
    wanted = range(newest - length + 1, newest + 1)
    sums = {slot: sum(quantity for one, quantity in measured if one == slot) for slot in wanted}
    return {slot: quantity for slot, quantity in sums.items() if quantity}


def newest_hour(book: Book, bucket: str) -> int:
    """Return the newest UTC hour in which something counted."""
    return max(one.at_ms // HOUR_MS for one in book.entries if is_of(one, bucket, counted=True))


def fifth_day(period: Period) -> int:
    """Return when the fifth local day of a period begins."""
    first = local_day(period.zone, period.starts_ms)
    return midnight(period.zone, first + timedelta(days=FORECAST_FROM_DAYS))


def forecast(book: Book, plans: dict[str, Json], entry: Entry, line: int) -> list[dict[str, Any]]:
    """Return the forecast that a counted record gives, if there is something new to say."""
    bucket, period = entry.bucket, entry.period
    allowed, total = allowance(book, plans, bucket, period), used(book, bucket, period)
    if not entry.is_counted or allowed is None or entry.arrival_ms >= period.ends_ms:
        return []
    if entry.at_ms < fifth_day(period) or total * 100 < FORECAST_FROM_PERCENT * allowed or total >= allowed:
        return []
    newest = newest_hour(book, bucket)
    hours = min(HOURS, newest - period.starts_ms // HOUR_MS + 1)
    quantity = sum(
        quantity for slot, quantity in counted_hours(book, bucket).items() if slot > newest - hours
    )
    if quantity <= 0:
        return []
    base_ms = max(entry.at_ms, newest * HOUR_MS)
    out_ms = base_ms + (allowed - total) * hours * HOUR_MS // quantity
    said = book.forecasts.setdefault((bucket, period.day), [])
    if out_ms >= period.ends_ms or (said and abs(out_ms - said[-1]) <= FORECAST_MOVES_MS):
        return []
    said.append(out_ms)
    fields = {
        "bucket": bucket,
        "period": period.day,
        "runs_out_at": text(out_ms),
        "period_ends_at": text(period.ends_ms),
        "rate_per_day": quantity * 24 // hours,
        "n": len(said),
    }
    common = {"type": "forecast", "subscriber_id": book.subscriber, "line": line, "at": text(entry.at_ms)}
    return [common | fields | {"id": id_of("forecast", book.subscriber, fields)}]
