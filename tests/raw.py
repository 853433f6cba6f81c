"""Single records as from Kafka: bytes under a key, and the dead letters that they become."""

# ruff: noqa: ANN401  (`own` are fields of a record, right or wrong)

from typing import Any

import orjson

from schemas.envelope import Raw
from tests.build import NOON, SUBSCRIBER, data, ms, replay
from tests.fed import Dead, dead_of

NOON_MS = ms(NOON)
GOOD: dict[str, Any] = {
    "record_id": "a",
    "subscriber_id": SUBSCRIBER,
    "type": "data",
    "started_at": NOON,
    "bytes_up": 1,
}
QUERY: dict[str, Any] = {
    "event_id": "e",
    "subscriber_id": SUBSCRIBER,
    "type": "port.queried",
    "at": NOON,
    "channel": "sms",
}
KEY = SUBSCRIBER.encode()


def with_(**own: Any) -> bytes:
    """Return a good record with some fields set."""
    return orjson.dumps({**GOOD, **own})


def without(*names: str, **own: Any) -> bytes:
    """Return a good record without some fields."""
    return orjson.dumps({name: value for name, value in {**GOOD, **own}.items() if name not in names})


def take(value: bytes | None, *, key: bytes | None = KEY, topic: str = "cdr") -> list[Dead]:
    """Return the dead letters of one record that is taken as from Kafka, after the first good one."""
    fed = replay([data(1, record_id="first")])
    raw = Raw(topic, 3, 77, NOON_MS, key, value)
    return [dead_of(emitted) for emitted in fed.pipeline.take(raw) if emitted.topic == "dead-letters"]


LARGE = b'{"x":"' + b"y" * 900_000 + b'"' + b"," + with_()[1:]
"""A valid record of 900 kB."""
