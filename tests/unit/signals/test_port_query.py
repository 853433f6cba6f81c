"""``port_query``: the subscriber asked about porting out."""

from typing import Any

import pytest

from tests.build import NOON, Line, after, event, profile, replay


def query(at: str = NOON, **own: Any) -> Line:  # noqa: ANN401 - fields of the event
    """Return a question about porting out."""
    return event("port.queried", at=at, **{"channel": "sms", "form": "CXXZ", **own})


def test_query_is_told_on_port_signals_alone() -> None:
    """Sales must not see it: nothing of it is on ``signals`` or among the offers."""
    fed = replay([query(event_id="e1")])

    assert ["e1"] == [signal.evidence[0].record_id for signal in fed.port]
    assert [] == [*fed.signals, *fed.offers, *fed.suppressed]


def test_own_fields_repeat_the_event() -> None:
    """All own fields of WIRE.md's table."""
    [signal] = replay([query()]).port

    assert ("port_query", "sms", "CXXZ", None, None, 1, ()) == (
        signal.kind(),
        signal.channel,
        signal.form,
        signal.raised_by,
        signal.port_ref,
        signal.queries_30d,
        signal.risk,
    )


def test_each_query_is_told() -> None:
    """Its key is source and event id: two questions, two signals."""
    fed = replay([query(event_id="a", source="x"), query(event_id="a", source="y"), query(event_id="b")])

    assert [1, 2, 3] == [signal.queries_30d for signal in fed.port]
    assert 3 == len({signal.id for signal in fed.port})


@pytest.mark.parametrize(
    ("last", "count"),
    [("2026-11-30T00:00:00Z", 2), ("2026-11-30T23:59:59.999Z", 2), ("2026-12-01T00:00:00Z", 1)],
)
def test_queries_of_thirty_utc_days_are_counted(last: str, count: int) -> None:
    """UTC day of ``at`` and the 29 before, this one included."""
    fed = replay([query("2026-11-01T00:00:00Z"), query(last)])

    assert count == fed.port[-1].queries_30d


def test_days_are_utc_and_not_the_subscribers() -> None:
    """1 November 07:59 in Shanghai is still 31 October in UTC: out of the thirty days to 30 November."""
    fed = replay(
        [
            profile(time_zone="Asia/Shanghai"),
            query("2026-11-01T07:59:59+08:00"),
            query("2026-11-30T12:00:00+08:00"),
        ]
    )

    assert 1 == fed.port[-1].queries_30d


def test_query_that_comes_late_counts_itself() -> None:
    """``queries_30d`` is counted from its own ``at``, this one included, whenever it arrives."""
    #  |--- Sep 1 query --- ... --- Nov 10 query, read first ---|
    fed = replay([query(), query("2026-09-01T12:00:00Z", arrives=after(NOON, hours=1))])

    assert [1, 1] == [signal.queries_30d for signal in fed.port]


def test_query_that_comes_late_counts_the_days_before_it() -> None:
    """UTC day of ``at`` and the 29 before, whatever was read in the meantime."""
    late = query("2026-11-01T12:00:00Z", arrives=after(NOON, hours=1))
    fed = replay([query("2026-10-10T12:00:00Z"), query(), late])

    assert 2 == fed.port[-1].queries_30d


def test_query_again_is_a_duplicate() -> None:
    """The same identity with the same content is counted, nothing else."""
    fed = replay([query(event_id="a"), query(event_id="a"), query(event_id="b")])

    assert [1, 2] == [signal.queries_30d for signal in fed.port]
    assert 1 == fed.count("duplicate", "usage-events")


@pytest.mark.parametrize("kind", ["port.code_issued", "port.completed", "port.cancelled"])
def test_other_steps_of_porting_are_no_query(kind: str) -> None:
    """Only ``port.queried`` and ``port.requested`` are told in this release."""
    fed = replay([event(kind, port_ref="r", form="PAC", raised_by="customer")])

    assert [] == list(fed.emitted)
    assert 1 == fed.count("applied", "usage-events")
