"""What the rules of risk remember: bounded, and by event time."""

from itertools import permutations

import pytest

from schemas.times import MS_PER_DAY
from streams.core.risk import Risk, Seen
from streams.core.tier import value_of
from streams.regimes.risk_rules import EventMatch, RiskRule
from streams.regimes.windows import shipped_windows
from tests.build_windows import month

WHERE = ("usage-events", 0, 1, "e")
DAY = MS_PER_DAY
PAGES = RiskRule(
    reason="competitor_pages",
    events=(EventMatch(event="app.viewed"),),
    at_least=3,
    days=7,
    holds_days=30,
    weight=50,
    source="test",
)
PAIR = RiskRule(
    reason="complaint_and_query",
    events=(EventMatch(event="port.queried"),),
    after=EventMatch(event="complaint.opened"),
    after_days=90,
    holds_days=30,
    weight=60,
    source="test",
)
TIERS = shipped_windows().tiers


@pytest.mark.parametrize("order", list(permutations([0, 2 * DAY, 6 * DAY])))
def test_three_of_a_week_are_three_in_any_order(order: tuple[int, ...]) -> None:
    """True from the newest of them on."""
    seen = Seen()
    news = [seen.note(at_ms, PAGES, WHERE) for at_ms in order]

    assert ([False, False, True], 6 * DAY) == (news, seen.true_ms)


def test_each_further_event_is_news_while_it_is_true() -> None:
    """The cool-down is elsewhere; one that comes late and makes nothing newer true is none."""
    seen = Seen()
    for at_ms in (0, DAY, 2 * DAY):
        seen.note(at_ms, PAGES, WHERE)

    assert [True, False] == [seen.note(at_ms, PAGES, WHERE) for at_ms in (3 * DAY, DAY)]


def test_times_are_bounded() -> None:
    """Whoever looks a thousand times costs no more."""
    seen = Seen()
    for minute in range(1_000):
        seen.note(minute * 60_000, PAGES, WHERE)

    assert 8 * PAGES.kept == len(seen.times)


def test_pair_needs_the_other_before_it_and_near() -> None:
    """At the same instant is before; a day too long ago is not near."""
    for first_ms, at_ms, expected in (
        (5, 5, True),
        (5, 4, False),
        (0, 90 * DAY, True),
        (0, 90 * DAY + 1, False),
    ):
        seen = Seen()
        seen.note_first(first_ms, PAIR, WHERE)

        assert expected == seen.note(at_ms, PAIR, WHERE)


def test_reason_holds_half_open() -> None:
    """Thirty days from the event that made it true."""
    risk = Risk(seen={"x": Seen(true_ms=0)})

    assert [True, False] == [risk.holds("x", 30, at_ms) for at_ms in (30 * DAY - 1, 30 * DAY)]


def test_services_are_due_each_by_its_own_use() -> None:
    """The timer is the earliest; one that is used moves on, one that is given up goes."""
    risk = Risk()
    risk.set_services(["a", "b", "c"], 100)
    risk.use("a", 300)
    risk.use("a", 200)
    risk.use("unknown", 900)

    assert (100, {"a": 300, "b": 100, "c": 100}) == (risk.next_due_ms(), risk.due)

    risk.set_services(["a", "b"], 500)

    assert ["b"] == risk.take_unused(100)
    assert (300, {"b": 100}) == (risk.next_due_ms(), risk.unused)


def test_use_that_was_known_when_a_service_was_told_of_is_no_use() -> None:
    """Only one that was within its span makes it used again."""
    risk = Risk()
    risk.set_services(["a"], 100)
    risk.take_unused(100)
    risk.use("a", 100)

    assert {"a": 100} == risk.unused

    risk.use("a", 101)

    assert ({}, 101) == (risk.unused, risk.next_due_ms())


@pytest.mark.parametrize(
    ("spends", "expected"),
    [
        ([], "standard"),
        (["150.00", "150.00", "150.00"], "high_value"),
        (["150.00", "150.00", "149.99"], "standard"),
        (["10.00", "150.00", "150.00", "150.00"], "high_value"),
        (["150.00"], "high_value"),
    ],
)
def test_a1_10_high_value_is_the_mean_of_the_last_three_months(spends: list[str], expected: str) -> None:
    """Inclusive; of fewer where fewer are known, and of the newest."""
    months = [month(number, spend) for number, spend in enumerate(spends, start=1)]

    assert expected == value_of(months, TIERS)


def test_a1_10_amount_in_another_currency_is_not_compared() -> None:
    """150 yen are not 150 yuan."""
    assert "standard" == value_of([month(1, "150.00", currency="JPY")], TIERS)
