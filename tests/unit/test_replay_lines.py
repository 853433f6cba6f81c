"""Replay: arrival times, keys, broken lines, the clock, the same bytes on every run."""

import base64

import orjson
import pytest

from streams.lines import output_line
from streams.replay import BATCH_LINES, Replay
from tests.build import (
    NOON,
    SUBSCRIBER,
    Fed,
    after,
    broken,
    data,
    event,
    lines_of,
    plan,
    profile,
    replay,
    replay_lines,
    sms,
)

GOOD = {"record_id": "a", "subscriber_id": SUBSCRIBER, "type": "sms", "started_at": NOON}


def test_dead_letter_is_written_with_headers_and_base64() -> None:
    """``{"topic":"dead-letters","key":…,"headers":{…},"raw":"<base64>"}``."""
    [line] = [orjson.loads(output_line(one)) for one in replay([broken(b"{"), data(bytes_up=1)]).emitted]

    assert {"topic", "key", "headers", "raw"} == line.keys()
    assert {"reason", "detail", "topic", "partition", "offset", "timestamp"} == line["headers"].keys()
    assert ("dead-letters", None, b"{", "not_json", "3") == (
        line["topic"],
        line["key"],
        base64.b64decode(line["raw"]),
        line["headers"]["reason"],
        line["headers"]["offset"],
    )


def test_output_is_written_in_the_envelope() -> None:
    """The same envelope as the input: topic, key, value."""
    fed = replay([data(80)])
    line = orjson.loads(output_line(fed.emitted[0]))

    assert ("signals", SUBSCRIBER, "near_limit") == (line["topic"], line["key"], line["value"]["type"])


# -- times


def stamps(fed: Fed) -> list[str]:
    """Return the arrival times of the dead letters."""
    return [dead.timestamp for dead in fed.dead]


def test_arrival_is_the_envelopes_timestamp() -> None:
    """A text with an offset or milliseconds."""
    bad = {**GOOD, "count": -1}
    fed = replay(
        [
            {"topic": "cdr", "timestamp": "2026-11-10T20:00:00+08:00", "value": bad},
            {"topic": "cdr", "timestamp": 1_794_312_000_000, "value": bad},
        ]
    )

    assert ["2026-11-10T12:00:00.000Z"] * 2 == stamps(fed)


def test_arrival_that_is_missing_is_the_event_time() -> None:
    """Of a usage record ``started_at``, of an event ``at``."""
    fed = replay(
        [{"topic": "cdr", "value": {**GOOD, "count": -1}}, event("nonsense", at=after(NOON, hours=1))]
    )

    assert ["2026-11-10T12:00:00.000Z", "2026-11-10T13:00:00.000Z"] == stamps(fed)


def test_arrival_without_any_time_is_the_clock_as_it_stands() -> None:
    """Before the first record it stands at 1970."""
    bad = {"topic": "subscribers", "key": SUBSCRIBER, "value": {"subscriber_id": SUBSCRIBER}}
    fed = replay([plan(), bad, broken(b"{"), profile(), sms(), bad, broken(b"{")])

    assert ["1970-01-01T00:00:00.000Z"] * 2 + ["2026-11-10T12:00:00.000Z"] * 2 == stamps(fed)


def test_clock_never_goes_back() -> None:
    """An older record is decided at the newest arrival."""
    fed = replay([sms(at=after(NOON, hours=1)), data(80)])

    assert ["2026-11-10T13:00:00.000Z"] == [one.decided_at for one in fed.signals if one.bucket == "data"]


def test_profiles_do_not_move_the_clock() -> None:
    """The clock is the newest arrival on ``cdr`` or ``usage-events``."""
    fed = replay([profile(arrives=after(NOON, days=9)), data(80)])

    assert ["2026-11-10T12:00:00.000Z"] == [one.decided_at for one in fed.signals]


# -- keys


def test_key_may_be_left_out() -> None:
    """It is taken from the value."""
    assert [SUBSCRIBER.encode()] == [one.key for one in replay([data(80)]).emitted][:1]


def test_key_that_disagrees_is_a_mismatch() -> None:
    """Key and value disagree."""
    fed = replay([{**data(1), "key": "other"}, {**data(1), "key": None}, {**data(1), "key": SUBSCRIBER}])

    assert (["key_mismatch"] * 2, 100_000) == (fed.reasons, fed.used())


def test_key_of_a_plan_is_its_id() -> None:
    """A plan under another key is a bad plan."""
    fed = replay([{**plan(), "key": "q"}, profile(), data(80)])

    assert ([], 1) == (fed.found, fed.count("held now"))
    assert {("plans", "key_mismatch"): 1} == fed.rejected


# -- lines


def test_lines_count_from_one_and_blank_lines_count() -> None:
    """An editor shows the same number."""
    lines = [b"\n", *lines_of([]), b"  \r\n", b"{\n"]

    assert [5] == [dead.offset for dead in replay_lines(lines).dead]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_line_end_is_not_part_of_the_line(end: bytes) -> None:
    """Files of every system."""
    fed = replay_lines([line + end for line in [*lines_of([data(80)]), b"{"]])

    assert ([("near_limit", 80)], [b"{"]) == (fed.found, [dead.value for dead in fed.dead])


def test_lines_count_across_files_and_calls() -> None:
    """Two files are one run: the second goes on where the first has ended."""
    run = Replay()
    list(run.run(lines_of([data(1, record_id="a")])))
    again = list(run.run([b"{"]))

    assert b"4" == dict(again[0].headers)["offset"]
    assert 4 == run.summary().lines


def test_batches_do_not_show() -> None:
    """More lines than a batch: every total and level is as in one."""
    count = 2 * BATCH_LINES + 7
    fed = replay([*(data(bytes_up=5_000) for _ in range(count))])

    assert 5_000 * count == fed.used()
    assert [("near_limit", 80), ("near_limit", 100), ("overage", None)] == fed.found
    assert [1_602, 2_002, 2_003] == [one.evidence[0].offset for one in fed.signals]


def test_same_file_gives_the_same_bytes() -> None:
    """On every run: no clock, no chance, no order of a dict."""
    records = [
        data(50),
        broken(b"{"),
        data(80, subscriber_id="x"),
        event("port.queried", channel="sms"),
        data(60),
    ]
    runs = [b"\n".join(map(output_line, replay(records).emitted)) for _ in range(2)]

    assert runs[0] == runs[1]


def test_empty_file_gives_nothing() -> None:
    """No line, no output, an empty ledger."""
    fed = replay_lines([])

    assert ((), {}) == (fed.emitted, fed.ledger)


def test_outputs_of_one_record_are_in_the_tables_order() -> None:
    """Signals lowest level first, then what is said about them."""
    topics = [one.topic for one in replay([data(130)]).emitted]

    assert ["signals"] * 3 == topics[:3]
    assert "signals" not in topics[3:]


def test_groups_are_read_and_counted() -> None:
    """Decoded, validated and in the ledger; a null value too."""
    group = {
        "group_id": "g", "owner_id": "s", "plan_id": "p", "members": ["s"],
        "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN",
    }  # fmt: skip
    fed = replay(
        [
            {"topic": "groups", "value": group},
            {"topic": "groups", "key": "g", "value": None},
            {"topic": "groups", "value": {}},
        ]
    )

    assert (3, 2, 1) == tuple(fed.count(word, "groups") for word in ("read", "applied", "dead"))
