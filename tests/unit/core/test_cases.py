"""Complaints and faults that are open."""

from streams.core.cases import CASE_COUNT_MAX, CLOSED_KEPT_MS, Cases, closed, has_open, opened


def test_what_is_opened_is_open_until_it_is_closed() -> None:
    """One of two that is closed leaves the other."""
    both = opened(opened({}, "a", 1), "b", 2)

    assert has_open(both)
    assert has_open(closed(both, "a", 3))
    assert not has_open(closed(closed(both, "a", 3), "b", 4))
    assert not has_open({})


def test_the_same_told_on_another_channel_is_the_same() -> None:
    """By its reference; the slower word does not open again what is closed."""
    once = opened({}, "a", 5)

    assert once == opened(once, "a", 7)
    assert not has_open(opened(closed(once, "a", 10), "a", 6))
    assert not has_open(opened(closed({}, "a", 10), "a", 5))


def test_a_complaint_may_be_opened_again() -> None:
    """Later than its end it is meant."""
    assert has_open(opened(closed(opened({}, "a", 5), "a", 10), "a", 11))


def test_closed_ones_are_forgotten() -> None:
    """They are remembered only for the sake of slow words."""
    later = opened(closed({}, "a", 0), "b", CLOSED_KEPT_MS)

    assert {"b": CLOSED_KEPT_MS} == later


def test_there_are_never_too_many() -> None:
    """The longest closed goes first, then the longest open: the newest stay."""
    cases: Cases = closed({}, "closed", 100)
    for number in range(CASE_COUNT_MAX):
        cases = opened(cases, str(number), number)

    assert [str(number) for number in range(CASE_COUNT_MAX)] == list(cases)
    assert [str(number) for number in range(1, CASE_COUNT_MAX + 1)] == list(
        opened(cases, str(CASE_COUNT_MAX), 99)
    )


def test_times_before_1970_count_as_its_beginning() -> None:
    """An event may say any time."""
    assert has_open(opened({}, "a", -5))
    assert not has_open(closed({}, "a", -5))
