"""An NRTRDE file in BER: the groups that it consists of, in order.

The library decodes tags and values. What it does not check is checked here before it reads: that a tag and a
length are short, that every element ends inside the one that holds it, that a container ends exactly where
its last element does (the library takes a file that was cut between two events for a whole one), and that
nothing follows the file's own element. So a broken file is refused, never read in part.
"""

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

import asn1

from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde_fields import (
    CONTAINER_BY_TAG,
    CONTAINERS,
    DEPTH_MAX,
    EVENT_LIST,
    FIELD_BY_TAG,
    ROOT,
    SERVICE,
    Group,
    value_of_octets,
)

FIRST_OCTET: Final = 0x61
"""Every file begins with it: class APPLICATION, constructed, tag 1."""

_TAG_OCTETS_MAX: Final = 4
_LENGTH_OCTETS_MAX: Final = 5
_END_OF_CONTENTS: Final = b"\x00\x00"


class _Element(NamedTuple):
    depth: int
    """0 is the file's own element."""
    tag: int
    octets: bytes | None
    """None: a container; what it holds follows, one deeper."""


class _Span(NamedTuple):
    """Where an open container ends."""

    end: int | None
    """None: at its end-of-contents octets (X.690, 8.1.3.6)."""
    limit: int
    """What it holds ends here at the latest."""


def groups(data: bytes) -> Iterator[Group]:
    """Yield the file's own fields that stand before its events, each event, and the fields behind them.

    Raises: InputFileError if it is no BER or not of this format.
    """
    own, event = Group(ROOT), None
    path: list[str | None] = []
    for element in _elements(data):
        if element.depth == 0 and (element.tag != CONTAINERS[ROOT] or element.octets is not None):
            raise InputFileError("no NRTRDE file: the first tag is another one")
        del path[element.depth :]
        path.append(_container(element))
        if event is not None and element.depth <= 2:  # noqa: PLR2004 - an event's own depth
            yield event
            event = None
        if path[:-1] == [ROOT, EVENT_LIST]:
            event = Group(path[-1] or f"tag {element.tag}")
        elif path == [ROOT, EVENT_LIST]:
            yield own
            own = Group(ROOT)
        elif event is not None:
            _take(element, event, is_known_place=path[3:-1] in ([], [SERVICE]))
        elif element.depth == 1:
            _take(element, own, is_known_place=True)
    if event is not None:
        yield event
    yield own


def _container(element: _Element) -> str | None:
    return CONTAINER_BY_TAG.get(element.tag) if element.octets is None else None


def _take(element: _Element, group: Group, *, is_known_place: bool) -> None:
    """Put a field into the group, or the reason why it cannot be."""
    known = FIELD_BY_TAG.get(element.tag)
    if element.tag == CONTAINERS[SERVICE] and element.octets is None:
        return
    if known is None or element.octets is None or not is_known_place:
        group.ignore(f"tag {element.tag}")
        return
    try:
        group.put(known.name, value_of_octets(known.form, element.octets))
    except ValueError as error:
        group.blame(f"{known.name} {error}")


def _elements(data: bytes) -> Iterator[_Element]:
    """Yield every element, each container before what it holds."""
    decoder = asn1.Decoder(io.BytesIO(data))
    spans: list[_Span] = []
    position = 0
    try:
        while position < len(data) or spans:
            tag = decoder.peek()
            if tag is None:
                position = _close(data, position, spans.pop())
                decoder.leave()
                if not spans:
                    break
                continue
            limit = spans[-1].limit if spans else len(data)
            content, end = _bounds(data, position, limit)
            if tag.cls != asn1.Classes.Application:
                # Nor would the library only cut them out: it would work out a REAL of any exponent.
                raise InputFileError(f"the element at octet {position} is not of this format")
            if tag.typ == asn1.Types.Constructed:
                if len(spans) == DEPTH_MAX:
                    raise InputFileError("nested too deep for this format")
                decoder.enter()
                yield _Element(len(spans), tag.nr, None)
                spans.append(_Span(end, limit if end is None else end))
                position = content
            else:
                yield _Element(len(spans), tag.nr, decoder.read()[1])
                position = content if end is None else end
    except asn1.Error as error:
        raise InputFileError(f"broken BER at octet {position}") from error
    if position != len(data):
        raise InputFileError(f"{len(data) - position} octets follow the end of the file's content")


def _bounds(data: bytes, position: int, limit: int) -> tuple[int, int | None]:
    """Return where an element's content begins, and where it ends (None: not said).

    Raises: InputFileError if it does not end by ``limit``, or its head is longer than any of this format.
    """
    broken = InputFileError(f"broken BER at octet {position}")
    start = position + 1
    if data[position] & 0x1F == 0x1F:  # noqa: PLR2004 - X.690, 8.1.2.4: the tag goes on
        while start < limit and data[start] & 0x80:
            start += 1
        start += 1
    if start - position > _TAG_OCTETS_MAX or start >= limit:
        raise broken
    first = data[start]
    start += 1
    if first == 0x80:  # noqa: PLR2004 - X.690, 8.1.3.6: the indefinite form
        return start, None
    length = first
    if first & 0x80:
        octet_count = first & 0x7F
        if octet_count >= _LENGTH_OCTETS_MAX:
            raise broken
        length = int.from_bytes(data[start : start + octet_count], "big")
        start += octet_count
    if start + length > limit:
        raise InputFileError(f"an element at octet {position} is longer than what holds it")
    return start, start + length


def _close(data: bytes, position: int, span: _Span) -> int:
    """Return the position behind a container whose elements have all been read up to ``position``."""
    if span.end is not None:
        if position == span.end:
            return position
    elif data[position : position + 2] == _END_OF_CONTENTS:
        return position + 2
    raise InputFileError(f"the file breaks off, or a length is wrong, at octet {position}")
