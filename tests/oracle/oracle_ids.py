"""The identity of an output: a hash over what it is about."""

import hashlib
import json

KEY_FIELDS = {
    "near_limit": ("bucket", "period", "level", "generation"),
    "overage": ("bucket", "period", "step", "generation"),
    "throttled": ("bucket", "period", "generation"),
    "exhausted": ("bucket", "period", "generation"),
    "resolved": ("of", "n"),
    "reinstated": ("of", "n"),
    "late_adjustment": ("bucket", "period", "source", "record_id"),
    "forecast": ("bucket", "period", "n"),
    "bill_warning": ("limit", "level", "generation"),
    "arrears": ("generation",),
    "expiring": ("rule", "at", "source", "event_id"),
}


def id_of(kind: str, subscriber: str, fields: dict[str, object]) -> str:
    """Return the first 32 hex digits of SHA-256 over topic, type, subscriber and key fields as JSON."""
    own = [fields[name] for name in KEY_FIELDS[kind]]
    canonical = json.dumps(["signals", kind, subscriber, *own], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
