"""Why nothing more was raised, of a record as a whole and of forecasts."""

import pytest
from msgspec.structs import replace

from streams.pipeline import Rules
from tests.build import NOON, Line, addon, after, allowance, data, event, ms, plan, profile, voice
from tests.build_story import OTHER, group, last, silences, told

SECOND = "2026-11-02T12:00:00Z"


@pytest.mark.parametrize(
    ("records", "why", "text"),
    [
        ([data(1, record_id="a"), data(1, record_id="a")], "duplicate", "it is the same record again"),
        ([data(1, zero_rated=True)], "zero_rated", "it is zero-rated"),
        ([voice(61, direction="in")], "came_in", "it came in"),
        ([data(0)], "unchanged", "it is a record of nothing"),
        ([profile(plan_id="none"), data(1)], "held", "it waits for the profile or its plan"),
        ([event("app.viewed", page="balance", event_id="e")] * 2, "duplicate", "it is the same record again"),
    ],
)
def test_record_that_counts_nothing_says_why(records: list[Line], why: str, text: str) -> None:
    """One reason, the record's own."""
    [silence] = last(*records).why_not

    assert (why, "") == (silence.why, silence.signal)
    assert silence.text.startswith(text)


def test_record_that_billing_has_counted_says_so() -> None:
    """An opening total takes in what started before it."""
    opened = event("balance.reported", bucket="data", period="2026-11-01", used=5, as_of=NOON)
    step = last(data(1), opened, data(1, at=after(NOON, hours=-1), arrives=after(NOON, hours=1)))

    assert ["it is in the total that billing has reported"] == silences(step)


def test_record_that_waits_for_its_group_says_so() -> None:
    """The line has counted it; the group is not there yet."""
    step = last(profile(group_id="g"), data(1))

    assert ("applied", ["it waits for its group's record or plan, and is counted when they are there"]) == (
        step.became,
        silences(step),
    )


def test_record_that_its_group_refuses_says_so() -> None:
    """It is in time for the line's period, and months late for the group's."""
    own = profile(cycle_day=28, group_id="g", arrives="2026-08-01T00:00:00Z")
    there = group("8613800000001", arrives="2026-08-01T00:00:01Z")
    late = data(1, at="2026-08-29T00:00:00Z", arrives="2026-11-10T00:00:00Z")
    step = last(own, there, data(1, at="2026-08-02T00:00:00Z"), late)

    assert ("applied", ["too_late"]) == (step.became, [letter.reason for letter in step.refused])
    assert ["it is in the line's history; its group has refused it"] == silences(step)


def test_dead_letter_has_its_reason_and_no_other() -> None:
    """What it would have moved is not asked."""
    assert [] == silences(last(data(1, record_id="a"), data(2, record_id="a")))


def test_muted_time_is_said() -> None:
    """Signals are written, and nobody is written to."""
    rules = replace(Rules.default(), muted_until_ms=ms(NOON) + 1)

    assert ["muted"] == [one.why for one in last(data(85), rules=rules).why_not if one.signal == "notice"]


# -- forecasts


@pytest.mark.parametrize(
    ("before", "record", "why"),
    [
        (1, data(1), "less than 30 % is used"),
        (
            45,
            data(1, at="2026-11-03T12:00:00Z", arrives=NOON),
            "it was used before day 5 of the billing period",
        ),
        (45, data(1, arrives="2026-12-01T00:00:00Z"), "it arrived late, after the period's end"),
        (1, data(1, arrives="2026-12-01T00:00:00Z"), "it arrived late, after the period's end"),
        (31, data("0.01", at="2026-11-28T12:00:00Z"), "at its rate it lasts until the period's end"),
    ],
)
def test_missing_forecast_has_the_rules_own_reason(before: int, record: Line, why: str) -> None:
    """By when it was used, and by whether it came late."""
    step = last(data(before, at=SECOND), record)

    assert [f"no forecast: {why}"] == silences(step, "forecast")


def test_forecast_that_was_told_is_not_told_again() -> None:
    """Unless it has moved by more than three days."""
    step = last(data(45, at=SECOND), data(25), data("0.01"))

    assert ["no forecast: the last one still holds, within 3 days"] == silences(step, "forecast")


@pytest.mark.parametrize(
    "records", [[data(45, at=SECOND), data(25)], [data(100)], [plan(allowance(amount=None)), data(1)]]
)
def test_no_reason_is_given_where_there_is_a_forecast_or_can_be_none(records: list[Line]) -> None:
    """It is told; all is used; there is no end."""
    assert [] == silences(last(*records), "forecast")


def test_event_has_no_forecast_and_no_reason() -> None:
    """What was bought is looked at with the next record."""
    bought = event("addon.purchased", addon_id="a", bucket="data", amount=5)

    assert [] == silences(last(addon(), data(45), bought), "forecast")


def test_groups_forecast_is_told_to_its_owner() -> None:
    """A member who is not the owner learns that, and nothing more."""
    lines = [profile(), profile(subscriber_id=OTHER), group(OTHER, "8613800000001", owner=OTHER)]
    steps = told(*lines, data(45, at=SECOND, arrives=NOON), data(25))

    assert ["forecast: it runs out before the period ends; the group's owner is told"] == silences(
        steps[-1], "forecast"
    )
    assert () == steps[-1].outputs
