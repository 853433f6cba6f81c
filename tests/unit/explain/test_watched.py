"""What is noted of a replay for one subscriber."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from streams.explain import Step, story
from streams.explain.watched import Note, Watched
from streams.pipeline import Rules
from streams.regimes import Regimes
from streams.replay import Replay
from tests.build import NOON, SUBSCRIBER, Line, addon, after, data, event, lines_of, ms, plan, profile
from tests.build_story import OTHER, group, names, told

LATER = after(NOON, hours=1)


def noted(*records: Line) -> list[Note]:
    """Return the notes of a replay."""
    run = Replay()
    run.pipeline = watched = Watched(SUBSCRIBER, catalog=run.catalog, rules=Rules.default())
    list(run.run(lines_of(records)))
    return watched.notes


def theirs(count: int) -> list[Line]:
    """Return records of another subscriber, and of a broken kind."""
    good = [data(1, subscriber_id=OTHER, record_id=f"t{n}") for n in range(count)]
    return [profile(subscriber_id=OTHER), *good, data(bytes_up=-1, subscriber_id=OTHER)]


def bought_until(expires_at: str) -> Line:
    """Return the purchase of five octets that expire then."""
    return event("addon.purchased", addon_id="a", bucket="data", amount=5, expires_at=expires_at)


def test_records_of_others_leave_no_note() -> None:
    """Neither good ones nor bad ones."""
    assert [2, 8] == [note.line for note in noted(plan(), profile(), *theirs(3), data(1))]


def test_note_has_the_states_before_and_after() -> None:
    """As they are stored; none before there is a profile."""
    first, second = noted(data(1))

    assert ({SUBSCRIBER: None}, "applied") == (first.before, first.became)
    assert first.after == second.before
    assert second.before != second.after


def test_record_that_changes_nothing_is_noted_all_the_same() -> None:
    """The subscriber's own always is."""
    assert ["applied", "applied", "duplicate"] == [
        note.became for note in noted(data(1, record_id="a"), data(1, record_id="a"))
    ]


def test_usage_of_a_member_is_noted_where_it_is_and_where_it_counts() -> None:
    """The line's history, then the group's bucket."""
    notes = noted(profile(), group(SUBSCRIBER), data(1, at=LATER))[1:]

    assert ["groups", "group-usage", "cdr", "group-usage"] == [note.raw.topic for note in notes if note.raw]
    assert {SUBSCRIBER, "group/g"} == set(notes[-1].after)


def test_group_that_is_left_is_watched_no_more() -> None:
    """What its members use then is none of the subscriber's business."""
    lines = [profile(), profile(subscriber_id=OTHER), group(SUBSCRIBER, OTHER, owner=OTHER)]
    gone = group(OTHER, owner=OTHER, arrives=LATER)
    used = data(1, subscriber_id=OTHER, at=after(LATER, hours=1))

    assert ["profile", "groups", "groups"] == names(told(*lines, gone, used))


def test_group_of_others_is_no_step() -> None:
    """Its record is looked at, and is nothing to the subscriber."""
    lines = [profile(), profile(subscriber_id=OTHER), group(OTHER, owner=OTHER)]

    assert ["profile"] == names(told(*lines, data(1, subscriber_id=OTHER)))


def test_plan_that_lets_held_records_in_is_a_step() -> None:
    """The records' own lines are steps before it."""
    steps = told(
        profile(plan_id="later"), data(1, record_id="a"), data(1, record_id="b"), plan(plan_id="later")
    )

    assert ["profile", "data", "data", "plans"] == names(steps)
    assert (2, [(0, 200_000)]) == (steps[-1].released, [move.used for move in steps[-1].moved])


def test_timers_are_a_step_of_their_own_before_the_line_that_time_went_on_to() -> None:
    """When they were due, whosever line it is."""
    bought = bought_until("2026-11-20T12:00:00Z")
    other = data(1, subscriber_id=OTHER, at="2026-11-25T12:00:00Z")
    *_, reminder, _ = told(addon(), profile(), profile(subscriber_id=OTHER), bought, other)

    assert ("timer", 6, ms("2026-11-19T12:00:00Z")) == (reminder.what, reminder.line, reminder.at_ms)
    assert {} == reminder.record


def test_timer_and_record_of_one_line_are_two_steps() -> None:
    """What time has brought is not the record's doing."""
    bought = bought_until("2026-11-20T12:00:00Z")
    steps = told(addon(), bought, data(1, at="2026-11-25T12:00:00Z"))

    assert ["profile", "addon.purchased", "timer", "timer", "data"] == names(steps)
    assert (10_000_005, 10_000_000) == steps[3].moved[0].allowance
    assert [(0, 100_000)] == [move.used for move in steps[4].moved]


def test_held_record_that_waited_in_vain_is_told_with_its_line() -> None:
    """Three days after it came."""
    other = data(1, subscriber_id=OTHER, at=after(NOON, days=4))
    *_, buried = told(plan(), profile(subscriber_id=OTHER), data(1), other)

    assert ("timer", "") == (buried.what, buried.became)
    assert [("unknown_subscriber", 3, True)] == [
        (letter.reason, letter.line, letter.is_elsewhere) for letter in buried.refused
    ]


class Broken(int):
    """A level that cannot be compared: stands for a defect of our own in the middle of a record."""

    def __mul__(self, other: object) -> int:
        """Fail as a defect would."""
        raise ArithmeticError("injected")


@pytest.mark.parametrize("who", [SUBSCRIBER, OTHER])
def test_batch_that_is_taken_again_is_told_once(who: str) -> None:
    """Our own code fails on a record: what was noted before it is noted anew, and it is a dead letter."""
    regime = Rules.default().regimes.of("XX")
    broken = replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))
    rules = replace(Rules.default(), regimes=Regimes([regime, broken]))
    lines = [
        plan(),
        profile(jurisdiction="BR" if who == SUBSCRIBER else "CN"),
        profile(subscriber_id=OTHER, jurisdiction="BR" if who == OTHER else "CN"),
        data(1, zero_rated=True, record_id="a"),
        data(1, subscriber_id=who, record_id="b"),
        data(1, zero_rated=True, record_id="c"),
    ]
    steps = told(*lines, rules=rules)

    assert (["applied", "dead", "applied"] if who == SUBSCRIBER else ["applied", "applied"]) == [
        step.became for step in steps[1:]
    ]
    assert [4, 5, 6] == [step.line for step in steps[1:]] or who == OTHER


def test_story_is_the_same_however_lines_are_batched() -> None:
    """Line by line and all at once."""
    lines = [profile(), profile(subscriber_id=OTHER), group(SUBSCRIBER, OTHER)]
    used = [
        data(7, subscriber_id=who, record_id=f"{who}{n}") for n in range(9) for who in (SUBSCRIBER, OTHER)
    ]
    texts = lines_of([plan(), *lines, *used], is_bare=True)
    blank = [b"\n"] * 999

    apart = [line for text in texts for line in (text, *blank)]

    assert _without_lines(list(story(texts, SUBSCRIBER, Rules.default()))) == _without_lines(
        list(story(apart, SUBSCRIBER, Rules.default()))
    )


def _without_lines(steps: Sequence[Step]) -> list[tuple[object, ...]]:
    return [(step.what, step.moved, [one["id"] for one in step.outputs]) for step in steps]
