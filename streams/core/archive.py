"""All states of an application as one file: to keep, or to move to another cluster or partition count.

::

    magic ─ head (JSON, one line) ─ states ─ 0 ─ tail (JSON, one line) ─ checksum of all before it

The states are as they lie in the changelog, each with its key and the partition that it was in. The head says
how far each partition had come, the tail how many states there are; without its tail a file is not whole.
"""

from collections.abc import Callable, Iterator
from struct import Struct as Layout
from typing import Final, Never, TypeVar
from zlib import crc32

import msgspec
from msgspec import Struct

from schemas.errors import StateError, UsagewatchError
from streams.core.stored import VERSION, Meta, read_header

FORMAT: Final = 1
LINE_BYTES_MAX: Final = 64 << 20
"""A head: far more than that of ten thousand partitions."""
VALUE_BYTES_MAX: Final = 16 << 20
"""A state: more than a changelog takes."""

_MAGIC: Final = b"usagewatch states\n"
_ENTRY: Final = Layout(">HHI")
"""Partition, bytes of the key, bytes of the state."""
_END: Final = _ENTRY.pack(0, 0, 0)
_LENGTH: Final = Layout(">I")
_CHECKSUM: Final = Layout(">I")

Line = TypeVar("Line", bound=Struct)


class ArchiveError(UsagewatchError):
    """A file is no archive of states, or not a whole one."""


class Head(Struct, frozen=True, kw_only=True):
    """What is known before the first state."""

    format: int = FORMAT
    state_version: int = VERSION
    app_id: str
    written_ms: int
    partition_count: int
    """How many partitions the states were kept for."""
    metas: tuple[Meta | None, ...]
    """Of each partition of the changelog, None where nothing was ever committed."""
    unread: dict[str, int]
    """By input topic: offsets that were written and not yet counted."""


class Tail(Struct, frozen=True, kw_only=True):
    """What is known after the last state."""

    state_count: int
    misrouted_count: int = 0
    """States in another partition than Kafka's default partitioner gives their key."""
    torn_count: int = 0
    """Keys that have a state in more than one partition."""


class State(Struct, frozen=True, gc=False):
    """One state as it lies in the changelog."""

    partition: int
    key: bytes
    value: bytes


class Writer:
    """Writes an archive piece by piece with ``write``."""

    def __init__(self, write: Callable[[bytes], object], head: Head) -> None:
        self._write = write
        self._checksum = 0
        self._put(_MAGIC)
        self._put_line(head)

    def add(self, state: State) -> None:
        """Write one state."""
        self._put(_ENTRY.pack(state.partition, len(state.key), len(state.value)) + state.key + state.value)

    def close(self, tail: Tail) -> None:
        """Write the end."""
        self._put(_END)
        self._put_line(tail)
        self._write(_CHECKSUM.pack(self._checksum))

    def _put_line(self, line: Struct) -> None:
        data = msgspec.json.encode(line) + b"\n"
        self._put(_LENGTH.pack(len(data)) + data)

    def _put(self, data: bytes) -> None:
        self._checksum = crc32(data, self._checksum)
        self._write(data)


class Reader:
    """Reads an archive piece by piece: ``read(n)`` returns n bytes, fewer only at the end of the file."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """Read the head. Raises: ArchiveError; StateError if another release wrote the states."""
        self._read = read
        self._checksum = 0
        self._tail: Tail | None = None
        if read(len(_MAGIC)) != _MAGIC:
            raise ArchiveError("this is no file of `usagewatch state export`")
        self._checksum = crc32(_MAGIC)
        self.head = self._line(Head)
        if self.head.format != FORMAT:
            raise ArchiveError(f"the file is of format {self.head.format}, this release reads {FORMAT}")
        if self.head.state_version != VERSION:
            raise StateError(
                f"the file holds states of version {self.head.state_version}, this release reads version "
                f"{VERSION}: import it with the release that wrote it"
            )

    def states(self) -> Iterator[State]:
        """Yield every state, in the order of partitions.

        Raises: ArchiveError, at the place, when the file is not whole or not as it was written; StateError
        for a state of another version.
        """
        while True:
            entry = self._get(_ENTRY.size)
            partition, key_bytes, value_bytes = _ENTRY.unpack(entry)
            if entry == _END:
                break
            if value_bytes > VALUE_BYTES_MAX or partition >= len(self.head.metas):
                _damaged()
            key, value = self._get(key_bytes), self._get(value_bytes)
            read_header(value)
            yield State(partition, key, value)
        self._tail = self._line(Tail)
        checksum = self._checksum
        if _CHECKSUM.unpack(self._get(_CHECKSUM.size))[0] != checksum:
            _damaged()

    @property
    def tail(self) -> Tail:
        """What is known once all `states` were read."""
        if self._tail is None:
            raise ValueError("read the states first")
        return self._tail

    def _line(self, kind: type[Line]) -> Line:
        (length,) = _LENGTH.unpack(self._get(_LENGTH.size))
        if length > LINE_BYTES_MAX:
            _damaged()
        try:
            return msgspec.json.decode(self._get(length), type=kind)
        except msgspec.MsgspecError:
            _damaged()

    def _get(self, length: int) -> bytes:
        data = self._read(length)
        if len(data) != length:
            raise ArchiveError("the file ends before its end: the export was broken off")
        self._checksum = crc32(data, self._checksum)
        return data


def _damaged() -> Never:
    raise ArchiveError("the file is damaged: export again, or take another copy")
