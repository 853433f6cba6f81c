"""The contract of every detector."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs

from schemas.envelope import Raw
from schemas.events import PortQueried, PortRequested
from schemas.found import Signal
from schemas.plans import Allowance, Beyond, Plan
from schemas.topics import PORT_SIGNALS, SIGNALS
from streams.core.usage import Period, Usage
from streams.regimes import shipped
from streams.signals import (
    DETECTORS,
    detect,
    exhausted,
    is_quiet,
    near_limit,
    overage,
    port_fraud_suspect,
    port_query,
    port_request,
    say,
    throttled,
)
from streams.signals.change import Cause, Change, PortChange, SuspectChange, UsageChange
from tests.build import NOON, Line, allowance, data, event, ms, plan, replay, sms

KINDS: tuple[ModuleType, ...] = (
    near_limit,
    overage,
    throttled,
    exhausted,
    port_query,
    port_request,
    port_fraud_suspect,
)
REGIME = shipped().of("CN")
NOON_MS = ms(NOON)
CAUSE = Cause("s", Raw("cdr", 0, 7, NOON_MS, None, None), "r", NOON_MS, NOON_MS)
ACTIONS = ("charge", "throttle", "block", "pay_to_restore")


def usage_change(
    used: int, *, amount: int | None = 100, action: str = "charge", raised: tuple[str, ...] = ()
) -> UsageChange:
    """Return a bucket with so much used."""
    own = Allowance(bucket="data", amount=amount, beyond=Beyond(action=action))  # type: ignore[arg-type]
    return UsageChange(
        cause=CAUSE,
        is_late=False,
        period=Period(NOON_MS - 1, NOON_MS + 1, "2026-11-01", "p"),
        bucket="data",
        plan=Plan(plan_id="p", currency="CNY", allowances=(own,)),
        allowance=own,
        usage=Usage(total=used, allowance=amount, raised=raised),
    )


def port_changes() -> Iterator[PortChange | SuspectChange]:
    """Yield what the two events of porting give to look at, and what may be suspicious about one."""
    common: dict[str, Any] = {"event_id": "e", "subscriber_id": "s", "at": NOON_MS}
    for one in (
        PortQueried(**common, channel="sms"),
        PortRequested(**common, port_ref="r", form="PAC", raised_by="customer"),
    ):
        yield PortChange(cause=CAUSE, event=one, queries_30d=1)
    yield SuspectChange(cause=CAUSE, reason="sim_swap", source="", event_id="e", swapped_ms=NOON_MS)


def made(kind: ModuleType, change: Change) -> list[tuple[str, Signal]]:
    """Return (mark, signal) of all that a detector finds."""
    return [(mark, make()) for mark, make in kind.detect(change, REGIME) if make is not None]


def every_change() -> list[Change]:
    """Return changes on which every detector has something to say."""
    return [*(usage_change(130, action=action) for action in ACTIONS), *port_changes()]


def test_detectors_are_the_kinds_in_the_tables_order() -> None:
    """near_limit, overage, throttled, exhausted, then porting."""
    assert tuple(kind.detect for kind in KINDS) == DETECTORS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_each_finds_its_own_kind_and_only_that(kind: ModuleType) -> None:
    """The file says what it finds."""
    found = [signal for change in every_change() for _, signal in made(kind, change)]

    assert {kind.KIND} == {signal.kind() for signal in found}
    assert {PORT_SIGNALS if kind.KIND.startswith("port_") else SIGNALS} == {signal.TOPIC for signal in found}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("amount", [0, 1, 100, None])
def test_silent_on_an_empty_subscriber(kind: ModuleType, action: str, amount: int | None) -> None:
    """Nothing used, nothing said."""
    assert [] == made(kind, usage_change(0, amount=amount, action=action))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_same_input_gives_the_same_signal(kind: ModuleType) -> None:
    """The same cause has the same id in every run."""
    twice = [[made(kind, change) for change in every_change()] for _ in range(2)]

    assert twice[0] == twice[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_looking_changes_nothing(kind: ModuleType) -> None:
    """A detector is a function."""
    for change in every_change():
        before = repr(structs.asdict(change))
        made(kind, change)

        assert before == repr(structs.asdict(change))


def test_what_is_raised_is_not_said_again() -> None:
    """A level is raised when it is true and its key is not raised yet."""
    for action in ACTIONS:
        marks = tuple(mark for kind in KINDS[:4] for mark, _ in made(kind, usage_change(130, action=action)))

        assert [] == say(usage_change(200, action=action, raised=marks), REGIME)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_marks_and_ids_are_different(kind: ModuleType) -> None:
    """Two signals of one change have two marks and two ids."""
    for change in every_change():
        found = made(kind, change)

        assert len(found) == len({mark for mark, _ in found}) == len({signal.id for _, signal in found})


@pytest.mark.parametrize("country", ["CN", "AU", "IN", "ZA", "JM"])
@pytest.mark.parametrize("action", ACTIONS)
def test_where_it_is_quiet_no_detector_has_anything_to_say(country: str, action: str) -> None:
    """The short cut before the detectors leaves out nothing that one of them would find."""
    regime = shipped().of(country)
    for amount in (None, 0, 1, 2, 77, 100, 10**15):
        for used in {0, 1, 2, *((amount or 0) * percent // 100 for percent in range(0, 240, 5))}:
            change = usage_change(used, amount=amount, action=action)
            found = list(detect(change, regime))

            assert not (is_quiet(change.usage, regime) and found)


MONTH: list[Line] = [
    *(data(7) for _ in range(30)),
    *(sms(3) for _ in range(10)),
    event("port.queried", channel="sms"),
    event("port.requested", port_ref="r", form="PAC", raised_by="customer"),
    *(data(7, at="2026-12-01T00:00:00Z") for _ in range(30)),
]


@pytest.mark.parametrize("action", ACTIONS)
def test_never_two_for_one_level_in_one_period(action: str) -> None:
    """A subscriber hears about one level at most once per billing period."""
    beyond = {"action": action}
    fed = replay([plan(allowance(beyond=beyond), allowance("sms", 10, beyond=beyond)), *MONTH])
    keys = [(one.kind(), one.bucket, one.period, getattr(one, "level", None)) for one in fed.signals]

    assert sorted(set(map(str, keys))) == sorted(map(str, keys))
    assert {"2026-11-01", "2026-12-01"} == {period for _, _, period, _ in keys}


def test_evidence_adds_up() -> None:
    """The causing record is where the evidence says, and the total up to it is what the signal says."""
    fed = replay([plan(), *MONTH])
    found: list[Signal] = [*fed.signals, *fed.port]
    assert found
    for signal in fed.signals:
        [evidence] = signal.evidence
        up_to = [data_of(line) for line in MONTH[: evidence.offset - 2] if in_bucket(line, signal)]

        assert f"r{evidence.offset - 1}" == evidence.record_id
        assert sum(up_to) == signal.used
        assert signal.used >= signal.allowance * getattr(signal, "level", 100) / 100
        assert signal.remaining == max(0, signal.allowance - signal.used)


def data_of(line: Line) -> int:
    """Return the quantity of a record."""
    return int(line["value"].get("bytes_up", line["value"].get("count", 0)))


def in_bucket(line: Line, signal: Any) -> bool:  # noqa: ANN401 - any of the four on usage
    """Return whether a record counts in the bucket and period of a signal."""
    value = line["value"]
    return bool(value["type"] == signal.bucket) and str(value["started_at"])[:7] == signal.period[:7]


def test_raw_is_what_evidence_points_to() -> None:
    """Topic, partition and offset of a record from Kafka, not of a file."""
    fed = replay([data(79)])
    value = (
        b'{"record_id":"k","subscriber_id":"8613800000001","type":"data","started_at":"%b","bytes_up":100000}'
    )
    out = fed.pipeline.take(Raw("cdr", 5, 99, NOON_MS, b"8613800000001", value % NOON.encode()))

    assert b'"evidence":[{"topic":"cdr","partition":5,"offset":99,"record_id":"k"}]' in (out[0].value or b"")
