"""The driver over files and lists: lines in, outputs out, the same bytes on every run.

It runs the pipeline that the live worker runs, as one partition whose clock is the arrival time alone. So
what goes to a group arrives where it was sent from: it is no output but is taken at once, before the next
line, as a record of `group-usage` whose offset is the line's number.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from schemas.envelope import FILE_TOPIC, Emitted, Raw
from schemas.errors import SchemaError
from schemas.topics import GROUP_USAGE
from streams.core.catalog import Catalog
from streams.ledger import EXPIRED, HELD, RELEASED
from streams.lines import Line, parse
from streams.pipeline import Pipeline, Rules

BATCH_LINES: Final = 1_000
"""Lines between two commits of the states: what is done again when a record breaks our own code."""
HOPS_MOST: Final = 2
"""Usage goes to its group and, where that does not count it, back to its line."""
_LINE: Final = 0
"""Place of the line itself among the records that it causes."""


class BounceError(Exception):
    """Our own code sends usage on that has been to its group and back: on Kafka that would never end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}: usage went to a group and back, and is sent once more")


class Summary(Struct, frozen=True):
    """What a replay did."""

    records: dict[tuple[str, str], int]
    """(topic, disposition) → records, with ``held now``."""
    rejected: dict[tuple[str, str], int]
    """(topic, reason) → records."""
    outputs: dict[tuple[str, str], int]
    """(topic, type) → outputs."""
    offers: dict[tuple[str, str, str], int]
    """(kind, channel, stage) → offers."""
    unsaid: dict[tuple[str, str], int]
    """(kind, reason) → offers not made."""
    subscribers: int
    lines: int


class Replay:
    """One run over lines. ``pipeline`` may be looked at between outputs."""

    def __init__(self, *, rules: Rules | None = None) -> None:
        self.catalog = Catalog()
        self.pipeline = Pipeline(catalog=self.catalog, rules=rules or Rules.default())
        self.line_count = 0
        self._outputs: Counter[tuple[str, str]] = Counter()
        self._at = (0, _LINE)
        """The record in hand: its line's number, and its place among those that the line causes."""
        self._defects: set[tuple[int, int]] = set()

    def run(self, lines: Iterable[bytes]) -> Iterator[Emitted]:
        """Take every line in order and yield the outputs in order. A line may end with its line feed.

        Blank lines count as lines, nothing else: editors and pipes leave them behind.
        """
        numbered = iter(enumerate(lines, start=self.line_count + 1))
        while batch := list(islice(numbered, BATCH_LINES)):
            out = self._commit(batch)
            self.line_count = batch[-1][0]
            self._outputs.update((emitted.topic, emitted.type) for emitted in out)
            yield from out

    def summary(self) -> Summary:
        """Return the counts so far."""
        records = dict(self.pipeline.ledger)
        for topic in {topic for topic, disposition in records if disposition == HELD}:
            gone = records.get((topic, RELEASED), 0) + records.get((topic, EXPIRED), 0)
            records[topic, "held now"] = records[topic, HELD] - gone
        return Summary(
            records=records,
            rejected=dict(self.pipeline.rejected),
            outputs=dict(self._outputs),
            offers=dict(self.pipeline.funnel.stages),
            unsaid=dict(self.pipeline.funnel.reasons),
            subscribers=self.pipeline.sizes()["subscribers"],
            lines=self.line_count,
        )

    def _commit(self, batch: list[tuple[int, bytes]]) -> list[Emitted]:
        """Take a batch whole; again without a record on which our own code fails."""
        catalog = self.catalog.copy()
        while True:
            out: list[Emitted] = []
            try:
                for number, text in batch:
                    if not text.isspace():
                        self._take(number, text, out)
                self.pipeline.changes()
            except BounceError:
                raise
            except Exception:
                # What the record left half done goes, and the record becomes a dead letter of its own.
                if self._at in self._defects:
                    raise
                self.pipeline.rollback()
                self.catalog.restore(catalog)
                self._defects.add(self._at)
            else:
                self.pipeline.accept()
                return out

    def _take(self, number: int, text: bytes, out: list[Emitted]) -> None:
        """Take one line, then what it sends to groups, then what they send back. Raises: BounceError."""
        clock_ms = self.pipeline.clock_ms
        text = text.rstrip(b"\r\n")
        try:
            line = parse(text)
        except SchemaError as fault:
            raw = Raw(FILE_TOPIC, 0, number, clock_ms, None, text)
            out += self.pipeline.reject(raw, fault.reason, fault.detail)
            return
        arriving = [_raw(line, number, clock_ms)]
        place, hop = _LINE, 0
        while arriving:
            if hop > HOPS_MOST:
                raise BounceError(number)
            sent: list[Raw] = []
            for raw in arriving:
                self._at = (number, place)
                for emitted in self._outputs_of(raw):
                    if emitted.topic == GROUP_USAGE:
                        sent.append(_sent(emitted, number))
                    else:
                        out.append(emitted)
                place += 1
            arriving = sent
            hop += 1

    def _outputs_of(self, raw: Raw) -> list[Emitted]:
        """Take the record that is at `_at`, after the timers that are due before it."""
        out: list[Emitted] = []
        while self.pipeline.is_due(raw):
            out += self.pipeline.tick(raw.timestamp_ms)
        if self._at in self._defects:
            return out + self.pipeline.defect(raw)
        return out + self.pipeline.take(raw)


def _raw(line: Line, number: int, clock_ms: int) -> Raw:
    """Return the record that a line stands for; without any time it arrives at the clock as it stands."""
    timestamp_ms = clock_ms if line.timestamp_ms is None else line.timestamp_ms
    return Raw(line.topic, 0, number, timestamp_ms, line.key, line.value, line.is_keyed)


def _sent(emitted: Emitted, number: int) -> Raw:
    """Return the record as which usage arrives that line ``number`` has sent to a group or back."""
    if emitted.timestamp_ms is None:
        raise ValueError("usage of a group needs a time of arrival")
    return Raw(GROUP_USAGE, 0, number, emitted.timestamp_ms, emitted.key, emitted.value)
