"""The demo's page: every section is there, the sums hold, and nobody is named in full."""

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from rich.console import Console

from schemas.times import MS_PER_DAY
from streams.cli.demo import RECORDS, demo
from streams.cli.demo_crowd import Crowd, shown
from streams.cli.demo_report import ledger, restraint
from streams.replay import Replay
from streams.simulate import DEFAULT_MONTH
from streams.simulate.month import Month
from streams.simulate.people import person

SUBSCRIBERS = "24"


def run(*arguments: str) -> Result:
    """Return the result of a small demo."""
    return CliRunner().invoke(
        demo, ["--subscribers", SUBSCRIBERS, "--crowd", "40", *arguments], catch_exceptions=False
    )


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


def test_both_sums_of_the_ledger_and_the_caps_hold(page: str) -> None:
    """WIRE.md, The ledger: read and held are accounted for; nobody is offered more than may be."""
    assert page.count("✓") == 8
    assert "most offers to one subscriber: 1 a day (allowed: 1)" in page
    assert "✗" not in page


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((), "✓"),
        ((0,), "✓"),
        ((0, 24), "✓"),
        ((0, 23), "✗"),
        ((0, 24, 167), "✗"),
        ((0, 168, 336, 504, 743), "✗"),
    ],
)
def test_more_offers_than_may_be_are_marked(hours: tuple[int, ...], expected: str) -> None:
    """In any day, any week and any 31 days."""
    times = [hour * 3_600_000 for hour in hours]

    assert expected == restraint({"a": [0], "b": times} if times else {}).plain[0]


def test_a_sum_that_does_not_hold_is_marked() -> None:
    """One record read of which nothing became."""
    shown = StringIO()

    Console(width=100, file=shown).print(ledger(Counter({("cdr", "read"): 1})))

    assert "✗ 1 read = 0 applied" in shown.getvalue()


def test_no_line_is_wider_than_a_hundred_columns(page: str) -> None:
    """It is shown in the README."""
    assert not [line for line in page.splitlines() if cell_len(line) > 100]


def test_a_crowd_answers_what_it_is_offered() -> None:
    """What came of offers is there to see, within the page's width, and all is kept to."""
    page = run("--subscribers", "1", "--crowd", "1000").stdout
    crowd = page.partition("1,000 more")[2]
    came = crowd.partition("What came of them")[2].splitlines()[1].split()

    assert {"delivered", "failed", "seen"} <= set(crowd.split())
    assert {"accepted", "ignored"} <= set(came)
    assert "✗" not in page
    assert not [line for line in page.splitlines() if cell_len(line) > 100]


@pytest.mark.parametrize(("days", "expected"), [(-1, "✓ 0"), (1, "✗ 1"), (89, "✗ 1"), (90, "✓ 0")])
def test_an_offer_to_one_who_has_refused_is_marked(days: int, expected: str) -> None:
    """For 90 days, from when the refusal has arrived."""
    someone = person(7, 0, Month.of(DEFAULT_MONTH)).subscriber_id
    refused_ms = 1_794_000_000_000
    crowd = Crowd(offered={someone: [refused_ms + days * MS_PER_DAY]}, refused={someone: [refused_ms]})
    page = StringIO()

    Console(width=100, file=page).print(shown(crowd, Replay(), 7, 1))

    assert f"{expected} offers to those who had refused one, after 1 refusals" in page.getvalue()


def test_a_long_text_without_blanks_is_not_cut() -> None:
    """Chinese has few blanks; an offer must be readable to its end."""
    page = run("--subscribers", "1").stdout

    assert "推介" in page
    assert "…\n" not in re.sub(" +\n", "\n", page)


def test_the_page_is_short_enough_to_be_read(page: str) -> None:
    """At most some hundred and fifty lines."""
    assert len(page.splitlines()) <= 150


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
