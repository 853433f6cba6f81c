"""Rolling windows of event time: 24 one-hour and 35 one-day buckets."""

from itertools import permutations

import pytest

from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.core.window import Window
from tests.build import after, data, mms, replay, sms, voice

START = "2026-11-01T00:00:00Z"


def filled(*records: tuple[int, int]) -> Window:
    """Return a window that has taken (instant, quantity) in that order."""
    window = Window()
    for at_ms, quantity in records:
        window.add_counted(at_ms, quantity)
        window.add_raw(at_ms, quantity)
    return window


def test_hours_are_twenty_four_and_days_thirty_five() -> None:
    """What has fallen out is forgotten."""
    hourly = filled(*((hour * MS_PER_HOUR, 1) for hour in range(60 * 24)))

    assert (24, 35) == (len(hourly.hours), len(hourly.days))
    last_ms = (60 * 24 - 1) * MS_PER_HOUR
    assert (24, 35 * 24) == (hourly.last_hours(last_ms), hourly.last_days(last_ms))


@pytest.mark.parametrize(("hours", "total"), [(1, 4), (2, 6), (3, 7), (24, 7)])
def test_last_hours_end_with_the_hour_of_the_instant(hours: int, total: int) -> None:
    """Whole UTC hours, the one of the instant included."""
    window = filled((0, 1), (MS_PER_HOUR, 2), (2 * MS_PER_HOUR, 4))

    assert total == window.last_hours(3 * MS_PER_HOUR - 1, hours)


def test_what_comes_later_is_not_counted_before() -> None:
    """A window that ends at an instant knows nothing of what follows."""
    window = filled((0, 1), (MS_PER_DAY, 2))

    assert (1, 3) == (window.last_days(0), window.last_days(MS_PER_DAY))


def test_order_of_events_does_not_matter() -> None:
    """The same events give the same window in any order."""
    events = [(0, 1), (MS_PER_HOUR * 23, 2), (MS_PER_DAY, 4), (MS_PER_DAY * 34, 8), (MS_PER_DAY * 36, 16)]
    windows = [filled(*order) for order in permutations(events)]

    assert [windows[0]] * len(windows) == windows


def test_each_bucket_has_its_window() -> None:
    """Per bucket, in raw quantities of event time."""
    fed = replay(
        [data(1), voice(61), sms(2), mms(3), data(1, at=after(START, hours=5), arrives=after(START, days=9))]
    )
    state = fed.state()

    assert state is not None
    assert {"data": 200_000, "voice": 61, "sms": 2, "mms": 3} == {
        bucket: sum(window.days.values()) for bucket, window in state.windows.items()
    }


def test_window_is_bounded_whatever_comes() -> None:
    """Two years of records, one a day, and the oldest first or last."""
    days = [data(bytes_up=1, at=after(START, days=number)) for number in range(0, 730, 5)]
    state = replay(days).state()

    assert state is not None
    assert 35 >= len(state.windows["data"].days)
    assert 24 >= len(state.windows["data"].hours)
