"""The driver over files and lists: lines in, outputs out, the same bytes on every run.

It runs the pipeline that the live worker runs, as one partition whose clock is the arrival time alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from schemas.envelope import FILE_TOPIC, Emitted, Raw
from schemas.errors import SchemaError
from streams.core.catalog import Catalog
from streams.ledger import EXPIRED, HELD, RELEASED
from streams.lines import Line, parse
from streams.pipeline import Pipeline, Rules

BATCH_LINES: Final = 1_000
"""Lines between two commits of the states: what is done again when a record breaks our own code."""


class Summary(Struct, frozen=True):
    """What a replay did."""

    records: dict[tuple[str, str], int]
    """(topic, disposition) → records, with ``held now``."""
    rejected: dict[tuple[str, str], int]
    """(topic, reason) → records."""
    outputs: dict[tuple[str, str], int]
    """(topic, type) → outputs."""
    subscribers: int
    lines: int


class Replay:
    """One run over lines. ``pipeline`` may be looked at between outputs."""

    def __init__(self, *, rules: Rules | None = None) -> None:
        self.catalog = Catalog()
        self.pipeline = Pipeline(catalog=self.catalog, rules=rules or Rules.default())
        self.line_count = 0
        self._outputs: Counter[tuple[str, str]] = Counter()
        self._defect_lines: set[int] = set()

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
            subscribers=self.pipeline.sizes()["subscribers"],
            lines=self.line_count,
        )

    def _commit(self, batch: list[tuple[int, bytes]]) -> list[Emitted]:
        """Take a batch whole; again without a record on which our own code fails."""
        catalog = self.catalog.copy()
        while True:
            out: list[Emitted] = []
            number = 0
            try:
                for number, text in batch:
                    if not text.isspace():
                        out += self._take(number, text)
                self.pipeline.changes()
            except Exception:
                # What the record left half done goes, and the record becomes a dead letter of its own.
                if number in self._defect_lines:
                    raise
                self.pipeline.rollback()
                self.catalog.restore(catalog)
                self._defect_lines.add(number)
            else:
                self.pipeline.accept()
                return out

    def _take(self, number: int, text: bytes) -> list[Emitted]:
        """Take one line."""
        clock_ms = self.pipeline.clock_ms
        text = text.rstrip(b"\r\n")
        try:
            line = parse(text)
        except SchemaError as fault:
            raw = Raw(FILE_TOPIC, 0, number, clock_ms, None, text)
            return self.pipeline.reject(raw, fault.reason, fault.detail)
        raw = _raw(line, number, clock_ms)
        out: list[Emitted] = []
        while self.pipeline.is_due(raw):
            out += self.pipeline.tick(raw.timestamp_ms)
        if number in self._defect_lines:
            return out + self.pipeline.defect(raw)
        return out + self.pipeline.take(raw)


def _raw(line: Line, number: int, clock_ms: int) -> Raw:
    """Return the record that a line stands for; without any time it arrives at the clock as it stands."""
    timestamp_ms = clock_ms if line.timestamp_ms is None else line.timestamp_ms
    return Raw(line.topic, 0, number, timestamp_ms, line.key, line.value, line.is_keyed)
