"""``segment``: what kind of user a subscriber is, judged by whole billing periods."""

import pytest

from schemas.window_signals import Segment
from streams.core.history import History, Month, with_month
from streams.signals.segment import is_quiet
from tests.build_windows import PERIOD, WINDOWS, found, month, segments

FULL = tuple(month(number, "80.00") for number in range(5, 11))
"""Six closed periods, none of them cheap."""


def names(*changes: object) -> list[str]:
    """Return the segments that are found."""
    return [one.segment for one in found(*changes) if isinstance(one, Segment)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("episodes", "said"), [(0, []), (4, []), (5, ["data_panic"]), (6, ["data_panic"])])
def test_a1_1_data_panic_is_five_episodes_or_more_in_a_period(episodes: int, said: list[str]) -> None:
    """A1.1, over quota 5 times a month or more: the five are taken in."""
    assert said == names(segments(History(episodes=episodes)))


def test_a1_1_data_panic_is_told_once_a_period() -> None:
    """Four episodes no, five yes, the sixth says nothing more."""
    history = History()
    said = []
    for episodes in (4, 5, 6):
        history.episodes = episodes
        said.append(names(segments(history)))

    assert [[], ["data_panic"], []] == said


def test_a1_1_data_panic_starts_anew_at_the_month_turn() -> None:
    """Three before and three after the turn are no six."""
    november, december = History(episodes=3), History(episodes=3)

    assert [] == names(segments(november), segments(december, period="2026-12-01"))
    december.episodes = 5
    november.episodes = 5
    again = found(segments(november), segments(december, period="2026-12-01"))
    assert [PERIOD, "2026-12-01"] == [one.period for one in again if isinstance(one, Segment)]
    assert 2 == len({one.id for one in again})


@pytest.mark.parametrize(
    ("talk_s", "said"), [(500 * 60 - 1, []), (500 * 60, []), (500 * 60 + 1, ["voice_heavy"])]
)
def test_a1_2_voice_heavy_is_more_than_five_hundred_minutes(talk_s: int, said: list[str]) -> None:
    """A1.2: 500:00 no, 500:01 yes, of raw seconds."""
    assert said == names(segments(History(talk_s=talk_s)))


def test_a1_2_voice_heavy_counts_raw_seconds_of_both_directions() -> None:
    """100 calls of 61 s are 101.7 minutes, not 200; the direction is not asked for."""
    history = History()
    for _ in range(491):
        history.add_usage("voice", 61, 0, roaming=False)

    assert 491 * 61 == history.talk_s
    assert [] == names(segments(history))
    history.add_usage("voice", 61, 0, roaming=False)
    assert ["voice_heavy"] == names(segments(history))


@pytest.mark.parametrize(("spend", "said"), [("49.99", ["basic"]), ("50", ["basic"]), ("50.01", [])])
def test_a1_3_basic_is_fifty_or_less_in_each_of_three_periods(spend: str, said: list[str]) -> None:
    """A1.3: 49.99 and 50 are basic, 50.01 is not."""
    months = tuple(month(number, spend) for number in (8, 9, 10))

    assert said == names(segments(History(), months=months, is_first=True))


@pytest.mark.parametrize("bad", [8, 9, 10])
def test_a1_3_basic_is_broken_by_one_dear_period(bad: int) -> None:
    """One 50.01 among the last three breaks it."""
    months = tuple(month(number, "50.01" if number == bad else "20.00") for number in (8, 9, 10))

    assert [] == names(segments(History(), months=months, is_first=True))


def test_a1_3_basic_forgets_what_was_dear_before() -> None:
    """The last three count, the fourth before does not."""
    months = (month(7, "500.00"), *(month(number) for number in (8, 9, 10)))

    assert ["basic"] == names(segments(History(), months=months, is_first=True))


def test_a1_3_basic_needs_all_three_periods() -> None:
    """Two cheap months are not yet steady."""
    assert [] == names(segments(History(), months=(month(9), month(10)), is_first=True))


def test_a1_3_basic_is_looked_at_with_the_first_record_of_a_period() -> None:
    """What has closed does not change with what comes after."""
    months = tuple(month(number) for number in (8, 9, 10))

    assert [] == names(segments(History(), months=months))


@pytest.mark.parametrize(
    "other",
    [
        month(10, "10.00", currency="EUR"),
        month(10, None),
        Month("2026-10-01", 0, 0, 0, 0, 0, 0, {"CNY": "10", "EUR": "1"}, 0),
    ],
    ids=["another currency", "nothing known", "two currencies"],
)
def test_a1_3_basic_is_not_said_of_what_cannot_be_compared(other: Month) -> None:
    """The amount is in yuan; nobody here knows what a euro is worth."""
    assert [] == names(segments(History(), months=(month(8), month(9), other), is_first=True))


def test_a1_3_basic_takes_another_currency_at_zero() -> None:
    """What was charged and taken back costs nothing."""
    nothing = Month("2026-10-01", 0, 0, 0, 0, 0, 0, {"CNY": "10", "EUR": "0.00"}, 0)

    assert ["basic"] == names(segments(History(), months=(month(8), month(9), nothing), is_first=True))


@pytest.mark.parametrize(("count", "partial"), [(0, True), (2, True), (5, True), (6, False)])
def test_a1_4_six_months_make_a_profile_whole(count: int, partial: bool) -> None:  # noqa: FBT001 - a table
    """A1.4: a new subscriber with two months is marked partial."""
    [signal] = found(segments(History(episodes=5), months=FULL[6 - count :]))

    assert isinstance(signal, Segment)
    assert partial is signal.partial


def test_a1_4_six_months_are_kept_and_the_seventh_drops_the_first() -> None:
    """A1.4: at most six closed periods."""
    months: tuple[Month, ...] = ()
    for number in range(1, 8):
        months = with_month(months, month(number))

    assert [f"2026-{number:02}-01" for number in range(2, 8)] == [one.day for one in months]


def test_one_period_may_be_of_two_segments() -> None:
    """Each by itself, in order."""
    months = tuple(month(number) for number in (8, 9, 10))
    history = History(episodes=5, talk_s=30_001)

    assert ["data_panic", "voice_heavy", "basic"] == names(segments(history, months=months, is_first=True))
    assert ("data_panic", "voice_heavy", "basic") == history.raised


@pytest.mark.parametrize(("episodes", "talk_s"), [(4, 30_000), (5, 0), (0, 30_001), (4, -1)])
def test_where_it_is_quiet_there_is_nothing_to_say(episodes: int, talk_s: int) -> None:
    """The short cut leaves out nothing."""
    history = History(episodes=episodes, talk_s=talk_s)

    assert is_quiet(history, WINDOWS) == (not names(segments(history)))
