"""Recomputes what a replay file says, by code that is slow and obvious.

Each subscriber is a set of lists (`oracle_book`); after each record every total is summed anew and all that
is true is held against what was said before. It shares nothing with `streams` or `schemas`, and knows only
what issue 5 is about: usage records, profiles, purchases, balances and money. Its records must be well
formed, each subscriber's profile and its plan come first, all money is in one currency, and a plan has one
version.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.oracle_book import Book, buckets_and_periods, used
from tests.oracle.oracle_changes import lapse, remind, take_event, take_profile, timers_of
from tests.oracle.oracle_counting import Json
from tests.oracle.oracle_intake import content_of, count, happened, identity_of, is_unverified, verdict
from tests.oracle.oracle_money import charge, look_at_bill
from tests.oracle.oracle_periods import Period, instant, text
from tests.oracle.oracle_signals import Cause, Signal, late_adjustments, look, outward
from tests.oracle.oracle_windows import counted_hours, forecast, raw_days

Place = tuple[str, str, str]
"""(subscriber, bucket, period)."""
Slots = tuple[dict[int, int], dict[int, int]]
"""(UTC hour → counted, UTC day → measured)."""


@dataclass
class Oracle:
    """What a file says, as far as it was read."""

    plans: dict[str, Json] = field(default_factory=dict)
    books: dict[str, Book] = field(default_factory=dict)
    signals: list[Signal] = field(default_factory=list)
    """In order, with ``line``, the number of the line that caused it; 0 for a timer."""
    ledger: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(topic, what became of it) → records; ``unverified`` ones are also ``applied``."""

    def read(self, lines: Sequence[Json]) -> "Oracle":
        """Read a file and return self."""
        for number, line in enumerate(lines, start=1):
            self.take(line, number)
        return self

    def take(self, line: Json, number: int) -> None:
        """Read one line."""
        topic, value = line["topic"], line["value"]
        if topic == "plans":
            self.plans[value["plan_id"]] = value
        if topic not in {"subscribers", "usage-events", "cdr"}:
            return
        arrival_ms = instant(line["timestamp"]) if "timestamp" in line else happened(value)
        self.fire_timers(arrival_ms)
        book = self.books.setdefault(value["subscriber_id"], Book(value["subscriber_id"]))
        if topic == "subscribers":
            take_profile(book, self.plans, value, arrival_ms)
            self.ledger[topic, "applied"] += 1
            self.look(book, Cause(number, arrival_ms, arrival_ms, is_of_open=True))
            return
        became = verdict(book, topic, value, arrival_ms)
        self.ledger[topic, became] += 1
        if became != "applied":
            return
        self.ledger[topic, "unverified"] += is_unverified(value, arrival_ms)
        book.identities.append((identity_of(topic, value), content_of(value), arrival_ms))
        cause = Cause(number, happened(value), arrival_ms)
        if topic == "cdr":
            self.take_usage(book, value, cause)
        else:
            take_event(book, self.plans, value, arrival_ms)
            self.look(book, cause)

    def take_usage(self, book: Book, record: Json, cause: Cause) -> None:
        """Count a usage record and say what follows."""
        before = outward(book, self.plans)
        entry = count(book, self.plans, record, cause.arrival_ms)
        said = look(book, self.plans, cause)
        identity = (record.get("source", ""), record["record_id"])
        said += late_adjustments(book, self.plans, before, cause, identity)
        if entry is not None:
            said += forecast(book, self.plans, entry, cause.line)
        self.signals += said + look_at_bill(book, self.plans, text(cause.at_ms), cause.line)

    def look(self, book: Book, cause: Cause) -> None:
        """Say what is true of a subscriber and not said yet."""
        self.signals += look(book, self.plans, cause)
        self.signals += look_at_bill(book, self.plans, text(cause.at_ms), cause.line)

    def fire_timers(self, until_ms: int) -> None:
        """Let all happen that is due at or before an arrival, by time and then by subscriber."""
        while True:
            due = [one for book in self.books.values() for one in timers_of(book) if one.due_ms <= until_ms]
            if not due:
                return
            timer = min(due, key=lambda one: (one.due_ms, one.subscriber, one.is_lapse))
            book = self.books[timer.subscriber]
            if timer.is_lapse:
                lapse(book, self.plans, timer.grant)
                self.look(book, Cause(0, timer.due_ms, timer.due_ms))
            else:
                self.signals += remind(book, self.plans, timer.grant)

    # -- what is held against the pipeline

    def places(self) -> list[tuple[Book, str, Period]]:
        """Return each subscriber, bucket and period in which something counted."""
        return [(book, *place) for book in self.books.values() for place in buckets_and_periods(book)]

    def totals(self) -> dict[Place, int]:
        """Return what is used; zeros are left out."""
        sums = {
            (book.subscriber, bucket, period.day): used(book, bucket, period)
            for book, bucket, period in self.places()
        }
        return {place: total for place, total in sums.items() if total}

    def charges(self) -> dict[Place, Decimal]:
        """Return what it costs; zeros are left out, and what nobody has a price for."""
        sums = {
            (book.subscriber, bucket, period.day): charge(book, self.plans, bucket, period)
            for book, bucket, period in self.places()
        }
        return {place: total for place, total in sums.items() if total}

    def windows(self) -> dict[tuple[str, str], Slots]:
        """Return (subscriber, bucket) → 168 counted hours and 35 measured days; zeros are left out."""
        found = {(book.subscriber, entry.bucket) for book in self.books.values() for entry in book.entries}
        return {
            (who, bucket): (counted_hours(self.books[who], bucket), raw_days(self.books[who], bucket))
            for who, bucket in found
        }
