"""A record as it lies on a topic, before anything of it is decoded, and one that is ready to be written."""

from typing import Final, NamedTuple

FILE_TOPIC: Final = "file"
"""The ledger's topic for lines that are no envelope."""


class Raw(NamedTuple):
    """One input record, undecoded. From a file: ``partition`` 0 and ``offset`` the line's number from 1."""

    topic: str
    """Logical name, without prefix."""
    partition: int
    offset: int
    timestamp_ms: int
    """Arrival time, milliseconds since 1970-01-01 UTC."""
    key: bytes | None
    value: bytes | None
    is_keyed: bool = True
    """False: a file left the key out, so it is taken from the value."""


class Emitted(NamedTuple):
    """One output record, encoded.

    It goes to the partition from which its cause came; on ``group-usage``, which is an input again, to that
    of its key.
    """

    topic: str
    """Logical name, without prefix."""
    type: str
    """The output's type (``near_limit``), a dead letter's reason: for metrics, from closed sets."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int | None = None
    """On ``group-usage`` the arrival of what caused it, always; None: that topic is stamped by the broker."""
