"""The demo's page: every section is there, the sums hold, and nobody is named in full."""

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from rich.console import Console

from streams.cli.demo import RECORDS, demo
from streams.cli.demo_report import ledger
from streams.replay import Replay

SUBSCRIBERS = "24"


def run(*arguments: str) -> Result:
    """Return the result of a small demo."""
    return CliRunner().invoke(demo, ["--subscribers", SUBSCRIBERS, *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def page() -> str:
    """Return what a small demo prints."""
    return run().stdout


@pytest.mark.parametrize(
    "section",
    [
        "Where every record went",
        "Signals",
        "Notices",
        "Offers",
        "Offers not made",
        "Dead letters",
        "Past the allowance, with charges",
        "Slow from here on, at no charge",
        "Asks about leaving, then asks to leave",
    ],
)
def test_every_section_is_there(page: str, section: str) -> None:
    """A small run shows everything that a large one does."""
    assert section in page


def test_both_sums_of_the_ledger_hold(page: str) -> None:
    """WIRE.md, The ledger: read and held are accounted for."""
    assert page.count("✓") == 2
    assert "✗" not in page


def test_a_sum_that_does_not_hold_is_marked() -> None:
    """One record read of which nothing became."""
    shown = StringIO()

    Console(width=100, file=shown).print(ledger(Counter({("cdr", "read"): 1})))

    assert "✗ 1 read = 0 applied" in shown.getvalue()


def test_no_line_is_wider_than_a_hundred_columns(page: str) -> None:
    """It is shown in the README."""
    assert not [line for line in page.splitlines() if cell_len(line) > 100]


def test_a_long_text_without_blanks_is_not_cut() -> None:
    """Chinese has few blanks; an offer must be readable to its end."""
    page = run("--subscribers", "1").stdout

    assert "推介" in page
    assert "…\n" not in re.sub(" +\n", "\n", page)


def test_the_page_is_short_enough_to_be_read(page: str) -> None:
    """At most some ninety lines."""
    assert len(page.splitlines()) <= 95


def test_no_subscriber_is_named_in_full(page: str) -> None:
    """Ids are masked, invented or not."""
    assert not re.search(r"sim-[a-z]{2}-\d{5}", page)


def test_the_stories_tell_what_was_said(page: str) -> None:
    """The notice's own words are in it."""
    assert "notice by app" in page
    assert "“" in page


def test_the_same_seed_shows_the_same_page_but_for_the_times(page: str) -> None:
    """Nothing but how long it took differs."""
    assert page.splitlines()[:-1] == run().stdout.splitlines()[:-1]


def test_kept_records_are_a_replay_file(tmp_path: Path) -> None:
    """What is kept can be taken again, and all of it is read."""
    kept = tmp_path / "kept"

    result = run("--keep", str(kept))

    replay = Replay()
    list(replay.run((kept / RECORDS).read_bytes().splitlines(keepends=True)))
    assert result.exit_code == 0
    assert f"{replay.line_count:,} records" in result.stdout
    assert "replay" in result.stdout


def test_a_single_subscriber_is_enough() -> None:
    """Stories that nobody has are left out, without a word."""
    result = run("--subscribers", "1")

    assert result.exit_code == 0
    assert "Where every record went" in result.stdout
