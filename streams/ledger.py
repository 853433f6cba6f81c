"""Where every record went: the counts that must add up, and the dead letters themselves.

``read = applied + duplicate + held + dead`` and ``held = released + expired + held now``, for each topic.
"""

from collections import Counter
from typing import Final

from schemas.envelope import Emitted, Raw
from schemas.errors import Reason
from schemas.times import FIRST_MS, LAST_MS, format_instant
from schemas.topics import DEAD_LETTERS
from streams.funnel import Funnel

READ: Final = "read"
APPLIED: Final = "applied"
DUPLICATE: Final = "duplicate"
HELD: Final = "held"
DEAD: Final = "dead"
RELEASED: Final = "released"
EXPIRED: Final = "expired"
UNVERIFIED: Final = "unverified"
"""Applied although its identity may have been forgotten: it started before the dedupe horizon."""


class Ledger:
    """Counts by (topic, disposition), and of dead letters by (topic, reason)."""

    def __init__(self) -> None:
        self.records: Counter[tuple[str, str]] = Counter()
        self.rejected: Counter[tuple[str, str]] = Counter()
        self.funnel = Funnel()
        """What became of offers; the object stays the same."""

    def copy(self) -> "Ledger":
        """Return a ledger that does not move with this one."""
        twin = Ledger()
        twin.become(self)
        return twin

    def become(self, other: "Ledger") -> None:
        """Take over the counts of another."""
        self.records, self.rejected = other.records.copy(), other.rejected.copy()
        self.funnel.become(other.funnel)

    def read(self, topic: str, disposition: str) -> None:
        """Count a record that was read for the first time."""
        self.records[topic, READ] += 1
        self.records[topic, disposition] += 1

    def note(self, topic: str, disposition: str) -> None:
        """Count what became of a record later."""
        self.records[topic, disposition] += 1

    def dead_letter(self, raw: Raw, reason: Reason, detail: str, *, via: str = "") -> Emitted:
        """Count a reason and return the dead letter: key and value as they came, the rest in headers.

        ``via``: the record itself was taken, but not what it sent on to this topic.
        """
        self.rejected[raw.topic, reason.value] += 1
        headers = {
            "reason": reason.value,
            "detail": detail,
            "topic": raw.topic,
            "partition": str(raw.partition),
            "offset": str(raw.offset),
            # Kafka takes times that no text can write, and a record must not fail on being rejected.
            "timestamp": format_instant(min(max(raw.timestamp_ms, FIRST_MS), LAST_MS)),
        }
        if via:
            headers["via"] = via
        return Emitted(
            topic=DEAD_LETTERS,
            type=reason.value,
            key=raw.key,
            value=raw.value,
            headers=tuple((name, text.encode()) for name, text in headers.items()),
        )


def to_plain(counts: Counter[tuple[str, str]]) -> dict[str, int]:
    """Return counts as they are stored: ``topic/word`` → number."""
    return {f"{topic}/{word}": number for (topic, word), number in counts.items()}


def from_plain(counts: dict[str, int]) -> Counter[tuple[str, str]]:
    """Return stored counts as they are used."""
    pairs = ((name.rpartition("/"), number) for name, number in counts.items())
    return Counter({(topic, word): number for (topic, _, word), number in pairs})
