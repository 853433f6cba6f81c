"""Commit and rollback: what was accepted stands, what was not has never been."""

import pytest

from streams.core.store import LIVE_COUNT_MAX
from tests.build import NOON, SUBSCRIBER, Line, after, data, event, plan, profile, sms, tombstone
from tests.feed import commit, feed, look, pipeline_of, raw_of, used

LATER = after(NOON, hours=1)
SECOND: list[list[Line]] = [
    [data(30, at=LATER)],
    [sms(subscriber_id="new", at=LATER)],
    [profile(plan_id="q", cycle_day=5, arrives=LATER)],
    [tombstone(arrives=LATER)],
    [tombstone(arrives=LATER), profile(arrives=LATER), data(1, at=LATER)],
    [data(bytes_up=-1, at=LATER)],
    [event("port.queried", channel="sms", at=LATER)],
    [event("consent.changed", purpose="commercial", granted=True, at=LATER)],
    [sms(at=after(NOON, days=5), subscriber_id="z")],
    [profile(subscriber_id="waits", arrives=LATER)],
]


@pytest.mark.parametrize("second", SECOND, ids=range(len(SECOND)))
def test_rollback_brings_back_what_was_accepted(second: list[Line]) -> None:
    """States, timers, clock and ledger; doing it again gives the same bytes as doing it once."""
    first = [plan(), profile(), data(60), sms(subscriber_id="waits"), event("port.queried", channel="sms")]
    pipeline, straight = pipeline_of(*first), pipeline_of(*first)
    assert commit(pipeline) == commit(straight)
    before = look(pipeline)

    feed(pipeline, *second, first=50)
    pipeline.changes()
    pipeline.rollback()

    assert before == look(pipeline)
    assert [] == pipeline.changes()
    feed(pipeline, *second, first=50)
    feed(straight, *second, first=50)
    assert commit(straight) == commit(pipeline)
    assert look(straight) == look(pipeline)


def test_rollback_without_changes_read_brings_back_too() -> None:
    """The driver may fail before it has asked for the changes."""
    pipeline = pipeline_of(plan(), profile(), data(60))
    commit(pipeline)
    feed(pipeline, data(30, at=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, data(1, at=LATER), first=60)

    assert 6_100_000 == used(commit(pipeline))


def test_changes_are_each_touched_state_once() -> None:
    """A key, its bytes; None for a deleted one; nothing twice."""
    pipeline = pipeline_of(plan(), profile(), data(1), sms(subscriber_id="a"), profile(subscriber_id="b"))
    feed(pipeline, tombstone("b"), first=90)
    changes = pipeline.changes()

    assert [SUBSCRIBER.encode(), b"a", b"b"] == [key for key, _ in changes]
    assert dict(changes)[b"b"] is None
    assert changes == pipeline.changes()


def test_nothing_changes_without_a_record() -> None:
    """What was accepted is not written again."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    commit(pipeline)

    assert [] == pipeline.changes()


@pytest.mark.parametrize(
    "line", [data(1, record_id="a"), data(bytes_up=-1, record_id="b")], ids=["again", "dead"]
)
def test_duplicate_and_dead_letter_write_no_state(line: Line) -> None:
    """Counted, nothing else."""
    pipeline = pipeline_of(plan(), profile(), data(1, record_id="a"))
    commit(pipeline)
    feed(pipeline, line, first=9)

    assert [] == pipeline.changes()


def test_states_that_are_evicted_from_memory_lose_nothing() -> None:
    """Only some states are kept decoded; the others stay whole as bytes, over several commits."""
    count = LIVE_COUNT_MAX + 300
    pipeline = pipeline_of(plan())
    for turn in range(3):
        for number in range(count):
            who = f"s{number}"
            if turn == 0:
                pipeline.take(raw_of(profile(subscriber_id=who), number))
            pipeline.take(raw_of(sms(2, subscriber_id=who), turn * count + number))
        commit(pipeline)

    assert LIVE_COUNT_MAX >= pipeline.sizes()["live"]
    feed(pipeline, *(sms(1, subscriber_id=f"s{number}") for number in (0, 17, count - 1)), first=10 * count)
    assert [7, 7, 7] == [
        used(commit_of, key) for commit_of in [dict(pipeline.changes())] for key in commit_of
    ]
