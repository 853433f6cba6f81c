"""Lines that are no envelope, and values that are no record."""

import pytest

from tests.build import broken, data, replay

BROKEN: list[tuple[bytes, str]] = [
    (b"nonsense", "not_json"),
    (b"{", "not_json"),
    (b'{"topic":"cdr","value":{}', "not_json"),
    (b'{"topic":"cdr","value":{"x":"\xff"}}', "not_json"),
    (b"\xff\xfe\x00", "not_json"),
    (b"\x00", "not_json"),
    (b'{"topic":"cdr","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    (b"[" * 100_000, "not_json"),
    (b"[]", "not_an_object"),
    (b"null", "not_an_object"),
    (b'"cdr"', "not_an_object"),
    (b"{}", "missing_field"),
    (b'{"topic":"cdr"}', "missing_field"),
    (b'{"topic":"signals","value":{}}', "bad_field"),
    (b'{"topic":"dead-letters","value":{}}', "bad_field"),
    (b'{"topic":"group-usage","key":"g","value":{}}', "bad_field"),
    (b'{"topic":"file","value":{}}', "bad_field"),
    (b'{"topic":"CDR","value":{}}', "bad_field"),
    (b'{"topic":7,"value":{}}', "bad_field"),
    (b'{"topic":null,"value":{}}', "bad_field"),
    (b'{"topic":"cdr","key":7,"value":{}}', "bad_field"),
    (b'{"topic":"cdr","timestamp":"noon","value":{}}', "bad_field"),
    (b'{"topic":"cdr","timestamp":1.5,"value":{}}', "bad_field"),
    (b'{"topic":"cdr","timestamp":-1,"value":{}}', "bad_field"),
    (b'{"topic":"cdr","timestamp":"2026-11-10T12:00:00","value":{}}', "no_time_zone"),
]


@pytest.mark.parametrize(("text", "reason"), BROKEN, ids=[repr(text[:40]) for text, _ in BROKEN])
def test_line_that_is_no_envelope_is_a_dead_letter(text: bytes, reason: str) -> None:
    """Topic ``file``, partition 0, offset its number, raw the whole line; the rest goes on."""
    fed = replay([data(1), broken(text), data(1)])

    [dead] = fed.dead
    assert (reason, "file", 0, 4, None, text) == (
        dead.reason,
        dead.topic,
        dead.partition,
        dead.offset,
        dead.key,
        dead.value,
    )
    assert (1, 1, 200_000) == (fed.count("read", "file"), fed.count("dead", "file"), fed.used())


def test_bad_value_in_a_good_envelope_is_of_its_topic() -> None:
    """What is wrong inside a value is the topic's: its dead letter has the value alone."""
    text = b'{"topic":"cdr","timestamp":"2026-11-10T12:00:00Z","key":"k","value":[ 1 ]}'
    [dead] = replay([broken(text)]).dead

    assert ("not_an_object", "cdr", 3, b"k", b"[ 1 ]", "2026-11-10T12:00:00.000Z") == (
        dead.reason,
        dead.topic,
        dead.offset,
        dead.key,
        dead.value,
        dead.timestamp,
    )


def test_value_null_is_a_null_value() -> None:
    """As on Kafka: no value at all."""
    assert ["null_value"] == replay([broken(b'{"topic":"cdr","key":"k","value":null}')]).reasons
