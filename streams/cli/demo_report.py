"""What the demo shows in the end: where every record went, what was found, said and refused."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.envelope import FILE_TOPIC
from schemas.topics import INPUTS
from streams.ledger import APPLIED, DEAD, DUPLICATE, EXPIRED, HELD, READ, RELEASED
from streams.regimes import shipped
from streams.regimes.contact import DAY_MS, MONTH_MS, WEEK_MS

_FIRST: Final = (APPLIED, DUPLICATE, HELD, DEAD)
_LATER: Final = (RELEASED, EXPIRED)


def ledger(counts: Counter[tuple[str, str]]) -> Group:
    """Return the table of dispositions with its two sums checked."""
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        title="Where every record went",
        title_style="bold",
        title_justify="left",
    )
    table.add_column("topic")
    for name in (READ, *_FIRST, *_LATER):
        table.add_column(name, justify="right", style="dim" if name in _LATER else "")
    topics = [topic for topic in (*INPUTS, FILE_TOPIC) if counts[topic, READ]]
    for topic in topics:
        table.add_row(topic, *(f"{counts[topic, name]:,}" for name in (READ, *_FIRST, *_LATER)))
    total = {name: sum(counts[topic, name] for topic in topics) for name in (READ, *_FIRST, *_LATER)}
    waiting = total[HELD] - total[RELEASED] - total[EXPIRED]
    return Group(
        table,
        checked(
            total[READ] == sum(total[name] for name in _FIRST),
            f"{total[READ]:,} read = {total[APPLIED]:,} applied + {total[DUPLICATE]:,} duplicate"
            f" + {total[HELD]:,} held + {total[DEAD]:,} dead",
        ),
        checked(
            waiting >= 0,
            f"{total[HELD]:,} held = {total[RELEASED]:,} released + {total[EXPIRED]:,} expired"
            f" + {waiting:,} still held",
        ),
    )


def checked(holds: bool, text: str) -> Text:  # noqa: FBT001  # a sum holds or it does not
    """Return a line that says whether something holds."""
    return Text.assemble(("✓ ", "green") if holds else ("✗ ", "bold red"), text)


def restraint(offered: Mapping[str, Iterable[int]]) -> Text:
    """Return the most offers that anybody had, held against the default regime's caps."""
    rules = shipped().of("").contact
    spans = (
        ("day", DAY_MS, rules.offers_a_day),
        ("week", WEEK_MS, rules.offers_a_week),
        ("month", MONTH_MS, rules.offers_a_month),
    )
    most = {
        name: max((_most(times, span_ms) for times in offered.values()), default=0)
        for name, span_ms, _ in spans
    }
    words = ", ".join(f"{most[name]} a {name} (allowed: {cap})" for name, _, cap in spans)
    return checked(
        all(most[name] <= cap for name, _, cap in spans), f"most offers to one subscriber: {words}"
    )


def _most(times: Iterable[int], span_ms: int) -> int:
    """Return the most of these instants that lie within any span of so long."""
    ordered = sorted(times)
    return max(sum(0 <= later - first < span_ms for later in ordered) for first in ordered)


def tallies(columns: dict[str, Counter[str]]) -> Table:
    """Return counts by kind, side by side, each with its title."""
    grid = Table.grid(padding=(0, 3))
    cells = list[RenderableType]()
    for title, counts in columns.items():
        grid.add_column(no_wrap=True)
        tally = Table.grid(padding=(0, 1))
        tally.add_column()
        tally.add_column(justify="right")
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            tally.add_row(kind, f"{count:,}")
        cells.append(Group(Text(title, "bold"), tally if counts else Text("none", "dim")))
    grid.add_row(*cells)
    return grid
