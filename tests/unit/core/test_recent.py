"""The newest events of a rule: so many within so many hours, and then nothing for the cool-down."""

from itertools import permutations

import pytest

from streams.core.recent import Reached, Recent
from streams.regimes.window_rules import CountRule, Limit

HOUR_MS = 3_600_000


def rule(*limits: tuple[int, int], cooldown_hours: int = 0) -> CountRule:
    """Return a rule of (count, hours)."""
    own = tuple(Limit(at_least=count, hours=hours) for count, hours in limits)
    return CountRule(rule="r", limits=own, cooldown_hours=cooldown_hours, source="test")


def fed(one: CountRule, *hours: float) -> list[Reached | None]:
    """Return what is reached with each event, taken in that order."""
    recent = Recent()
    return [recent.note(round(hour * HOUR_MS), one) for hour in hours]


def test_limit_is_reached_with_the_event_that_completes_it() -> None:
    """Not with the one before."""
    assert [None, None, Reached(3, 5)] == fed(rule((3, 5)), 0, 1, 2)


def test_above_is_one_more_than_at_least() -> None:
    """The operator is in the key."""
    above = CountRule(rule="r", limits=(Limit(above=2, hours=5),), cooldown_hours=0, source="test")

    assert [None, None, Reached(3, 5)] == fed(above, 0, 1, 2)


def test_first_limit_that_is_reached_is_told() -> None:
    """In the rule's order."""
    assert [None, Reached(2, 1), Reached(3, 9)] == fed(rule((2, 1), (3, 9)), 0, 0.5, 8)


@pytest.mark.parametrize("order", list(permutations([0, 1, 2, 3])))
def test_events_out_of_order_are_all_there_for_the_newest(order: tuple[int, ...]) -> None:
    """Each finds those that were before it in event time, not in arrival."""
    assert [None] * 4 + [Reached(5, 10)] == fed(rule((5, 10)), *order, 4)
    assert [None] * 5 == fed(rule((5, 4)), *order, 4)


def test_event_out_of_order_is_counted_with_those_before_it() -> None:
    """In event time, not in arrival."""
    assert [None, None, Reached(2, 10)] == fed(rule((2, 10), cooldown_hours=0), 20, 5, 6)


@pytest.mark.parametrize("order", list(permutations([0, 6, 12, 18, 20])))
def test_the_last_to_arrive_completes_a_window_wherever_it_lies_in_it(order: tuple[int, ...]) -> None:
    """Five within a day are five, in whatever order they come; then nothing until the cool-down is over."""
    one = rule((5, 24), cooldown_hours=168)

    assert [None] * 4 + [Reached(5, 24), None, None] == fed(one, *order, 3, 21)
    assert [None] * 5 == fed(rule((5, 20), cooldown_hours=168), *order)


def test_event_from_before_the_one_that_fired_is_silent() -> None:
    """Also where there is no cool-down: it has been told."""
    assert [None, Reached(2, 10), None] == fed(rule((2, 10)), 5, 6, 5.5)


def test_events_of_one_instant_each_count() -> None:
    """Two records may say the same millisecond."""
    assert [None, Reached(2, 1)] == fed(rule((2, 1)), 7, 7)


def test_cool_down_is_of_event_time() -> None:
    """From the event that fired; its end is not in it."""
    assert [Reached(1, 1), None, None, Reached(2, 1)] == fed(rule((1, 1), cooldown_hours=5), 0, 2, 4.999, 5)


def test_state_is_bounded_and_forgets_the_oldest() -> None:
    """The largest count and 32; one that is older than all of them is counted, not kept."""
    recent, one = Recent(), rule((3, 1000))
    for hour in range(100):
        recent.note(hour * HOUR_MS, one)

    assert 35 * 8 == len(recent.times)
    assert Reached(36, 1000) == recent.note(100 * HOUR_MS, one)
    before = recent.times
    assert recent.note(0, one) is None
    assert before == recent.times
