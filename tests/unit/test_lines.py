"""Replay lines ↔ Kafka records."""

import base64

import orjson
import pytest

from schemas.errors import SchemaError
from streams.lines import Line, dead_letter_line, line, parse


def test_value_stays_as_it_was_written() -> None:
    """Spaces, order, numbers: the bytes of the value go to Kafka untouched."""
    read = parse(b'{"topic":"cdr","timestamp":5,"key":"s","value":{"b" : 1.50, "a":1e2}}')

    assert Line("cdr", 5, b"s", b'{"b" : 1.50, "a":1e2}', is_keyed=True) == read


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("cdr", "subscriber_id"),
        ("usage-events", "subscriber_id"),
        ("subscribers", "subscriber_id"),
        ("groups", "group_id"),
        ("plans", "plan_id"),
        ("addons", "addon_id"),
    ],
)
def test_key_that_is_left_out_is_taken_from_the_value(topic: str, field: str) -> None:
    """Each topic's key repeats one field of its value."""
    assert b"k1" == parse(b'{"topic":"%b","value":{"%b":"k1"}}' % (topic.encode(), field.encode())).key


def test_key_null_is_no_key() -> None:
    """A null is said, a key left out is not: it stays a record without a key."""
    assert parse(b'{"topic":"cdr","key":null,"value":{"subscriber_id":"s"}}').key is None


def test_value_null_is_a_tombstone() -> None:
    """A null value ends a subscriber; it is no JSON text "null" on Kafka."""
    assert Line("subscribers", 1, b"s", None, is_keyed=True) == parse(
        b'{"topic":"subscribers","timestamp":1,"key":"s","value":null}'
    )


@pytest.mark.parametrize(
    ("text", "timestamp_ms"),
    [
        (b'{"topic":"cdr","value":{"started_at":"1970-01-01T08:00:01+08:00"}}', 1000),
        (b'{"topic":"usage-events","value":{"at":7}}', 7),
        (b'{"topic":"plans","key":"p","value":{}}', None),
        (b'{"topic":"cdr","value":{"started_at":"yesterday"}}', None),
    ],
)
def test_timestamp_that_is_left_out_is_the_event_time(text: bytes, timestamp_ms: int | None) -> None:
    """A record without arrival time arrived when it happened; None where it does not say."""
    assert timestamp_ms == parse(text).timestamp_ms


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "not_json"),
        (b'{"topic":"cdr","value":{}', "not_json"),
        (b"[1]", "not_an_object"),
        (b'{"value":{}}', "missing_field: topic"),
        (b'{"topic":"cdr"}', "missing_field: value"),
        (b'{"topic":"signals","value":{}}', "bad_field: topic"),
        (b'{"topic":"group-usage","key":"g","value":{}}', "bad_field: topic"),
        (b'{"topic":"cdr","key":7,"value":{}}', "bad_field: topic, key, timestamp or raw"),
        (b'{"topic":"cdr","timestamp":"2026-01-01T00:00:00","value":{}}', "no_time_zone: timestamp"),
        (b'{"topic":"cdr","timestamp":"now","value":{}}', "bad_field: timestamp"),
        (b'{"topic":"cdr","timestamp":"1969-12-31T23:59:59Z","value":{}}', "bad_field: timestamp"),
    ],
)
def test_line_that_cannot_be_written_says_why(text: bytes, why: str) -> None:
    """The reason is from the closed list and names the field, never its content."""
    with pytest.raises(SchemaError) as caught:
        parse(text)

    assert why == str(caught.value)


def test_value_that_is_no_record_is_written_all_the_same() -> None:
    """What is wrong inside a value is for its reader to find."""
    assert b"[1]" == parse(b'{"topic":"cdr","value":[1]}').value


def test_line_reads_back_as_the_same_record() -> None:
    """What `tail` prints of an input topic, `feed` takes."""
    text = line("cdr", timestamp_ms=1_793_494_800_000, key=b"s", value=b'{"a":1.0}')

    assert Line("cdr", 1_793_494_800_000, b"s", b'{"a":1.0}', is_keyed=True) == parse(text)


def test_value_with_line_ends_is_put_on_one_line() -> None:
    """One record is one line, and its numbers stay as they were written."""
    assert b'"value":{"a":1.50}}' in line("cdr", timestamp_ms=0, key=None, value=b'{"a":\r\n 1.50}')


def test_value_that_is_no_json_is_shown_in_base64() -> None:
    """A line stays valid JSON whatever lies on the topic."""
    shown = orjson.loads(line("cdr", timestamp_ms=0, key=b"\xff", value=b"\xfe"))

    assert (b"\xfe", "\\xff") == (base64.b64decode(shown["raw"]), shown["key"])


def test_dead_letter_shows_its_headers_and_the_original_bytes() -> None:
    """WIRE.md's form: topic, key, headers, raw."""
    shown = dead_letter_line("dead-letters", key=b"s", value=b"{", headers=[("reason", b"not_json")])

    assert {
        "topic": "dead-letters",
        "key": "s",
        "headers": {"reason": "not_json"},
        "raw": "ew==",
    } == orjson.loads(shown)
