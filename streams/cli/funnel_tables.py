"""What became of offers, as tables: how far they came, and why others were not made."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table

from streams.core.contact import Stage

_ANSWERED: Final = tuple(Stage)[tuple(Stage).index(Stage.ACCEPTED) :]
_SENT: Final = tuple(Stage)[: -len(_ANSWERED)]
"""Two tables: one of all stages is wider than a page."""


def funnel_tables(
    offers: Mapping[tuple[str, str, str], int], unsaid: Mapping[tuple[str, str], int]
) -> list[Table]:
    """Return the tables of what there is: none where nothing was proposed."""
    tables = (
        _stages("Offers", _SENT, offers),
        _stages("What came of them", _ANSWERED, offers),
        _reasons(unsaid),
    )
    return [table for table in tables if table is not None]


def _stages(title: str, among: Sequence[Stage], offers: Mapping[tuple[str, str, str], int]) -> Table | None:
    """Return a row a kind and channel, a column a stage among those that any offer has come to."""
    stages = [str(stage) for stage in among if any(stage == other for _, _, other in offers)]
    if not stages:
        return None
    table = _table(title, "kind", "channel", *stages)
    for kind, channel in sorted({(kind, channel) for kind, channel, stage in offers if stage in stages}):
        table.add_row(kind, channel, *(f"{offers.get((kind, channel, stage), 0):,}" for stage in stages))
    return table


def _reasons(unsaid: Mapping[tuple[str, str], int]) -> Table | None:
    """Return a row a kind and reason, the commonest first; an offer counts under each of its reasons."""
    if not unsaid:
        return None
    table = _table("Offers not made, by every reason that applied", "kind", "reason", "count")
    for (kind, reason), count in sorted(unsaid.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(kind, reason, f"{count:,}")
    return table


def _table(title: str, first: str, second: str, *numbers: str) -> Table:
    table = Table(first, second, title=title, title_justify="left", box=None)
    for name in numbers:
        table.add_column(name, justify="right")
    return table
