"""What workers write: the fields that every output has, its identity, its bytes and its Kafka headers."""

import hashlib
from functools import cache
from typing import ClassVar, Final

import msgspec
from msgspec import Struct

from schemas.envelope import Emitted

SCHEMA_MAJOR: Final = 1
"""Of every output topic; a breaking change is a new topic."""
SOURCE: Final = "/usagewatch"
_SOURCE_HEADER: Final = ("ce_source", SOURCE.encode())
_SPEC_HEADER: Final = ("ce_specversion", b"1.0")
_TYPE_HEADER: Final = ("content-type", b"application/json")
EVIDENCE_COUNT_MAX: Final = 10


class DecidedBy(Struct, frozen=True, kw_only=True):
    """Which rule decided, of which release, by which regime and plan."""

    rule: str
    regime: str
    regime_version: int
    plan_version: int | None
    build: str


class Evidence(Struct, frozen=True, kw_only=True):
    """Where a record that was read lies. From a file: partition 0 and the line's number."""

    topic: str
    partition: int
    offset: int
    record_id: str | None
    """Of an event its ``event_id``; None for a profile, which has no identity of its own."""


class Output(Struct, frozen=True, kw_only=True):
    """What all outputs have in common. The time fields are texts, ready for the wire."""

    id: str
    subscriber_id: str
    at: str
    """Event time of what caused it; of a timer its due time."""
    decided_at: str
    """The partition's clock."""
    decided_by: DecidedBy
    evidence: tuple[Evidence, ...]

    TOPIC: ClassVar[str]

    def topic(self) -> str:
        """Return the topic that the output is written to."""
        return self.TOPIC

    def kind(self) -> str:
        """Return the output's ``type``."""
        tag = self.__struct_config__.tag
        return tag if isinstance(tag, str) else str(getattr(self, "type"))  # noqa: B009  (not in every class)


def derive_id(topic: str, kind: str, subscriber_id: str, *key_fields: object) -> str:
    """Return the id of an output: the same cause has the same id in every run.

    The first 32 hex digits of SHA-256 over the JSON array of the arguments in UTF-8 without white space.
    """
    return hashlib.sha256(msgspec.json.encode([topic, kind, subscriber_id, *key_fields])).hexdigest()[:32]


def emit(output: Output) -> Emitted:
    """Return the record to write, with its headers.

    Source: CloudEvents 1.0, Kafka protocol binding, binary content mode.
    """
    kind, topic, subject = output.kind(), output.topic(), output.subscriber_id.encode()
    of_type, of_schema = _of_kind(topic, kind)
    return Emitted(
        topic=topic,
        type=kind,
        key=subject,
        value=msgspec.json.encode(output),
        headers=(
            _SPEC_HEADER,
            ("ce_id", output.id.encode()),
            of_type,
            _SOURCE_HEADER,
            ("ce_subject", subject),
            ("ce_time", output.at.encode()),
            of_schema,
            _TYPE_HEADER,
        ),
    )


@cache
def _of_kind(topic: str, kind: str) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """Return the headers that all outputs of a kind have; topics and kinds are closed sets."""
    return (
        ("ce_type", f"usagewatch.{topic}.{kind}".encode()),
        ("ce_dataschema", f"urn:usagewatch:{topic}:{SCHEMA_MAJOR}".encode()),
    )
