"""Whether a record is taken, and what a usage record does to the lists."""

from dataclasses import replace
from datetime import date

from tests.oracle.oracle_book import Book, plan_of
from tests.oracle.oracle_counting import Entry, Identity, Json, entry_of
from tests.oracle.oracle_periods import DAY_MS, MINUTE_MS, instant, midnight, period_at

IN_FUTURE_MS = 5 * MINUTE_MS
TOO_LATE_MS = 60 * DAY_MS
HORIZON_MS = 3 * DAY_MS
PROVISIONAL_MS = 35 * DAY_MS

TIMES = ("started_at", "ended_at", "at", "expires_at", "as_of")
DEFAULTS: Json = {"source": "", "roaming": False, "zero_rated": False, "provisional": False}
DEFAULTS_OF: dict[str, Json] = {
    "data": {"bytes_up": 0, "bytes_down": 0},
    "voice": {"direction": "out"},
    "sms": {"direction": "out", "count": 1},
    "mms": {"direction": "out", "count": 1},
}


def identity_of(topic: str, value: Json) -> Identity:
    """Return what makes a record the same as another."""
    return Identity(topic, value.get("source", ""), value["record_id" if topic == "cdr" else "event_id"])


def content_of(value: Json) -> Json:
    """Return a record with its defaults, and times as instants."""
    given = {name: one for name, one in value.items() if one is not None}
    times = {name: instant(given[name]) for name in TIMES if name in given}
    return DEFAULTS | DEFAULTS_OF.get(value["type"], {}) | given | times


def happened(value: Json) -> int:
    """Return the event time."""
    return instant(value["started_at"] if "started_at" in value else value["at"])


def seen_before(book: Book, topic: str, value: Json, arrival_ms: int) -> str | None:
    """Return ``duplicate`` or ``conflict`` of an identity that is still remembered, None of a new one."""
    for identity, content, first_ms in book.identities:
        if identity == identity_of(topic, value) and arrival_ms - first_ms <= HORIZON_MS:
            return "duplicate" if content == content_of(value) else "conflict"
    return None


def verdict(book: Book, topic: str, value: Json, arrival_ms: int) -> str:
    """Return what becomes of a record: ``applied``, ``duplicate``, or why it is a dead letter.

    A repeat is a duplicate though it comes too late; of several reasons for a dead letter the first counts.
    """
    at_ms, zone = happened(value), book.profile["time_zone"]
    joined_on = book.profile.get("joined_on")
    if at_ms > arrival_ms + IN_FUTURE_MS:
        return "in_future"
    seen = seen_before(book, topic, value, arrival_ms)
    if seen == "duplicate":
        return seen
    if topic == "cdr" and joined_on and at_ms < midnight(zone, date.fromisoformat(joined_on)):
        return "too_late"
    if topic == "cdr" and arrival_ms >= period_at(book.rules, at_ms).ends_ms + TOO_LATE_MS:
        return "too_late"
    return seen or "applied"


def is_unverified(value: Json, arrival_ms: int) -> bool:
    """Return whether a record might repeat one that is forgotten."""
    return happened(value) < arrival_ms - HORIZON_MS


def count(book: Book, plans: dict[str, Json], record: Json, arrival_ms: int) -> Entry | None:
    """Add what a usage record moves; return it, None if another has taken its place."""
    at_ms = happened(record)
    period = period_at(book.rules, at_ms)
    entry = entry_of(plan_of(book, plans, period), record, period, arrival_ms, at_ms)
    if "replaces" in record:
        named = record["replaces"]
        take_off(
            book, Identity("cdr", named.get("source", entry.identity.source), named["record_id"]), arrival_ms
        )
    is_void = counts_nothing(book, entry)
    book.entries.append(without(entry) if is_void else entry)
    return None if is_void else entry


def counts_nothing(book: Book, entry: Entry) -> bool:
    """Return whether another has taken the place of a provisional record, or of what a correction corrects.

    So too where a provisional record is sent again, later than duplicates are known.
    """
    about = entry.identity if entry.is_provisional else entry.corrects
    is_replaced = any(
        identity == about and entry.arrival_ms - named_ms < PROVISIONAL_MS
        for identity, named_ms in book.awaited
    )
    is_again = entry.is_provisional and any(
        one.is_provisional
        and one.identity == entry.identity
        and entry.arrival_ms - one.arrival_ms < PROVISIONAL_MS
        for one in book.entries
    )
    return is_replaced or is_again


def take_off(book: Book, target: Identity, arrival_ms: int) -> None:
    """Take off all that was provisional about a record, itself and its corrections, as far as it is kept."""
    book.awaited.append((target, arrival_ms))
    kept_from = {
        place: kept_since(book, one, target)
        for place, one in enumerate(book.entries)
        if one.corrects == target or (one.is_provisional and one.identity == target)
    }
    for place, since_ms in kept_from.items():
        if arrival_ms - since_ms < PROVISIONAL_MS:
            book.entries[place] = without(book.entries[place])


def kept_since(book: Book, entry: Entry, target: Identity) -> int:
    """Return from when on an entry is kept: a correction with what it corrects, if the two have met."""
    met = [
        one.arrival_ms
        for one in book.entries
        if one.is_provisional
        and one.identity == target
        and abs(one.arrival_ms - entry.arrival_ms) < PROVISIONAL_MS
    ]
    return met[0] if met else entry.arrival_ms


def without(entry: Entry) -> Entry:
    """Return an entry of nothing in the place of one: it was there, and that is all."""
    return replace(entry, billable=0, raw=0, charge=None, is_provisional=False, corrects=None)
