"""All states in one file: what is written is read, and what is not whole is not taken."""

import io

import pytest
from msgspec.structs import replace

from schemas.errors import StateError
from streams.core.archive import ArchiveError, Head, Reader, State, Tail, Writer
from streams.core.stored import VERSION, Meta, encode_state
from streams.core.subscriber import Subscriber

META = Meta(offsets={"cdr": 7}, partition_count=2, clock_ms=5, ledger={"cdr/read": 7})
HEAD = Head(app_id="app", written_ms=9, metas=(META, None), partition_count=2, unread={"cdr": 3})
STATES = [
    State(partition, key, encode_state(Subscriber(id=key.decode())))
    for partition, key in ((0, b"a"), (0, b"group/g"), (1, b"b"))
]


def written(head: Head = HEAD, states: list[State] = STATES) -> bytes:
    """Return a file."""
    file = io.BytesIO()
    writer = Writer(file.write, head)
    for state in states:
        writer.add(state)
    writer.close(Tail(state_count=len(states), misrouted_count=1))
    return file.getvalue()


def read(data: bytes) -> tuple[Head, list[State], Tail]:
    """Return all that is in a file."""
    reader = Reader(io.BytesIO(data).read)
    states = list(reader.states())
    return reader.head, states, reader.tail


def test_what_is_written_is_read() -> None:
    """How far each partition had come, every state with its partition, and how many there are."""
    head, states, tail = read(written())

    assert (HEAD, STATES, Tail(state_count=3, misrouted_count=1)) == (head, states, tail)


@pytest.mark.parametrize("length", range(0, len(written()), 7))
def test_a_file_that_was_broken_off_anywhere_is_not_whole(length: int) -> None:
    """An export that was killed leaves no archive behind."""
    with pytest.raises(ArchiveError, match=r"broken off|no file of"):
        read(written()[:length])


def test_one_changed_byte_of_a_state_is_found() -> None:
    """Totals of other people must not come of a bad disk."""
    data = bytearray(written())
    data[-60] ^= 1

    with pytest.raises((ArchiveError, StateError)):
        read(bytes(data))


def test_another_file_is_named_as_such() -> None:
    """The likeliest mistake: a replay file."""
    with pytest.raises(ArchiveError, match="no file of `usagewatch state export`"):
        read(b'{"topic":"cdr"}\n' * 3)


@pytest.mark.parametrize(
    "data",
    [
        written(replace(HEAD, state_version=VERSION + 1)),
        written(states=[State(0, b"a", bytes([VERSION + 1]) + bytes(20))]),
    ],
)
def test_states_of_another_version_are_not_taken(data: bytes) -> None:
    """The release that wrote them can."""
    with pytest.raises(StateError, match=f"version {VERSION + 1}"):
        read(data)
