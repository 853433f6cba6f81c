"""The end of a replay, for people and for programs."""

from typing import Any

from rich.console import Console
from rich.table import Table

from streams.cli.funnel_tables import funnel_tables
from streams.replay import Summary

_ALWAYS = ("read", "applied", "duplicate", "held", "dead")
_IF_ANY = ("released", "expired", "held now", "unverified")


def plain_summary(summary: Summary) -> dict[str, Any]:
    """Return the summary as plain data, each count by topic and by disposition, reason or type."""
    return {
        "lines": summary.lines,
        "subscribers": summary.subscribers,
        "ledger": _nested(summary.records),
        "rejected": _nested(summary.rejected),
        "outputs": _nested(summary.outputs),
        "offers": [
            {"kind": kind, "channel": channel, "stage": stage, "count": count}
            for (kind, channel, stage), count in sorted(summary.offers.items())
        ],
        "offers_suppressed": _nested(summary.unsaid),
    }


def show_summary(summary: Summary, console: Console) -> None:
    """Print the ledger, what was emitted, and why records were rejected."""
    shown = [*_ALWAYS, *(word for word in _IF_ANY if any(word == other for _, other in summary.records))]
    ledger = Table("topic", *shown, title="Ledger", title_justify="left", box=None)
    for column in ledger.columns[1:]:
        column.justify = "right"
    for topic, counts in _nested(summary.records).items():
        ledger.add_row(topic, *(f"{counts.get(word, 0):,}" for word in shown))
    console.print(ledger)
    for title, counts_by in (("Emitted", summary.outputs), ("Rejected", summary.rejected)):
        if counts_by:
            table = Table("topic", "type" if title == "Emitted" else "reason", "count", title=title, box=None)
            table.title_justify = "left"
            table.columns[2].justify = "right"
            for (topic, word), number in sorted(counts_by.items()):
                table.add_row(topic, word, f"{number:,}")
            console.print(table)
    for shown_table in funnel_tables(summary.offers, summary.unsaid):
        console.print(shown_table)


def _nested(counts: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (topic, word), number in sorted(counts.items()):
        nested.setdefault(topic, {})[word] = number
    return nested
