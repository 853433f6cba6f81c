"""How far a clock is behind the wall: by as much as a history is old, and never more for having waited."""

from streams.core.stored import Meta, decode_meta, encode_meta
from streams.kafka.clock_lag import lag_after, lag_of
from tests.build import NOON, after, ms

NOON_MS = ms(NOON)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def meta(lag_ms: int | None = None) -> Meta:
    """Return what is committed of a partition whose clock is at noon."""
    return Meta(offsets={}, partition_count=1, clock_ms=NOON_MS, lag_ms=lag_ms)


def test_the_first_record_says_how_old_a_history_is() -> None:
    """Fed in a month later, it goes on on its own time."""
    wall_ms = NOON_MS + 30 * DAY_MS

    assert 30 * DAY_MS == lag_after(0, before_ms=0, clock_ms=NOON_MS, wall_ms=wall_ms)


def test_what_waited_while_nobody_ran_does_not_hold_the_clock_back() -> None:
    """Live, away for eight hours, then a record of the first of them: no timer is hours late."""
    clock_ms, wall_ms = NOON_MS + HOUR_MS, NOON_MS + 8 * HOUR_MS

    assert 50 == lag_after(50, before_ms=NOON_MS, clock_ms=clock_ms, wall_ms=wall_ms)


def test_a_history_that_catches_up_comes_nearer() -> None:
    """With each record that is read sooner after its time; what is live in the end is on time."""
    wall_ms = NOON_MS + 30 * DAY_MS
    later_ms = ms(after(NOON, days=29))

    assert DAY_MS == lag_after(30 * DAY_MS, before_ms=NOON_MS, clock_ms=later_ms, wall_ms=wall_ms)
    assert 0 == lag_after(DAY_MS, before_ms=later_ms, clock_ms=wall_ms + 1, wall_ms=wall_ms)


def test_records_that_do_not_move_the_clock_change_nothing() -> None:
    """Profiles, and what arrived before."""
    assert 7 == lag_after(7, before_ms=NOON_MS, clock_ms=NOON_MS, wall_ms=NOON_MS + 3)
    assert 0 == lag_after(0, before_ms=0, clock_ms=0, wall_ms=NOON_MS)


def test_the_lag_is_committed_with_the_clock() -> None:
    """A worker killed in the midst of a backlog reads it back, not how late the last batch was written."""
    committed = decode_meta(encode_meta(meta(lag_ms=50)))

    assert 50 == lag_of(committed, written_ms=NOON_MS + 8 * HOUR_MS)
    assert 0 == lag_of(None, written_ms=0)


def test_of_an_older_release_it_is_what_lay_between_the_clock_and_the_commit() -> None:
    """As that release reckoned it."""
    assert HOUR_MS == lag_of(meta(), written_ms=NOON_MS + HOUR_MS)
    assert 0 == lag_of(meta(), written_ms=NOON_MS - 1)
