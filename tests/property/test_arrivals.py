"""Whenever records arrive and in whatever order they are read: lateness is the record's own."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Fed, Line, after, data, iso, ms, plan, profile, replay

EXAMPLES = settings(max_examples=150, derandomize=True, deadline=None)
START = "2026-10-20T00:00:00Z"
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SPANS = st.sampled_from(
    [0, -5 * MINUTE_MS, -5 * MINUTE_MS - 1, 1, HOUR_MS, DAY_MS, 2 * DAY_MS, 3 * DAY_MS + 1, 40 * DAY_MS]
)


@st.composite
def arriving(draw: st.DrawFn) -> tuple[int, int, int]:
    """Draw event time, arrival and octets; often just at an edge."""
    month_end = st.sampled_from(["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"]).map(ms)
    anywhere = st.integers(0, 60 * DAY_MS).map(lambda span: ms(START) + span)
    at_ms = draw(anywhere | month_end.map(lambda end: end - 1) | month_end)
    arrival_ms = draw(
        SPANS.map(lambda span: at_ms + span) | month_end | month_end.map(lambda end: end + DAY_MS - 1)
    )
    return at_ms, arrival_ms, draw(st.integers(1, 3_000_000))


def next_month(at_ms: int) -> int:
    """Return the end of the calendar month of an instant, in UTC."""
    day = datetime.fromisoformat(iso(at_ms)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return ms((day + timedelta(days=31)).replace(day=1).isoformat())


def expected(drawn: list[tuple[int, int, int]]) -> tuple[Counter[str], dict[str, int]]:
    """Return dispositions and totals by month, by hand from each record alone."""
    said, totals = Counter[str](), Counter[str]()
    for at_ms, arrival_ms, quantity in drawn:
        if at_ms > arrival_ms + 5 * MINUTE_MS:
            said["in_future"] += 1
        elif arrival_ms >= next_month(at_ms) + 60 * DAY_MS:
            said["too_late"] += 1
        else:
            said["applied"] += 1
            said["unverified"] += arrival_ms - at_ms > 3 * DAY_MS
            totals[iso(at_ms)[:7]] += quantity
    return +said, {month: total for month, total in totals.items() if month not in forgettable(drawn)}


def forgettable(drawn: list[tuple[int, int, int]]) -> set[str]:
    """Return the months that can change no more once all is read: the state may know them or not."""
    newest_ms = max((arrival_ms for _, arrival_ms, _ in drawn), default=0)
    return {iso(at_ms)[:7] for at_ms, _, _ in drawn if newest_ms >= next_month(at_ms) + 60 * DAY_MS}


def seen(fed: Fed, drawn: list[tuple[int, int, int]]) -> tuple[Counter[str], dict[str, int]]:
    """Return the same of what a replay did."""
    said = Counter(fed.reasons)
    said.update({word: fed.count(word) for word in ("applied", "unverified")})
    totals = {one.day[:7]: one.buckets["data"].used for one in fed.periods() if "data" in one.buckets}
    return +said, {month: total for month, total in totals.items() if month not in forgettable(drawn)}


@EXAMPLES
@given(st.lists(arriving(), max_size=25))
def test_lateness_is_the_records_own(drawn: list[tuple[int, int, int]]) -> None:
    """In any order of reading: in_future, too_late, counted, unverified."""
    lines = [
        data(bytes_up=quantity, at=iso(at_ms), arrives=iso(arrival_ms), record_id=f"n{place}")
        for place, (at_ms, arrival_ms, quantity) in enumerate(drawn)
    ]
    fed = replay([profile(arrives=START), *lines])

    assert expected(drawn) == seen(fed, drawn)
    ends = {"2026-10-01": ms("2026-11-01T00:00:00Z"), "2026-11-01": ms("2026-12-01T00:00:00Z")}
    for signal in fed.signals:
        _, arrival_ms, _ = drawn[int(signal.evidence[0].record_id.removeprefix("n"))]
        if signal.kind() == "late_adjustment":
            assert arrival_ms >= ends.get(signal.period, 0) + DAY_MS
            continue
        assert signal.late == (arrival_ms >= ends.get(signal.period, 2**60))


@EXAMPLES
@given(
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 2_000_000)), min_size=1, max_size=30),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_profile_and_plan_may_come_when_they_will(usage: list[tuple[int, int]], who: int, what: int) -> None:
    """Within what may be held, totals and signals are the same wherever profile and plan stand."""
    records: list[Line] = [
        data(bytes_up=quantity, at=after("2026-11-10T00:00:00Z", hours=hour), record_id=f"n{place}")
        for place, (hour, quantity) in enumerate(sorted(usage))
    ]
    straight = replay([plan(), profile(), *records])
    mixed: list[Any] = list(records)
    mixed.insert(who, profile(arrives=stamp(records, who)))
    mixed.insert(what, plan(arrives=stamp(records, what)))
    fed = replay(mixed)

    assert straight.used() == fed.used()
    assert [(one.id, one.used, one.late) for one in straight.signals] == [
        (one.id, one.used, one.late) for one in fed.signals
    ]
    assert len(records) == fed.count("applied") + fed.count("released")


def stamp(records: list[Line], place: int) -> str:
    """Return the arrival of the record before which a line is put."""
    return str(records[min(place, len(records) - 1)]["value"]["started_at"])
