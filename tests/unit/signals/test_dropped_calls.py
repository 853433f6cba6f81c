"""``dropped_calls``: calls of the subscriber are cut off again and again."""

import pytest

from schemas.window_signals import DroppedCalls
from streams.core.recent import Recent
from streams.signals.window_change import CountChange
from tests.build import ms
from tests.build_windows import WINDOWS, at, cause, found


def dropped(*at_ms: int) -> list[DroppedCalls]:
    """Return what is told when calls are dropped at these instants, in that order."""
    recent, rule = Recent(), WINDOWS.dropped_calls
    said: list[DroppedCalls] = []
    for number, one_ms in enumerate(at_ms):
        reached = recent.note(one_ms, rule)
        if reached is not None:
            change = CountChange(cause=cause(f"r{number}", one_ms), source="msc", rule=rule, reached=reached)
            said += [one for one in found(change) if isinstance(one, DroppedCalls)]
    return said


@pytest.mark.parametrize(("count", "said"), [(2, []), (3, [(3, 168)]), (4, [(3, 168)])])
def test_dropped_calls_are_three_in_seven_days(count: int, said: list[tuple[int, int]]) -> None:
    """Two are bad luck, three are told, the fourth is in the cool-down."""
    found_ = dropped(*(at(days=number) for number in range(count)))

    assert said == [(one.count, one.window_hours) for one in found_]


@pytest.mark.parametrize(("ms_", "count"), [(0, 0), (-1, 1)])
def test_dropped_calls_window_is_half_open(ms_: int, count: int) -> None:
    """In ``(at - 7 d, at]``."""
    assert count == len(dropped(at(), at(days=1), at(days=7, ms_=ms_)))


@pytest.mark.parametrize(("ms_", "count"), [(-1, 1), (0, 2)])
def test_dropped_calls_are_told_again_after_the_cool_down(ms_: int, count: int) -> None:
    """Seven days of event time after the last."""
    said = dropped(at(), at(), at(), at(days=5), at(days=6), at(days=7, ms_=ms_))

    assert count == len(said)
    assert at() == ms(said[0].at)


def test_identity_is_rule_source_and_record() -> None:
    """The same record has the same id in every run, another record another."""
    first, same = dropped(at(), at(), at()), dropped(at(), at(), at())

    assert first == same
    assert first[0].id != dropped(at(), at(), at(days=30), at(days=30), at(days=30))[0].id
