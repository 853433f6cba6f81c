"""Rolling windows of event time: 168 hours of what counted, 35 days of what was used."""

from itertools import permutations

import pytest

from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.core.window import SLOT_LAST, Window, added, total_since, unbroken
from tests.build import NOON, after, allowance, data, mms, ms, plan, replay, sms, voice

START = "2026-11-01T00:00:00Z"


def filled(*records: tuple[int, int]) -> Window:
    """Return a window that has taken (instant, quantity) in that order."""
    window = Window()
    for at_ms, quantity in records:
        window.add_counted(at_ms, quantity)
        window.add_raw(at_ms, quantity)
    return window


def test_hours_are_a_week_and_days_thirty_five() -> None:
    """What has fallen out is forgotten."""
    hourly = filled(*((hour * MS_PER_HOUR, 1) for hour in range(60 * 24)))

    assert (168, 35) == (len(hourly.hours), len(hourly.days))
    last_ms = (60 * 24 - 1) * MS_PER_HOUR
    assert (168, 35 * 24) == (hourly.last_hours(last_ms, 168), hourly.last_days(last_ms))


@pytest.mark.parametrize(("hours", "total"), [(1, 4), (2, 6), (3, 7), (24, 7)])
def test_last_hours_end_with_the_hour_of_the_instant(hours: int, total: int) -> None:
    """Whole UTC hours, the one of the instant included."""
    window = filled((0, 1), (MS_PER_HOUR, 2), (2 * MS_PER_HOUR, 4))

    assert total == window.last_hours(3 * MS_PER_HOUR - 1, hours)


@pytest.mark.parametrize(
    ("first", "total"), [(-1, 7), (0, 7), (1, 6), (4, 6), (5, 6), (6, 4), (9, 4), (10, 0)]
)
def test_total_since_begins_with_the_slot_named(first: int, total: int) -> None:
    """That slot included, whether it is there or not, up to the newest."""
    window = filled((0, 1), (5 * MS_PER_HOUR, 2), (9 * MS_PER_HOUR, 4))

    assert total == total_since(window.hour_slots, first)


def test_total_since_of_nothing_is_nothing() -> None:
    """An empty window has no slot to begin with."""
    assert 0 == total_since(b"", 0)


def test_total_since_of_a_full_week_is_its_sum() -> None:
    """However full: the slots are unpacked at once."""
    window = filled(*((hour * MS_PER_HOUR, 10 ** hour.bit_length()) for hour in range(1, 300)))

    assert sum(window.hours.values()) == total_since(window.hour_slots, 132)
    assert sum(window.hours.values()) - window.hours[132] == total_since(window.hour_slots, 133)


def test_unbroken_fills_what_has_no_slot() -> None:
    """One quantity for each hour from the oldest slot to the newest."""
    hours = [(3 * MS_PER_HOUR, 1), (5 * MS_PER_HOUR, 2)]

    assert (3, (1, 0, 2)) == unbroken(filled(*hours).hour_slots)
    assert (3, (1, 4, 2)) == unbroken(filled(*hours, (4 * MS_PER_HOUR, 4)).hour_slots)


def test_a_correction_takes_back_and_may_leave_less_than_nothing() -> None:
    """Sums commute: what a slot lacks another may have; a reader cuts at 0, a slot does not."""
    window = filled((0, 5), (MS_PER_HOUR, 2), (0, -9))

    assert ({0: -4, 1: 2}, {0: -2}) == (window.hours, window.days)
    assert -2 == total_since(window.hour_slots, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_slot_stays_within_sixty_four_bits(sign: int) -> None:
    """At both ends: added to the newest slot, to an older one, to a new one."""
    most = sign * SLOT_LAST
    older = added(added(b"", 0, most, length=9), 1, 2 * most, length=9)
    slots = added(added(older, 0, sign, length=9), 1, sign, length=9)

    assert (0, (most, most)) == unbroken(slots)


def test_what_comes_later_is_not_counted_before() -> None:
    """A window that ends at an instant knows nothing of what follows."""
    window = filled((0, 1), (MS_PER_DAY, 2))

    assert (1, 3) == (window.last_days(0), window.last_days(MS_PER_DAY))


def test_order_of_events_does_not_matter() -> None:
    """The same events give the same window in any order, corrections among them."""
    hours = [(0, 1), (23, 2), (23, -3), (24, 4), (24 * 34, 8), (24 * 34 - 167, 16), (24 * 36, 32)]
    events = [(hour * MS_PER_HOUR, quantity) for hour, quantity in hours]
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


def test_hours_hold_what_counts_and_days_what_was_used() -> None:
    """Calls are rounded in the hours only; what is zero-rated is in the days only."""
    rounded = plan(allowance(), allowance("voice", 6_000, rounding="60/60"))
    state = replay([rounded, voice(61), data(1), data(2, zero_rated=True)]).state()

    assert state is not None
    calls, volumes = state.windows["voice"], state.windows["data"]
    assert (120, 61) == (calls.last_hours(ms(NOON), 24), calls.last_days(ms(NOON)))
    assert (100_000, 300_000) == (volumes.last_hours(ms(NOON), 24), volumes.last_days(ms(NOON)))


def test_window_is_bounded_whatever_comes() -> None:
    """Two years of records, one a day, and the oldest first or last."""
    days = [data(bytes_up=1, at=after(START, days=number)) for number in range(0, 730, 5)]
    state = replay(days).state()

    assert state is not None
    assert 35 >= len(state.windows["data"].days)
    assert 168 >= len(state.windows["data"].hours)
