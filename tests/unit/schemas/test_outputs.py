"""The identity of an output."""

import hashlib
import json

from schemas.outputs import derive_id


def test_id_is_the_hash_of_canonical_json() -> None:
    """First 32 hex digits of SHA-256 over [topic, type, subscriber_id, …key fields], in UTF-8."""
    parts = ["signals", "near_limit", "8613800000001", "data", "2026-11-01", 80, 0]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)

    assert hashlib.sha256(text.encode()).hexdigest()[:32] == derive_id("signals", "near_limit", *parts[2:])  # type: ignore[arg-type]


def test_id_of_texts_that_json_escapes() -> None:
    """Quotes, control characters and letters beyond ASCII hash as canonical JSON writes them."""
    parts = ["port-signals", "port_query", "s", '"\\/', "\n\u0001é网"]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)

    assert hashlib.sha256(text.encode()).hexdigest()[:32] == derive_id(*parts)
