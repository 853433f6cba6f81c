"""Where partitions go on whose states were moved."""

from schemas.topics import CDR, INPUTS
from streams.core.archive import Head
from streams.core.stored import Meta
from streams.kafka.origin import metas_of

KNOWN = (
    Meta(
        offsets={CDR: 5},
        partition_count=3,
        clock_ms=10,
        ledger={"cdr/read": 5},
        rejected={"cdr/x": 1},
        lag_ms=9,
    ),
    None,
    Meta(
        offsets={CDR: 7}, partition_count=3, clock_ms=30, ledger={"cdr/read": 7}, muted_until_ms=99, lag_ms=4
    ),
)
HEAD = Head(app_id="app", written_ms=0, metas=KNOWN, partition_count=3, unread={})


def offsets(count: int) -> dict[str, dict[int, int]]:
    """Return where reading goes on: at the partition's own number."""
    return {name: {number: number for number in range(count)} for name in INPUTS}


def test_among_as_many_partitions_each_goes_on_as_it_was() -> None:
    """Its own clock and ledger, at the new offsets; one that had nothing begins."""
    metas = metas_of(HEAD, offsets(3), 3)

    assert [10, 0, 30] == [meta.clock_ms for meta in metas]
    assert [{"cdr/read": 5}, {}, {"cdr/read": 7}] == [meta.ledger for meta in metas]
    assert [dict.fromkeys(INPUTS, number) for number in range(3)] == [meta.offsets for meta in metas]


def test_among_others_the_ledger_still_adds_up_and_all_have_the_newest_clock() -> None:
    """As one sum, in the first partition; what is muted stays so, and no clock is further behind the wall."""
    metas = metas_of(HEAD, offsets(2), 2)

    assert [{"cdr/read": 12}, {}] == [meta.ledger for meta in metas]
    assert [{"cdr/x": 1}, {}] == [meta.rejected for meta in metas]
    assert [(2, 30, 99, 4), (2, 30, 99, 4)] == [
        (meta.partition_count, meta.clock_ms, meta.muted_until_ms, meta.lag_ms) for meta in metas
    ]
