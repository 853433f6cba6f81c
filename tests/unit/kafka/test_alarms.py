"""What is said of a partition, and that it is said once."""

import logging

import pytest

from schemas.envelope import Raw
from streams.core.breaker import Breaker, Hold, PauseReason
from streams.kafka import alarms
from streams.kafka.alarms import Alarms
from streams.kafka.batch import DefectError
from streams.metrics import Metrics
from tests.fed import SUBSCRIBER

RAW = Raw("cdr", 3, 17, 0, SUBSCRIBER.encode(), b"{}")
NOTICE = "care-events/usage_notice"


def first_place() -> None:
    """Raise here."""
    raise ZeroDivisionError(SUBSCRIBER)


def second_place() -> None:
    """Raise there."""
    raise ZeroDivisionError(SUBSCRIBER)


def defect(place: object) -> DefectError:
    """Return what a batch reports of a record on which our code raised at a place."""
    assert callable(place)
    try:
        try:
            place()
        except ZeroDivisionError as error:
            raise DefectError(RAW) from error
    except DefectError as error:
        return error
    raise AssertionError


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return what is logged, whatever its level."""
    caplog.set_level(logging.DEBUG)
    return caplog


def test_the_way_to_each_place_in_the_code_is_shown_once(logged: pytest.LogCaptureFixture) -> None:
    """A thousand records that break at one place are one traceback; all are counted, nobody is named."""
    metrics = Metrics()
    one = Alarms(metrics)
    for place in (first_place, second_place, first_place, first_place):
        one.defect(defect(place))

    errors = [vars(line) for line in logged.records if line.levelno >= logging.ERROR]
    assert ["in first_place", "in second_place"] == [
        word
        for error in errors
        for word in ("in first_place", "in second_place")
        if word in error["traceback"]
    ]
    assert {("ZeroDivisionError", "cdr", 3, 17)} == {
        (error["error"], error["topic"], error["partition"], error["offset"]) for error in errors
    }
    assert SUBSCRIBER not in str([vars(line) for line in logged.records])
    assert 4 == metrics.registry.get_sample_value("usagewatch_defects_total", {"topic": "cdr"})


def test_so_many_places_are_remembered_and_no_more(
    logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing grows without a bound: what is beyond is counted only."""
    monkeypatch.setattr(alarms, "PLACES_MAX", 1)
    one = Alarms(Metrics())
    for place in (first_place, second_place, second_place):
        one.defect(defect(place))

    assert 1 == len([line for line in logged.records if line.levelno >= logging.ERROR])


def test_a_pause_is_an_error_and_its_end_is_not(logged: pytest.LogCaptureFixture) -> None:
    """A person is needed, then not any more; the metric says so for as long as it lasts."""
    metrics = Metrics()
    one, running, paused = Alarms(metrics), Breaker(), Breaker()
    paused.stop(PauseReason.DEFECTS, wall_ms=5)

    def shown() -> float | None:
        labels = {"partition": "3", "reason": "defects"}
        return metrics.registry.get_sample_value("usagewatch_partition_paused", labels)

    one.committed(3, running, paused)
    during = shown()
    one.committed(3, paused, paused)
    one.committed(3, paused, running)

    assert [logging.ERROR, logging.WARNING] == [line.levelno for line in logged.records]
    assert (1, 0) == (during, shown())


def test_a_partition_that_opens_paused_says_so_again(logged: pytest.LogCaptureFixture) -> None:
    """Its new worker has never said it."""
    paused = Breaker()
    paused.stop(PauseReason.FAILURES, wall_ms=5)
    Alarms(Metrics()).committed(3, None, paused)

    assert ["failures"] == [vars(line)["reason"] for line in logged.records]


def test_a_hold_is_said_when_it_begins_when_it_is_sent_and_when_it_ends(
    logged: pytest.LogCaptureFixture,
) -> None:
    """Not with each output that joins it."""
    metrics = Metrics()
    one = Alarms(metrics)
    steps = [Breaker(), *(Breaker(holds={NOTICE: hold}) for hold in (Hold(5, 1), Hold(5, 9)))]
    sending = Breaker(holds={NOTICE: Hold(5, 9, is_sending=True)})
    ended = sending.copy()
    ended.sent(NOTICE, 9, next_offset=9, clock_ms=0)
    counts = []
    for before, after in ((steps[0], steps[1]), (steps[1], steps[2]), (steps[2], sending), (sending, ended)):
        one.committed(3, before, after)
        labels = {"partition": "3", "topic": "care-events", "type": "usage_notice"}
        counts.append(metrics.registry.get_sample_value("usagewatch_held_outputs", labels))

    assert [1, 9, 9, 0] == counts
    assert ["floods", "being sent", "all outputs"] == [
        word
        for line in logged.records
        for word in ("floods", "being sent", "all outputs")
        if word in line.getMessage()
    ]


def test_what_ended_in_a_commit_that_was_not_heard_of_is_shown_no_more() -> None:
    """A partition that fails in its commit opens from what was committed: what it showed may be over."""
    metrics = Metrics()
    one, before = Alarms(metrics), Breaker(holds={NOTICE: Hold(5, 9)})
    before.stop(PauseReason.DEFECTS, wall_ms=5)
    one.committed(3, None, before)
    one.committed(2, None, before)
    one.committed(3, None, Breaker())

    assert {"2"} == {
        sample.labels["partition"]
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name in {"usagewatch_held_outputs", "usagewatch_partition_paused"}
    }


def test_what_is_dropped_is_counted() -> None:
    """So that what was held back adds up: sent or dropped."""
    metrics = Metrics()
    before = Breaker(holds={NOTICE: Hold(5, 9)})
    Alarms(metrics).committed(3, before, Breaker())

    labels = {"topic": "care-events", "type": "usage_notice"}
    assert 9 == metrics.registry.get_sample_value("usagewatch_dropped_outputs_total", labels)
