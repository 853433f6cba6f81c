"""What is found over spans of time, recomputed from the whole list of records, sharing nothing with the core.

Each function walks the records in order of arrival and looks at all that came before, by the plainest means.
A record is a dict with ``kind``, ``at_ms`` and what its kind has.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
Record = dict[str, Any]
Found = tuple[str, ...]


def often(
    records: list[Record],
    name: str,
    counts: Callable[[Record], bool],
    limits: list[tuple[int, int]],
    cooldown_hours: int,
) -> Iterator[Found]:
    """Yield (name, record id) where so many events lie within so many hours, and none was told lately."""
    told_ms: int | None = None
    seen: list[int] = []
    for record in records:
        if not counts(record):
            continue
        at_ms = record["at_ms"]
        seen.append(at_ms)
        for end_ms in sorted({one for one in seen if one >= at_ms}):
            if told_ms is not None and end_ms < told_ms + cooldown_hours * HOUR_MS:
                continue
            if any(
                end_ms - hours * HOUR_MS < at_ms
                and sum(end_ms - hours * HOUR_MS < one <= end_ms for one in seen) >= count
                for count, hours in limits
            ):
                told_ms = end_ms
                yield name, record["id"]
                break


def intents(records: list[Record]) -> Iterator[Found]:
    """Yield the intents."""

    def viewed(page: str) -> Callable[[Record], bool]:
        return lambda record: record["kind"] == "view" and record["page"] == page

    yield from often(records, "balance_viewed", viewed("balance"), [(5, 24), (10, 168)], 168)
    yield from often(records, "broadband_viewed", viewed("broadband"), [(3, 168)], 168)
    yield from often(
        records,
        "data_short_asked",
        lambda record: record["kind"] == "ask" and record["topic"] == "data_short",
        [(2, 720)],
        168,
    )


def dropped(records: list[Record]) -> Iterator[Found]:
    """Yield where calls were cut off too often."""
    return often(records, "dropped_calls", lambda record: bool(record.get("dropped")), [(3, 168)], 168)


def talkers(records: list[Record]) -> Iterator[Found]:
    """Yield the months with more than 500 minutes of calls."""
    months: dict[str, int] = {}
    told = set()
    for record in records:
        if record["kind"] == "call":
            month = day_of(record["at_ms"])[:7]
            months[month] = months.get(month, 0) + record["seconds"]
            if months[month] > 500 * 60 and month not in told:
                told.add(month)
                yield "voice_heavy", f"{month}-01"


def panics(records: list[Record], allowance: int) -> Iterator[Found]:
    """Yield the months in which data ran out or more was bought five times.

    More that was bought and is not enough has run out again at once.
    """
    told = set()
    for place, record in enumerate(records):
        month = day_of(record["at_ms"])[:7]
        used, total, episodes, is_out = 0, allowance, 0, False
        for one in records[: place + 1]:
            if day_of(one["at_ms"])[:7] != month or one["kind"] not in ("data", "buy"):
                continue
            if one["kind"] == "buy":
                episodes, total, is_out = episodes + 1, total + one["octets"], False
            else:
                used += one["octets"]
            if used > total and not is_out:
                episodes, is_out = episodes + 1, True
        if episodes >= 5 and month not in told:
            told.add(month)
            yield "data_panic", f"{month}-01"


def spikes(records: list[Record]) -> Iterator[Found]:
    """Yield the UTC days on which far more was used than is usual."""
    told: list[int] = []
    hours: dict[int, int] = {}
    for record in records:
        if record["kind"] != "data":
            continue
        hour = record["at_ms"] // HOUR_MS
        if hours and hour <= max(hours) - 168:
            continue
        hours[hour] = hours.get(hour, 0) + record["octets"]
        newest = max(hours)
        last = sum(octets for one, octets in hours.items() if newest - 24 < one <= newest)
        before = {one: octets for one, octets in hours.items() if newest - 168 < one <= newest - 24}
        day = newest // 24
        if last < 10**9 or last * 144 < 5 * sum(before.values()) * 24:
            continue
        if len({one // 24 for one in before}) >= 3 and (not told or day > told[-1]):
            told.append(day)
            yield "usage_spike", day_of(day * DAY_MS)


def shocks(records: list[Record], price: Decimal) -> Iterator[Found]:
    """Yield where roaming cost half the plan within 24 UTC hours."""
    told_ms: int | None = None
    seen: list[tuple[int, Decimal]] = []
    for record in records:
        if record["kind"] != "data" or record.get("cost") is None:
            continue
        at_ms, hour = record["at_ms"], record["at_ms"] // HOUR_MS
        if not seen or hour > max(one for one, _ in seen) - 48:
            seen.append((hour, record["cost"]))
            seen = [(one, cost) for one, cost in seen if one > max(other for other, _ in seen) - 48]
        if record["cost"] <= 0:
            continue
        for end in sorted({hour, *(one for one, _ in seen if hour < one < hour + 24)}):
            end_ms = max(at_ms, end * HOUR_MS)
            in_window = [cost for one, cost in seen if end - 24 < one <= end]
            if told_ms is not None and end_ms < told_ms + DAY_MS:
                continue
            if sum(in_window, Decimal(0)) * 100 >= 50 * price:
                told_ms = end_ms
                yield "bill_shock", record["id"]
                break


def day_of(at_ms: int) -> str:
    """Return the UTC date of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def basics(bills: dict[str, Decimal], months: list[str]) -> Iterator[Found]:
    """Yield the months that follow three in which something, and at most 50, was spent.

    ``bills`` by month; ``months`` are those with records, ascending, each looked at when it begins.
    """
    for month in months:
        year, number = int(month[:4]), int(month[5:])
        former = [f"{year - (number <= back):04}-{(number - back - 1) % 12 + 1:02}" for back in (1, 2, 3)]
        if all(0 < bills.get(one, Decimal(0)) <= 50 for one in former):
            yield "basic", f"{month}-01"
