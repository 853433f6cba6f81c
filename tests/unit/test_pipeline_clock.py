"""The clock of a partition, its timers, and what waits outside for a plan."""

import pytest

from schemas.errors import PlanMissingError
from tests.build import NOON, after, data, event, ms, plan, profile, sms
from tests.feed import commit, feed, look, pipeline_of, raw_of

NOON_MS = ms(NOON)
LATER = after(NOON, hours=1)


def test_plan_missing_changes_nothing() -> None:
    """With ``hold`` False the record waits outside; taken again it is as if it came for the first time."""
    pipeline, straight = pipeline_of(profile()), pipeline_of(profile())
    commit(pipeline)
    commit(straight)
    before, raw = look(pipeline), raw_of(data(80, at=LATER), 9)
    with pytest.raises(PlanMissingError):
        pipeline.take(raw, hold=False)

    assert (before, []) == (look(pipeline), pipeline.changes())
    pipeline.take(raw)
    straight.take(raw)
    assert commit(straight) == commit(pipeline)


def test_wall_clock_refuses_arrivals_far_ahead() -> None:
    """A live worker: more than 5 minutes ahead of its wall clock is ``in_future``, and moves no clock."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    clock_ms = pipeline.clock_ms
    wall_ms = NOON_MS + 3_600_000
    raw = raw_of(data(1, at=after(NOON, hours=1, minutes=5)), 8)
    ahead = raw_of(data(1, at=after(NOON, hours=1, minutes=5, ms=1)), 9)

    assert ["in_future"] == [emitted.type for emitted in pipeline.take(ahead, wall_ms=wall_ms)]
    assert clock_ms == pipeline.clock_ms
    assert [] == pipeline.take(raw, wall_ms=wall_ms)


def test_wall_clock_refuses_a_profile_far_ahead() -> None:
    """An arrival more than 5 minutes ahead is no time from which a plan could be in force."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    ahead = raw_of(profile(cycle_day=9, arrives=after(NOON, days=400)), 9)

    assert ["in_future"] == [emitted.type for emitted in pipeline.take(ahead, wall_ms=NOON_MS)]


def test_clock_is_the_newest_arrival_of_usage_and_events_and_never_goes_back() -> None:
    """Profiles, plans and groups do not move it."""
    pipeline = pipeline_of(plan())
    clocks = [pipeline.clock_ms]
    for line in (
        profile(arrives=NOON),
        data(1),
        sms(at=after(NOON, days=-1)),
        event("sim.swapped", at=LATER),
    ):
        feed(pipeline, line, first=len(clocks))
        clocks.append(pipeline.clock_ms)

    assert [0, 0, NOON_MS, NOON_MS, ms(LATER)] == clocks
    pipeline.advance(NOON_MS)
    assert ms(LATER) == pipeline.clock_ms
    pipeline.advance(ms(LATER) + 1)
    assert ms(LATER) + 1 == pipeline.clock_ms


def test_tick_fires_at_most_so_many_subscribers() -> None:
    """Timers run in slices."""
    pipeline = pipeline_of(*(sms(subscriber_id=f"s{number}") for number in range(5)))
    due_ms = NOON_MS + 3 * 86_400_000

    assert [] == pipeline.tick(due_ms - 1)
    assert [2, 2, 1, 0] == [len(pipeline.tick(due_ms, most=2)) for _ in range(4)]
    assert pipeline.next_due_ms() is None


def test_take_refuses_to_overtake_a_timer() -> None:
    """A record is taken only when every timer due at or before its arrival has fired."""
    pipeline = pipeline_of(sms(subscriber_id="waits"))

    with pytest.raises(ValueError, match="timers"):
        pipeline.take(raw_of(sms(at=after(NOON, days=3)), 9))
