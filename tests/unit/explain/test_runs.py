"""Steps in a row in which nothing happened, told as one."""

import pytest

from streams.explain import Step
from streams.explain.runs import Run, in_runs, is_ordinary
from tests.build import NOON, Line, addon, after, allowance, data, event, ms, plan, profile, voice
from tests.build_story import OTHER, group, last, told

FIRST = "2026-11-10T12:00:00Z"


def hourly(count: int, *, percent: float = 1, first: int = 0) -> list[Line]:
    """Return so many records, an hour apart."""
    hours = range(first, first + count)
    return [data(percent, record_id=f"d{hour}", at=after(FIRST, hours=hour)) for hour in hours]


def runs(*records: Line) -> list[Step | Run]:
    """Return a story in runs, without the profile."""
    return list(in_runs(told(*records)))[1:]


def test_records_in_a_row_are_one_run() -> None:
    """From before the first to after the last."""
    [run] = runs(*hourly(5))

    assert isinstance(run, Run)
    assert ({"data": 5}, 3, 7) == (run.counts, run.first.line, run.last.line)
    assert [(0, 500_000)] == [move.used for move in run.moved.values()]


def test_run_has_each_bucket_and_what_counted_in_none() -> None:
    """Whatever their order."""
    terms = plan(allowance(), allowance("voice", 6_000))
    calls = [voice(60, record_id=f"v{n}", direction=way) for n, way in enumerate(["out", "in", "out", "in"])]
    [run] = runs(terms, *hourly(1), *calls, *hourly(2, first=1))

    assert isinstance(run, Run)
    assert {"data": 3, "voice": 4} == run.counts
    assert [("data", (0, 300_000)), ("voice", (0, 120))] == [(m.bucket, m.used) for m in run.moved.values()]
    assert {"it came in, and the plan counts only what goes out": 2} == run.uncounted


def test_run_says_what_is_next_as_it_is_in_the_end() -> None:
    """And each reason for no forecast, in order."""
    before = data(27, at="2026-11-02T12:00:00Z")
    [run] = runs(before, *hourly(10, percent=0.5))

    assert isinstance(run, Run)
    [coming] = run.coming.values()
    assert ["next level 80 % at 8 MB, 4.8 MB more"] == [one.text for one in coming]
    [reasons] = run.no_forecast.values()
    assert ["little_used", "lasts"] == list(reasons)


def test_step_that_raises_something_stands_between_two_runs() -> None:
    """What comes after begins anew."""
    first, crossed, second = runs(*hourly(3), data(78, at=after(FIRST, hours=3)), *hourly(3, first=4))

    assert isinstance(crossed, Step)
    assert isinstance(first, Run)
    assert isinstance(second, Run)
    assert (3, 3) == (first.counts.total(), second.counts.total())


def test_one_step_alone_is_no_run() -> None:
    """It is told as it is."""
    [step] = runs(data(1))

    assert isinstance(step, Step)


def test_late_records_make_runs_of_their_own() -> None:
    """They arrive a day or more after they were used."""
    arrives = after(FIRST, days=3)
    late = [data(1, record_id=f"l{n}", at=after(FIRST, hours=n), arrives=arrives) for n in range(2)]
    on_time, behind = runs(*hourly(2), *late)

    assert isinstance(on_time, Run)
    assert isinstance(behind, Run)
    assert (False, True) == (on_time.first.is_late, behind.first.is_late)


def test_run_is_from_the_earliest_to_the_latest_event() -> None:
    """Records do not come in the order in which they happened."""
    hours = [
        data(1, record_id=f"d{n}", at=after(FIRST, hours=n), arrives=after(FIRST, hours=5)) for n in (3, 1, 2)
    ]
    [run] = runs(*hours)

    assert isinstance(run, Run)
    assert (ms(after(FIRST, hours=1)), ms(after(FIRST, hours=3))) == (run.from_ms, run.until_ms)


def test_other_lines_of_a_group_are_in_the_run() -> None:
    """Of the group's one bucket."""
    lines = [profile(), profile(subscriber_id=OTHER), group("8613800000001", OTHER, owner=OTHER)]
    theirs = [data(1, subscriber_id=OTHER, record_id=f"t{n}", at=after(NOON, hours=n)) for n in range(3)]
    [*_, run] = in_runs(told(*lines, *theirs, *hourly(2, first=3)))

    assert isinstance(run, Run)
    assert {"group": 3, "data": 2} == run.counts
    assert [(0, 500_000)] == [move.used for move in run.moved.values()]


@pytest.mark.parametrize(
    "record",
    [
        data(1, corrects={"record_id": "x", "was": {"bytes_up": 1}}),
        data(1, replaces={"record_id": "x", "source": ""}),
        data(-1) | {"value": {**data(1)["value"], "bytes_up": -1}},
        event("addon.purchased", addon_id="a", bucket="data", amount=5),
        event("payment.received", amount={"amount": "5.00", "currency": "CNY"}),
        event("consent.changed", purpose="commercial", granted=True),
        event("port.queried", channel="sms"),
        event("sim.swapped"),
        profile(language="zh"),
    ],
)
def test_what_is_worth_telling_is_no_part_of_a_run(record: Line) -> None:
    """A correction, a refusal, a purchase, a payment, a consent, a signal, a profile."""
    assert not is_ordinary(last(addon(), profile(), data(1), record))


@pytest.mark.parametrize(
    "record",
    [
        data(1),
        data(1, zero_rated=True),
        voice(60, direction="in"),
        event("app.viewed", page="balance"),
        event("charge.accrued", amount={"amount": "5.00", "currency": "CNY"}),
    ],
)
def test_usage_and_what_moves_nothing_are_ordinary(record: Line) -> None:
    """A charge moves what is owed, as usage does."""
    assert is_ordinary(last(record))


def test_duplicates_are_told_one_by_one() -> None:
    """Whoever asks whether something was counted twice finds it."""
    assert not is_ordinary(last(data(1, record_id="a"), data(1, record_id="a")))
