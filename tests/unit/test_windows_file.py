"""Rules of windows: each one's length, counts and amounts are data with a source."""

from decimal import Decimal
from importlib.resources import files

import pytest

from schemas.errors import ConfigError
from streams.regimes import shipped
from streams.regimes.window_rules import Ceiling, Floor
from streams.regimes.windows import read_windows, shipped_windows
from tests.build_windows import NOON_MS, asked, viewed

SHIPPED = files("streams.regimes").joinpath("windows.toml").read_text("utf-8")


def changed(old: str, new: str) -> str:
    """Return the shipped file with one text in place of another."""
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def mistakes(text: str) -> tuple[str, ...]:
    """Return what is wrong with a file."""
    with pytest.raises(ConfigError) as caught:
        read_windows(text)
    return caught.value.mistakes


def test_shipped_rules_are_those_of_the_issue() -> None:
    """Counts, lengths and amounts, each with its operator."""
    windows = shipped_windows()

    assert [
        ("balance_viewed", "more_data", [(5, 24), (10, 168)]),
        ("data_short_asked", "more_data", [(2, 720)]),
        ("broadband_viewed", "broadband", [(3, 168)]),
    ] == [
        (rule.rule, rule.intent, [(limit.least, limit.hours) for limit in rule.limits])
        for rule in windows.intents
    ]
    assert {168} == {rule.cooldown_hours for rule in (*windows.intents, windows.dropped_calls)}
    assert [(3, 168)] == [(limit.least, limit.hours) for limit in windows.dropped_calls.limits]
    assert (5, 30_001, 3) == (
        windows.data_panic.episodes.least,
        windows.voice_heavy.seconds.least,
        windows.basic.months,
    )
    assert (30, 5, 168, 3 * 86_400_000) == (
        windows.forecast.least_percent,
        windows.forecast.first_day,
        windows.forecast.hours,
        windows.forecast.moves_by_ms,
    )
    assert (50, 80, 100) == windows.bill_warning.percents


def test_event_finds_its_rules() -> None:
    """By its type and fields."""
    windows = shipped_windows()
    named = [
        [rule.rule for rule in windows.intents_of(event)]
        for event in (viewed("balance", NOON_MS), asked("data_short", NOON_MS), viewed("plans", NOON_MS))
    ]

    assert [["balance_viewed"], ["data_short_asked"], []] == named


def test_windows_are_no_regime() -> None:
    """They lie in the same folder."""
    assert "windows" not in {regime.name for regime in shipped().all}


@pytest.mark.parametrize(
    ("floor", "least"), [(Floor(at_least=5), 5), (Floor(above=5), 6), (Floor(at_least=0), 0)]
)
def test_floor_says_whether_the_number_is_taken_in(floor: Floor, least: int) -> None:
    """``at_least`` is inclusive, ``above`` is not."""
    assert least == floor.least
    assert [False, True] == [floor.is_met(value) for value in (least - 1, least)]


def test_floor_of_a_ratio_is_compared_without_dividing() -> None:
    """5 thirds of 3 are 5; above is strictly more."""
    assert [False, True, True] == [Floor(at_least=5).is_met(value, per=3) for value in (14, 15, 16)]
    assert [False, False, True] == [Floor(above=5).is_met(value, per=3) for value in (14, 15, 16)]


@pytest.mark.parametrize(("key", "met"), [("at_most", [True, True, False]), ("below", [True, False, False])])
def test_ceiling_says_whether_the_amount_is_taken_in(key: str, met: list[bool]) -> None:
    """``at_most`` is inclusive, ``below`` is not."""
    ceiling = Ceiling(**{key: "50.00"})

    assert met == [ceiling.is_met(Decimal(amount)) for amount in ("49.99", "50", "50.01")]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("version = 1", "version = ", "windows"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", "", "version is missing"),
        ("version = 1", "version = 1\nbroken = 3", "broken is no rule"),
        ("[data_panic]", "[panic]", "data_panic is missing"),
        ("above = 30_000", "at_most = 30_000", "voice_heavy.seconds"),
        ("above = 30_000", "above = 30_000, at_least = 3", "one of both"),
        ('at_most = "50.00"', 'at_most = "50.00", below = "50.00"', "one of both"),
        ('at_most = "50.00"', "at_most = 50.0", "basic.spend"),
        ("at_least = 5, hours = 24", "at_least = 0, hours = 24", "from 1 to 100"),
        ("at_least = 5, hours = 24", "at_least = 101, hours = 24", "from 1 to 100"),
        ("at_least = 5, hours = 24", "at_least = 5", "hours"),
        ("months = 3", "months = 7", "basic.months"),
        ("months = 3", "months = 3\nsorce = 1", "sorce is unknown"),
        ("mean_hours = 144", "mean_hours = 145", "mean_hours"),
        ("known_days = 3\nsource", "known_days = 3\nsauce", "usage_spike.source is missing"),
        ("hours = 24\ncooldown_hours = 24", "hours = 25\ncooldown_hours = 24", "bill_shock.hours"),
        ("[50, 80, 100]", "[50, 100, 80]", "ascend"),
        ("[50, 80, 100]", "[50, 50]", "ascend"),
        ("[50, 80, 100]", "[]", "percents"),
        ('"balance_viewed"', '"broadband_viewed"', "broadband_viewed"),
        ('"balance_viewed"', '"dropped_calls"', "dropped_calls"),
        ('event = "app.viewed"', 'event = "app.opened"', "app.opened"),
        ('page = "balance"', 'site = "balance"', "site"),
        ('page = "balance"', 'page = "balanse"', "page"),
        ('intent = "more_data"', 'intent = "more"', "intents[0].intent"),
        ('event = "care.contacted"', 'event = "port.queried"', "sales, who must not learn of port.queried"),
        ('reason = "bill_dispute"', 'reason = "competitor_pages"', "two risks have the reason"),
        ('reason = "bill_dispute"', 'reason = "vas_unused"', "has a table of its own"),
        ('reason = "bill_dispute"', 'reason = "mood"', "risks[4].reason"),
        ("after_days = 90\n", "", "after and after_days belong together"),
        ('after = { event = "complaint.opened" }', 'after = { event = "complaint.made" }', "complaint.made"),
        ('page = "competitor_plans"', 'page = "rivals"', "competitor_pages.where.page"),
        ("days = 90\nweight = 50", "days = 90\nmonths = 3\nweight = 50", "days or months, one of both"),
        ("score = { at_least = 50 }", "score = 50", "churn_risk.score"),
        ('amount = "150.00"', "amount = 150.00", "tiers.high_value"),
    ],
)
def test_wrong_file_is_refused_by_name(old: str, new: str, word: str) -> None:
    """Nothing starts with rules that nobody wrote, or that would wait for what cannot come."""
    assert any(word in mistake for mistake in mistakes(changed(old, new)))


@pytest.mark.parametrize("intents", ["3", "[3]", f"[{'{}, ' * 17}]"])
def test_intents_are_a_bounded_list_of_tables(intents: str) -> None:
    """For each a subscriber's state may hold the times of events."""
    _, _, rest = SHIPPED.partition("[dropped_calls]")

    assert ["intents"] == [
        mistake.split()[1].partition("[")[0]
        for mistake in mistakes(f"version = 1\nintents = {intents}\n[dropped_calls]{rest}")
    ]


def test_all_mistakes_are_listed_together() -> None:
    """Two in one table, one in another, and a table that is not there."""
    text = (
        changed("months = 3", "months = 0")
        .replace('currency = "CNY"', 'currency = "yuan"', 1)
        .replace("first_day = 5", "first_day = 0")
        .replace("[dropped_calls]", "[calls]")
    )

    assert 5 == len(found := mistakes(text)), found


def test_every_rule_has_a_source() -> None:
    """A number without its source is a claim: reading refuses it, so having read them is the proof."""
    assert SHIPPED.count("source = ") == 3 + 8 + 7 + 5


def test_rule_may_name_an_event_without_fields() -> None:
    """Then every event of the type counts."""
    windows = read_windows(changed('where = { page = "balance" }', ""))

    assert ["balance_viewed"] == [rule.rule for rule in windows.intents_of(viewed("other", NOON_MS))]
