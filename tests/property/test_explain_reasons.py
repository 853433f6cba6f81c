"""Whatever is used, and whenever it arrives: the story and the rules do not disagree."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.explain import Step
from streams.explain.moves import BucketMove
from streams.explain.runs import Run, in_runs
from tests.build import Fed, Line, after, allowance, data, plan, profile, replay
from tests.build_story import told

EXAMPLES = settings(max_examples=100, derandomize=True, deadline=None)
STARTS = "2026-11-01T00:00:00Z"
PLAN = plan(allowance(), allowance("data.roaming", 2_000_000))


@st.composite
def used(draw: st.DrawFn) -> Line:
    """Draw data used in or around November, that arrives when it was used or up to weeks later."""
    at = after(STARTS, hours=draw(st.integers(-48, 32 * 24)))
    late = draw(st.sampled_from([0, 0, 0, 5, 30, 200, 900]))
    fields: dict[str, Any] = {"at": at, "arrives": after(at, hours=late), "roaming": draw(st.booleans())}
    if draw(st.integers(0, 7)) == 0:
        fields["corrects"] = {"record_id": "x", "was": {"bytes_up": draw(st.integers(0, 4_000_000))}}
    return data(draw(st.integers(0, 40)), **fields)


def foreseen(step: Step) -> set[tuple[str, str]]:
    """Return the buckets of which a forecast was told."""
    return {(one["bucket"], one["period"]) for one in step.outputs if one["type"] == "forecast"}


def silent(step: Step) -> set[tuple[str | None, str | None]]:
    """Return the buckets of which it is said why no forecast was told."""
    return {(one.bucket, one.period) for one in step.why_not if one.signal == "forecast"}


def is_open(move: BucketMove) -> bool:
    """Return whether a bucket can be foreseen to run out at all."""
    return bool(move.allowance[1]) and move.used[1] < (move.allowance[1] or 0)


@EXAMPLES
@given(records=st.lists(used(), max_size=25))
def test_forecast_is_told_or_its_absence_explained(records: list[Line]) -> None:
    """One of both for each bucket that has moved and has something left; never both."""
    for step in told(PLAN, profile(), *records):
        moved = {(move.bucket, move.period): move for move in step.moved}

        assert set() == foreseen(step) & silent(step)
        assert {key for key, move in moved.items() if is_open(move)} <= foreseen(step) | silent(step)


@EXAMPLES
@given(records=st.lists(used(), max_size=25))
def test_story_has_every_output_and_every_dead_letter_once(records: list[Line]) -> None:
    """The same as a replay of the file writes, in its order."""
    fed: Fed = replay([PLAN, profile(), *records])
    steps = told(PLAN, profile(), *records)

    assert [one.type for one in fed.emitted if one.topic != "dead-letters"] == [
        output["type"] for step in steps for output in step.outputs
    ]
    assert fed.reasons == [letter.reason for step in steps for letter in step.refused]


@EXAMPLES
@given(records=st.lists(used(), max_size=25))
def test_moves_add_up_from_step_to_step(records: list[Line]) -> None:
    """Each begins where the last one of its bucket ended; in runs too, up to what the states hold."""
    fed = replay([PLAN, profile(), *records])
    steps = told(PLAN, profile(), *records)
    for line in (steps, list(in_runs(steps))):
        totals: dict[tuple[str, str], int] = {}
        for one in line:
            for move in one.moved.values() if isinstance(one, Run) else one.moved:
                assert totals.get((move.bucket, move.period), 0) == move.used[0]
                totals[move.bucket, move.period] = move.used[1]

        for period in fed.periods():
            for bucket, usage in period.buckets.items():
                assert usage.used == totals.get((bucket, period.day), 0)
