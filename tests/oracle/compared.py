"""Feeds a history to the oracle and to the pipeline, and holds one against the other."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tests.build import replay
from tests.fed import Fed
from tests.oracle import observed
from tests.oracle.oracle import Oracle, Slots
from tests.oracle.strategies import Fact, Json, Who, in_order

KEPT_MS: Final = 60 * 86_400_000
"""How long after its end a period is kept, at least."""


@dataclass
class Compared:
    """What both made of the same lines."""

    oracle: Oracle
    fed: Fed
    names: list[str]
    now_ms: int
    """The newest arrival."""

    def assert_same_states(self) -> None:
        """Totals, charges and windows are the same, and every record became the same."""
        kept = observed.days(self.fed, self.names)
        open_still = {
            (book.subscriber, period.day)
            for book, _, period in self.oracle.places()
            if self.now_ms < period.ends_ms + KEPT_MS
        }
        assert open_still <= kept
        assert self.kept(self.oracle.totals(), kept) == observed.totals(self.fed, self.names)
        assert self.kept(self.oracle.charges(), kept) == observed.charges(self.fed, self.names)
        assert not_empty(self.oracle.windows()) == not_empty(observed.windows(self.fed, self.names))
        assert +self.oracle.ledger == observed.ledger(self.fed)

    @staticmethod
    def kept(places: dict[Any, Any], kept: set[tuple[str, str]]) -> dict[Any, Any]:
        """Return what is of periods that are still kept."""
        return {place: one for place, one in places.items() if (place[0], place[2]) in kept}

    def assert_same_signals(self) -> None:
        """The same signals in the same order, field by field."""
        assert arranged(expected(self.oracle)) == arranged(observed.signals(self.fed))


def not_empty(windows: dict[tuple[str, str], Slots]) -> dict[tuple[str, str], Slots]:
    """Return the windows that hold something."""
    return {place: slots for place, slots in windows.items() if slots != ({}, {})}


def expected(oracle: Oracle) -> list[Json]:
    """Return the oracle's signals with the fields that are compared."""
    return [observed.comparable(signal) for signal in oracle.signals]


def arranged(signals: Iterable[Json]) -> list[Json]:
    """Return signals in order, where one cause touched several buckets sorted by bucket and period.

    No page says in which order buckets are looked at; within one the order is said.
    """
    causes = Counter[tuple[int, str]]()
    numbered = []
    for signal in signals:
        causes.setdefault((signal["line"], signal["at"]), len(causes))
        numbered.append((causes[signal["line"], signal["at"]], signal))
    return [
        signal
        for _, signal in sorted(
            numbered, key=lambda one: (one[0], one[1].get("bucket", "~"), one[1].get("period", ""))
        )
    ]


def feed(people: list[Who], facts: list[Fact]) -> Compared:
    """Feed a history in order of arrival to both."""
    return feed_lines(people, in_order(facts), max(one.arrival_ms for one in facts))


def feed_lines(people: list[Who], lines: list[Json], now_ms: int) -> Compared:
    """Feed lines in the order of the file to both."""
    return Compared(
        oracle=Oracle().read(lines),
        fed=replay(lines, is_bare=True),
        names=[who.name for who in people],
        now_ms=now_ms,
    )
