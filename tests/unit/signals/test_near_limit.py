"""``near_limit``: used has reached a level of the allowance."""

import pytest
from msgspec import UNSET

from tests.build import (
    ALLOWANCE,
    NOON,
    THROTTLE,
    allowance,
    data,
    event,
    mms,
    octets,
    plan,
    profile,
    replay,
    sms,
    voice,
)


@pytest.mark.parametrize(("percent", "levels"), [("79.99", []), ("80", [80]), ("80.01", [80])])
def test_level_is_inclusive(percent: str, levels: list[int]) -> None:
    """In whole numbers: used * 100 >= level * allowance."""
    assert levels == [signal.level for signal in replay([data(percent)]).signals]


@pytest.mark.parametrize(("used", "found"), [(6, []), (7, [("near_limit", 80)]), (8, [("near_limit", 80)])])
def test_level_of_an_odd_allowance_is_not_rounded(used: int, found: list[tuple[str, int]]) -> None:
    """80 % of 8 is 6.4: six are below it, seven are not."""
    assert found == replay([plan(allowance("sms", 8)), sms(used)]).found[:1]


def test_crossing_a_level_again_says_nothing() -> None:
    """A subscriber hears about one level at most once per billing period."""
    #  period  |--- 79 % -- 81 % -- 95 % ---|
    fed = replay([data(79), data(2), data(14)])

    assert [("near_limit", 80)] == fed.found


def test_next_period_starts_without_levels() -> None:
    """Each billing period is counted and said by itself."""
    #  |--- Nov 81 % ---|--- Dec 79 % -- 80 % ---|
    fed = replay([data(81), data(79, at="2026-12-01T00:00:00Z"), data(1, at="2026-12-02T00:00:00Z")])

    assert [("2026-11-01", 80), ("2026-12-01", 80)] == [(one.period, one.level) for one in fed.signals]


def test_one_record_over_all_levels_raises_each_lowest_first() -> None:
    """From 10 % to 130 % in one record: every level, then the overage."""
    fed = replay([data(10), data(120)])

    assert [("near_limit", 80), ("near_limit", 100), ("overage", None)] == fed.found


@pytest.mark.parametrize(
    ("country", "levels"),
    [
        ("AU", [50, 85, 100]),
        ("IN", [50, 90, 100]),
        ("ZA", [50, 80, 100]),
        ("JM", [60, 80, 100]),
        ("CN", [80, 100]),
        ("US", [80, 100]),
        ("GB", [80, 100]),
    ],
)
def test_levels_are_the_jurisdictions(country: str, levels: list[int]) -> None:
    """Each level is raised at its own percentage and not one octet before."""
    for level in levels:
        below = replay([profile(jurisdiction=country), data(bytes_up=octets(level) - 1)])
        at = replay([profile(jurisdiction=country), data(bytes_up=octets(level))])

        assert levels[: levels.index(level)] == [one.level for one in below.signals]
        assert levels[: levels.index(level) + 1] == [one.level for one in at.signals]


def test_unlimited_has_no_levels() -> None:
    """An amount of null is unlimited."""
    fed = replay([plan(allowance(amount=None)), data(bytes_up=2**53 - 1)])

    assert [] == list(fed.emitted)


def test_allowance_of_zero_has_no_levels() -> None:
    """Amount 0: no near_limit."""
    fed = replay([plan(allowance(amount=0)), data(bytes_up=1)])

    assert [("overage", None)] == fed.found


def test_bucket_that_the_plan_does_not_name_has_no_levels() -> None:
    """It has amount 0."""
    assert [("overage", None)] == replay([sms(3)]).found


def test_plan_that_throttles_has_no_level_100() -> None:
    """Level 100 only where ``beyond`` is not ``throttle``."""
    fed = replay([plan(allowance(beyond=THROTTLE)), data(99), data(31)])

    assert [("near_limit", 80), ("throttled", None)] == fed.found


@pytest.mark.parametrize("action", ["block", "pay_to_restore"])
def test_plan_that_stops_has_a_level_100(action: str) -> None:
    """The same levels as a plan that charges, then ``exhausted``."""
    fed = replay([plan(allowance(beyond={"action": action})), data(100)])

    assert [("near_limit", 80), ("near_limit", 100), ("exhausted", None)] == fed.found


def test_own_fields_say_what_is_used_and_left() -> None:
    """All own fields of WIRE.md's table."""
    [signal] = replay([plan(version=7), data("80.5", at="2026-11-10T08:00:00+08:00", arrives=NOON)]).signals

    assert {
        "bucket": "data",
        "period": "2026-11-01",
        "period_ends_at": "2026-12-01T00:00:00.000Z",
        "level": 80,
        "used": 8_050_000,
        "allowance": ALLOWANCE,
        "remaining": 1_950_000,
        "unit": "octet",
        "plan_id": "p",
        "generation": 0,
        "late": False,
        "line": UNSET,
    } == {name: getattr(signal, name) for name in signal.__struct_fields__[6:]}
    assert ("2026-11-10T00:00:00.000Z", "2026-11-10T12:00:00.000Z") == (signal.at, signal.decided_at)
    assert ("near_limit", "CN", 1, 7) == (
        signal.decided_by.rule,
        signal.decided_by.regime,
        signal.decided_by.regime_version,
        signal.decided_by.plan_version,
    )


def test_nothing_remains_beyond_the_allowance() -> None:
    """``remaining`` never goes below zero."""
    assert {0} == {signal.remaining for signal in replay([data(130)]).signals}


def test_unit_is_the_buckets() -> None:
    """``unit`` is ``octet``, ``second`` or ``message``."""
    named = plan(*(allowance(name, 10) for name in ("data", "voice", "sms", "mms")))
    fed = replay([named, data(bytes_up=8), voice(8), sms(8), mms(8)])

    assert [("data", "octet"), ("voice", "second"), ("sms", "message"), ("mms", "message")] == [
        (signal.bucket, signal.unit) for signal in fed.signals
    ]


def test_evidence_is_the_record_that_crossed() -> None:
    """From a file: partition 0 and the line number, with the record's id."""
    [signal] = replay([data(79), data(1, record_id="it-was-me")]).signals

    [evidence] = signal.evidence
    assert ("cdr", 0, 4, "it-was-me") == (
        evidence.topic,
        evidence.partition,
        evidence.offset,
        evidence.record_id,
    )


def test_an_event_between_records_raises_nothing() -> None:
    """Events are no usage."""
    fed = replay([data(81), event("sim.swapped"), event("vas.used", service_id="x")])

    assert [("near_limit", 80)] == fed.found


def test_plan_that_throttles_has_the_jurisdictions_other_levels() -> None:
    """Australia's 50 and 85, without the 100."""
    fed = replay([plan(allowance(beyond=THROTTLE)), profile(jurisdiction="AU"), data(100)])

    assert [("near_limit", 50), ("near_limit", 85), ("throttled", None)] == fed.found
