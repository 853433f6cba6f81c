"""``usagewatch regimes``: every value of every regime with its source, for people and for programs."""

import os
from collections.abc import Iterator
from datetime import date
from typing import Final

import click
import msgspec
from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from streams import settings
from streams.cli.regime_files import REGIMES_OPTION, regimes_of
from streams.regimes import Regime
from streams.regimes.contact import AgeBand
from streams.regimes.contact import Hours as QuietSpan
from streams.regimes.file import BucketSteps
from streams.regimes.porting_rules import Wording
from streams.regimes.provenance import Provenance

NOT_ACTED_ON: Final = "not_acted_on"
COLUMNS_LEAST: Final = 120
"""Width of the table in a narrower terminal, or in none: in 80 columns a source would be a word a line."""

Numbers = tuple[int, ...] | int | tuple[BucketSteps, ...]
Shown = Numbers | str | QuietSpan | tuple[str, ...] | tuple[AgeBand, ...] | Wording
"""A value as its file has it, or the words of a rule."""


class Row(Struct, frozen=True, kw_only=True):
    """One value of a regime, or a rule that nothing here acts on."""

    regime: str
    version: int
    countries: tuple[str, ...]
    what: str
    value: Shown
    effective_from: date | None
    confirmed_by: str | None
    confirmed_on: date | None
    source: str


@click.command()
@REGIMES_OPTION
@click.option("--json", "is_json", is_flag=True, help="One JSON array, for piping.")
def regimes(*, regimes_dir: str, is_json: bool) -> None:
    """Print what the regimes say: each value, since when, who has confirmed it, and its source.

    A value that a regime does not give is that of `default`, which holds for every country that no other
    names. `not_acted_on` are rules that are known and not served. Without --regimes the folder is
    USAGEWATCH_REGIMES_DIR.

    \b
    Examples:
      usagewatch regimes
      usagewatch regimes --regimes corrected/
      usagewatch regimes --json | jq '.[] | select(.confirmed_by == null) | .regime + " " + .what'
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    found = regimes_of(regimes_dir or settings.regimes_dir(os.environ))
    rows = [row for regime in found.all for row in _rows(regime)]
    if is_json:
        click.echo(msgspec.json.encode(rows))
    else:
        _show(rows)


def _rows(regime: Regime) -> Iterator[Row]:
    """Yield what the regime's own file gives."""
    for name, value in regime.file.given():
        yield _row(regime, name, value.value, value)
    for gap in regime.file.not_acted_on:
        yield _row(regime, NOT_ACTED_ON, gap.rule, gap)


def _row(regime: Regime, what: str, value: Shown, provenance: Provenance) -> Row:
    return Row(
        regime=regime.name,
        version=regime.version,
        countries=regime.countries,
        what=what,
        value=value,
        effective_from=provenance.effective_from,
        confirmed_by=provenance.confirmed_by,
        confirmed_on=provenance.confirmed_on,
        source=provenance.source,
    )


def _show(rows: list[Row]) -> None:
    """Print the table; name and countries of a regime stand at its first row only."""
    # Neither marks nor faces: a source is shown as it stands in the file.
    console = Console(highlight=False, emoji=False, markup=False)
    console.width = max(console.width, COLUMNS_LEAST)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, width, ratio in _COLUMNS:
        table.add_column(name, width=width, ratio=ratio, overflow="fold")
    regime = ""
    for row in rows:
        is_first = row.regime != regime
        if is_first and regime:
            table.add_section()
        regime = row.regime
        table.add_row(
            regime if is_first else "",
            (" ".join(row.countries) or "all others") if is_first else "",
            row.what,
            _words(row.value),
            "" if row.effective_from is None else str(row.effective_from),
            "no" if row.confirmed_by is None else f"{row.confirmed_by} {row.confirmed_on}",
            row.source,
        )
    console.print(table)


_COLUMNS: Final = (
    ("regime", 7, None),
    ("countries", 11, None),
    ("what", 25, None),
    ("value", None, 2),
    ("effective from", 10, None),
    ("confirmed", 10, None),
    ("source", None, 3),
)
"""Title, width, and share of the width that is left."""


def _words(value: Shown) -> str:
    """Return a value in a few words; what it counts is in the value's name."""
    if isinstance(value, QuietSpan):
        return f"{value.from_} to {value.to}"
    if not isinstance(value, tuple):
        return str(value)
    lines = [_step_words(one) for one in value if isinstance(one, BucketSteps)]
    lines += [_band_words(one) for one in value if isinstance(one, AgeBand)]
    return "\n".join(lines) or " ".join(map(str, value)) or "none"


def _step_words(steps: BucketSteps) -> str:
    """Return the steps of one bucket in a few words."""
    if steps.money is None:
        at = f"every {steps.every:,}, at most {steps.count_max}"
    else:
        at = f"{steps.currency} {' '.join(steps.money)}"
    notes = [
        f"of the {steps.scope}" if steps.scope != "subscriber" else "",
        "needs consent" if steps.needs_consent else "",
        "only without allowance" if steps.only_without_allowance else "",
    ]
    return ", ".join([f"{steps.bucket}: {at}", *filter(None, notes)])


def _band_words(band: AgeBand) -> str:
    """Return the channels of one age band in a few words."""
    until = "others" if band.below is None else f"below {band.below}"
    return f"{until}: {' '.join(band.channels)}"
