"""A replay takes what goes to a group, and what comes back, before the next line."""

from collections.abc import Sequence

import orjson
import pytest

from schemas.envelope import Emitted
from schemas.topics import DEAD_LETTERS, GROUP_USAGE
from streams.pipeline import Rules
from streams.replay import BATCH_LINES, BounceError, Replay
from tests.build import NOON, SUBSCRIBER, Line, after, data, lines_of, ms
from tests.fed import dead_of
from tests.sharing import RETURNED, SHARED, Sharing, group_of

GROUP = group_of(SUBSCRIBER).decode()


class Endless(Sharing):
    """Sends usage back again and again."""

    returns = 9


def replayed(records: Sequence[Line], kind: type[Sharing] = Sharing) -> tuple[Replay, list[Emitted]]:
    """Return a run over the records, after the usual plan and profile, and what it emitted."""
    run = Replay()
    run.pipeline = kind(catalog=run.catalog, rules=Rules.default())
    return run, list(run.run(lines_of(records)))


def said(emitted: Sequence[Emitted]) -> list[tuple[str, str, int, int]]:
    """Return id, key, offset and arrival of each signal on what travelled."""
    values = [orjson.loads(one.value or b"") for one in emitted if one.type in {SHARED, RETURNED}]
    return [(value["id"], value["key"], value["offset"], value["timestamp"]) for value in values]


def test_usage_goes_to_its_group_and_back_before_the_next_line() -> None:
    """Each hop is a record with the line's number and arrival; the order is that of the lines."""
    later = after(NOON, minutes=1)
    records = [data(1, record_id="a"), data(1, record_id="b", at=later)]

    _, emitted = replayed(records)

    assert [
        (f"{SHARED} a", GROUP, 3, ms(NOON)),
        (f"{RETURNED} a", SUBSCRIBER, 3, ms(NOON)),
        (f"{SHARED} b", GROUP, 4, ms(later)),
        (f"{RETURNED} b", SUBSCRIBER, 4, ms(later)),
    ] == said(emitted)


def test_what_travels_is_no_output_and_has_its_line_in_the_ledger() -> None:
    """`group-usage` is an input: read and applied, twice for each usage record."""
    run, emitted = replayed([data(1), data(1)])

    assert GROUP_USAGE not in {one.topic for one in emitted}
    summary = run.summary()
    assert (4, 4) == (summary.records[GROUP_USAGE, "read"], summary.records[GROUP_USAGE, "applied"])
    assert GROUP_USAGE not in {topic for topic, _ in summary.outputs}


def test_usage_that_a_group_cannot_take_is_a_dead_letter_and_its_line_is_not() -> None:
    """A defect of ours where it arrives: the line counts, as on Kafka, and its neighbours travel once."""
    records = [data(10, record_id="a"), data(85, record_id="breaks"), data(1, record_id="b")]

    run, emitted = replayed(records)

    [dead] = [dead_of(one) for one in emitted if one.topic == DEAD_LETTERS]
    assert ("defect", GROUP_USAGE, 4, GROUP.encode()) == (dead.reason, dead.topic, dead.offset, dead.key)
    assert [f"{SHARED} a", f"{RETURNED} a", f"{SHARED} b", f"{RETURNED} b"] == [
        one[0] for one in said(emitted)
    ]
    records_by = run.summary().records
    assert (3, 5, 4, 1) == (
        records_by["cdr", "applied"],
        *(records_by[GROUP_USAGE, word] for word in ("read", "applied", "dead")),
    )


def test_a_defect_on_a_line_takes_back_what_its_batch_had_sent() -> None:
    """The batch is done again, hops and all: each is said once."""
    lines = [data(0.01, record_id=f"r{number}") for number in range(BATCH_LINES // 2)]

    _, emitted = replayed([*lines, data(0.01, record_id="breaks")])

    names = [one[0] for one in said(emitted)]
    assert (len(lines) * 2, len(lines) * 2) == (len(names), len(set(names)))


def test_usage_that_would_travel_for_ever_ends_the_replay() -> None:
    """There and back is all there is; more is a fault of ours that Kafka would carry round without end."""
    with pytest.raises(BounceError, match="line 3: usage went to a group and back, and is sent once more"):
        replayed([data(1)], Endless)


def test_usage_without_a_time_of_arrival_is_a_defect_of_its_line() -> None:
    """It could not be merged with anything where it arrives."""

    class Timeless(Sharing):
        def take(self, raw, *, hold=True, wall_ms=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            return [one._replace(timestamp_ms=None) for one in super().take(raw, hold=hold, wall_ms=wall_ms)]

    _, emitted = replayed([data(1)], Timeless)

    assert ["defect"] == [one.type for one in emitted]
