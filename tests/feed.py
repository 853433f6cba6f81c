"""Feeds a pipeline as a worker does, record by record, and commits it."""

import orjson

from schemas.envelope import Emitted, Raw
from streams.core.catalog import Catalog
from streams.core.stored import decode_state
from streams.pipeline import Pipeline, Rules
from tests.build import NOON, SUBSCRIBER, Line, ms


def raw_of(line: Line, offset: int = 0) -> Raw:
    """Return a line as a record from Kafka."""
    value = line["value"]
    if value is not None:
        identity = {"cdr": "record_id", "usage-events": "event_id"}.get(line["topic"], "pad")
        value = {identity: f"o{offset}", **value}
    key = (
        line.get("key")
        or next(value[name] for name in ("subscriber_id", "group_id", "plan_id", "addon_id") if name in value)
    ).encode()
    at = line.get("timestamp") or (value or {}).get("started_at") or (value or {}).get("at") or NOON
    return Raw(line["topic"], 0, offset, ms(at), key, None if value is None else orjson.dumps(value))


def pipeline_of(*lines: Line, rules: Rules | None = None) -> Pipeline:
    """Return a pipeline that has taken the lines, with nothing accepted yet."""
    pipeline = Pipeline(catalog=Catalog(), rules=rules or Rules.default())
    feed(pipeline, *lines)
    return pipeline


def feed(pipeline: Pipeline, *lines: Line, first: int = 0) -> list[Emitted]:
    """Let a pipeline take lines as records from Kafka; return what comes of them."""
    emitted: list[Emitted] = []
    for offset, line in enumerate(lines, start=first):
        raw = raw_of(line, offset)
        while pipeline.is_due(raw):
            emitted += pipeline.tick(raw.timestamp_ms)
        emitted += pipeline.take(raw)
    return emitted


def commit(pipeline: Pipeline) -> dict[bytes, bytes | None]:
    """Return what is committed, and accept it."""
    changes = dict(pipeline.changes())
    pipeline.accept()
    return changes


def look(pipeline: Pipeline) -> tuple[object, ...]:
    """Return everything that a rollback must bring back."""
    return (
        pipeline.clock_ms,
        dict(pipeline.ledger),
        dict(pipeline.rejected),
        pipeline.next_due_ms(),
        {name: size for name, size in pipeline.sizes().items() if name != "live"},
        "p" in pipeline.plans_waited_for(),
    )


def used(changes: dict[bytes, bytes | None], key: bytes = SUBSCRIBER.encode()) -> int:
    """Return the octets used in the only period of a committed state."""
    state = decode_state(changes[key] or b"")
    return sum(usage.used for period in state.periods for usage in period.buckets.values())
