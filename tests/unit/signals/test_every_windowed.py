"""The contract of the detectors of windows and of money."""

from decimal import Decimal
from types import ModuleType

import pytest

from schemas.outputs import emit
from schemas.plans import Plan
from schemas.times import MS_PER_DAY
from schemas.topics import SIGNALS
from streams.core.bill import Bill
from streams.core.forecast import Forecast
from streams.core.grants import Grant
from streams.core.history import History
from streams.core.recent import Reached
from streams.core.spike import Spiked
from streams.core.usage import Period, Usage
from streams.signals import (
    arrears,
    bill_shock,
    bill_warning,
    churn_risk,
    dropped_calls,
    expiring,
    forecast,
    intent,
    segment,
    usage_spike,
)
from streams.signals.window_change import (
    BillChange,
    ChurnChange,
    CountChange,
    ExpiringChange,
    ForecastChange,
    SegmentChange,
    ShockChange,
    SpikeChange,
    WindowChange,
)
from streams.signals.windowed import WINDOW_DETECTORS, detect_windowed
from tests.build_windows import PERCENTS, PERIOD, REGIME, WINDOWS, cause, cny, credit, month, segments

KINDS: tuple[ModuleType, ...] = (
    forecast,
    segment,
    intent,
    usage_spike,
    bill_shock,
    dropped_calls,
    bill_warning,
    arrears,
    expiring,
    churn_risk,
)


def bill_changes(*, owed: str = "150") -> list[BillChange]:
    """Return what is owed against either limit of 100."""
    bill = credit(owed=owed)
    bill.bill_limit = ("100", "CNY")
    changes = (
        BillChange.of_credit(cause(), bill, PERCENTS),
        BillChange.of_period(
            cause(), bill, History(), period=PERIOD, charges=(cny(owed),), percents=PERCENTS
        ),
    )
    return [change for change in changes if change is not None]


def every_change() -> list[WindowChange]:
    """Return changes on which every detector has something to say."""
    months = tuple(month(number) for number in (8, 9, 10))
    reached = Reached(5, 24)
    return [
        segments(History(episodes=5, talk_s=30_001), months=months, is_first=True),
        *(CountChange(cause=cause(), source="", rule=rule, reached=reached) for rule in WINDOWS.intents),
        CountChange(cause=cause(), source="", rule=WINDOWS.dropped_calls, reached=reached),
        SpikeChange(cause=cause(), bucket="data", spiked=Spiked(10**9, 0, 20_402)),
        ShockChange(
            cause=cause(),
            source="",
            rule=WINDOWS.bill_shock,
            charge=cny("60"),
            plan_price=cny("100"),
            plan_version=1,
        ),
        *bill_changes(),
        ForecastChange(
            cause=cause(),
            period=Period(0, 30 * MS_PER_DAY, PERIOD, "p"),
            bucket="data",
            plan=Plan(plan_id="p", currency="CNY", allowances=()),
            usage=Usage(total=50, allowance=100),
            forecast=Forecast(20 * MS_PER_DAY, 5),
            n=1,
        ),
        ExpiringChange(
            cause=cause(),
            grant=Grant("data", 100, 0, 30 * MS_PER_DAY, addon_id="a", source="", event_id="e"),
            bucket="data",
            left=40,
        ),
        ChurnChange(
            cause=cause(),
            keys=("", "e"),
            reasons=("bill_dispute",),
            score=50,
            value="standard",
            services=(),
            roots=(),
            evidence=(),
        ),
    ]


def test_detectors_are_the_kinds_in_order() -> None:
    """Registered by hand, visible."""
    assert tuple(kind.detect for kind in KINDS) == WINDOW_DETECTORS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_each_finds_its_own_kind_and_only_that(kind: ModuleType) -> None:
    """The file says what it finds, for the topic ``signals``."""
    found = [signal for change in every_change() for _, signal in kind.detect(change, REGIME)]

    assert {kind.KIND} == {signal.kind() for signal in found}
    assert {(SIGNALS, kind.KIND)} == {(emit(one).topic, emit(one).type) for one in found}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_silent_on_an_empty_subscriber(kind: ModuleType) -> None:
    """Nothing used, nothing owed, nothing said."""
    nothing: list[WindowChange] = [
        segments(History()),
        segments(History(), is_first=True),
        *bill_changes(owed="0"),
    ]

    assert [] == [signal for change in nothing for signal in kind.detect(change, REGIME)]


def test_same_input_gives_the_same_signals() -> None:
    """The same cause has the same id in every run."""
    twice = [[list(detect_windowed(change, REGIME)) for change in every_change()] for _ in range(2)]

    assert twice[0] == twice[1]


def test_looking_changes_nothing() -> None:
    """A detector is a function."""
    for change in every_change():
        before = repr(change)
        list(detect_windowed(change, REGIME))

        assert before == repr(change)


def test_what_is_raised_is_not_found_again() -> None:
    """A mark that its keeper has is told already."""
    changes: list[SegmentChange | BillChange] = [
        segments(History(episodes=5, talk_s=30_001)),
        *bill_changes(),
    ]
    for change in changes:
        found = list(detect_windowed(change, REGIME))
        change.keeper.raised += tuple(mark for mark, _ in found)

        assert found
        assert [] == list(detect_windowed(change, REGIME))


def test_marks_and_ids_are_different() -> None:
    """Two signals have two ids, and of one change two marks."""
    found = [list(detect_windowed(change, REGIME)) for change in every_change()]
    signals = [signal for signals in found for _, signal in signals]

    assert len(signals) == len({signal.id for signal in signals})
    assert [len(marks) for marks in found] == [len({mark for mark, _ in marks}) for marks in found]


def test_marks_of_the_credit_limit_are_those_that_the_bill_takes_back() -> None:
    """What a payment looks for is spelled as what was told."""
    bill = Bill()
    bill.set_limits(credit=cny("100"), bill=None, percents=PERCENTS)
    bill.accrue("CNY", Decimal(150))
    change = BillChange.of_credit(cause(), bill, PERCENTS)
    assert change is not None

    assert bill.true_marks(PERCENTS) == tuple(mark for mark, _ in detect_windowed(change, REGIME))


@pytest.mark.parametrize("change", every_change(), ids=lambda change: type(change).__name__)
def test_evidence_is_the_causing_record(change: WindowChange) -> None:
    """Who reads a signal finds the record that made it."""
    for _, signal in detect_windowed(change, REGIME):
        assert ("cdr", 0, 7, "r") == (
            signal.evidence[0].topic,
            signal.evidence[0].partition,
            signal.evidence[0].offset,
            signal.evidence[0].record_id,
        )
