"""``intent``: the subscriber looks, or asks, for something often enough to mean it."""

from itertools import permutations

import pytest

from streams.core.recent import Recent
from tests.build import ms
from tests.build_windows import asked, at, intents, viewed


@pytest.mark.parametrize(("count", "said"), [(4, []), (5, [5]), (6, [5])])
def test_a1_7_five_balance_pages_in_a_day_want_more_data(count: int, said: list[int]) -> None:
    """A1.7: one intent a cool-down, with the fifth."""
    found = intents(*(viewed("balance", at(minutes=number)) for number in range(count)))

    assert said == [one.count for one in found]
    assert [("more_data", "balance_viewed", 24)] * len(said) == [
        (one.intent, one.rule, one.window_hours) for one in found
    ]


@pytest.mark.parametrize(("ms_", "said"), [(0, []), (-1, [5])])
def test_a1_7_the_day_is_half_open(ms_: int, said: list[int]) -> None:
    """In ``(at - 24 h, at]``: one from exactly a day before is out."""
    found = intents(
        *(viewed("balance", at(minutes=number)) for number in (0, 60, 120, 180)),
        viewed("balance", at(hours=24, ms_=ms_)),
    )

    assert said == [one.count for one in found]


@pytest.mark.parametrize(("count", "said"), [(9, []), (10, [(10, 168)])])
def test_a1_7_ten_balance_pages_in_a_week_want_more_data(count: int, said: list[tuple[int, int]]) -> None:
    """A1.7: fewer than five a day, ten in seven days."""
    found = intents(*(viewed("balance", at(hours=16 * number)) for number in range(count)))

    assert said == [(one.count, one.window_hours) for one in found]


def test_a1_7_one_intent_per_cool_down() -> None:
    """Five today and ten this week are one intent; the next may come after seven days."""
    #  |-- 5 views: said -- 9 more -- | 7 days after: said again
    views = [
        viewed("balance", at(hours=hour)) for hour in (0, 1, 2, 3, 4, 20, 40, 60, 80, 100, 120, 140, 150, 160)
    ]
    silent, again = at(days=7, hours=4, ms_=-1), at(days=7, hours=4)

    assert [at(hours=4)] == [ms(one.at) for one in intents(*views, viewed("balance", silent))]
    assert [at(hours=4), again] == [ms(one.at) for one in intents(*views, viewed("balance", again))]


@pytest.mark.parametrize(("count", "said"), [(2, 0), (3, 1)])
def test_a1_7_three_broadband_pages_in_a_week_want_broadband(count: int, said: int) -> None:
    """A1.7: watches the page of broadband bundles."""
    found = intents(*(viewed("broadband", at(days=2 * number)) for number in range(count)))

    assert ["broadband"] * said == [one.intent for one in found]


@pytest.mark.parametrize("page", ["plans", "competitor_plans", "other"])
def test_a1_7_other_pages_show_no_such_intent(page: str) -> None:
    """Only what a rule names counts."""
    assert [] == intents(*(viewed(page, at(minutes=number)) for number in range(20)))


def test_a1_7_pages_do_not_add_up() -> None:
    """Four looks at the balance and two at broadband are neither."""
    pages = ["balance", "broadband", "balance", "balance", "broadband", "balance"]

    assert [] == intents(*(viewed(page, at(minutes=number)) for number, page in enumerate(pages)))


def test_a1_7_pages_that_arrive_out_of_order_are_counted_by_their_own_time() -> None:
    """Whatever the order before it, the latest of five finds the four that were before."""
    for order in permutations(range(4)):
        found = intents(*(viewed("balance", at(minutes=number)) for number in (*order, 4)))

        assert [5] == [one.count for one in found]


def test_a1_7_a_page_from_before_a_told_one_is_in_its_cool_down() -> None:
    """Out of order too there is one intent a cool-down."""
    views = (*range(5), *range(-6, 0))

    assert 1 == len(intents(*(viewed("balance", at(minutes=number)) for number in views)))


@pytest.mark.parametrize(("count", "said"), [(1, 0), (2, 1), (3, 1)])
def test_a1_8_the_second_ask_about_data_wants_more(count: int, said: int) -> None:
    """A1.8: asked repeatedly what to do when data runs short."""
    found = intents(*(asked("data_short", at(days=number)) for number in range(count)))

    assert [("more_data", "data_short_asked", 2, 720)] * said == [
        (one.intent, one.rule, one.count, one.window_hours) for one in found
    ]


@pytest.mark.parametrize(("ms_", "said"), [(0, 0), (-1, 1)])
def test_a1_8_the_second_ask_is_within_thirty_days(ms_: int, said: int) -> None:
    """In ``(at - 30 d, at]``."""
    assert said == len(intents(asked("data_short", at()), asked("data_short", at(days=30, ms_=ms_))))


def test_a1_8_different_topics_do_not_add_up() -> None:
    """A1.8: data and the bill are two matters, as are a question and a page."""
    assert [] == intents(
        asked("data_short", at()), asked("bill_dispute", at(minutes=1)), viewed("balance", at(minutes=2))
    )


def test_a1_8_a_question_and_pages_each_have_their_rule_and_cool_down() -> None:
    """Both want more data; each is told by itself."""
    found = intents(
        asked("data_short", at()),
        asked("data_short", at(minutes=1)),
        *(viewed("balance", at(minutes=number)) for number in range(2, 7)),
    )

    assert ["data_short_asked", "balance_viewed"] == [one.rule for one in found]


def test_identity_is_rule_source_and_event() -> None:
    """The same event has the same id in every run, another event another."""
    first, same, other = (
        intents(asked("data_short", at(), "a"), asked("data_short", at(days=1), name))[0] for name in "bbc"
    )

    assert first.id == same.id != other.id


def test_state_is_bounded_whatever_comes() -> None:
    """At most the largest count and 32 times a rule."""
    recents: dict[str, Recent] = {}
    intents(*(viewed("balance", at(minutes=number)) for number in range(500)), recents=recents)

    assert ["balance_viewed"] == list(recents)
    assert 8 * (10 + 32) == len(recents["balance_viewed"].times)
