"""An NRTRDE file in XML: the groups that it consists of, in order.

Read by the standard library's expat as a stream of tags, so that no tree is built. The format has no document
type; a file that brings one is refused before anything in it is read, and with it every entity that could
be blown up or fetched.
"""

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde_fields import (
    CONTAINERS,
    DEPTH_MAX,
    EVENT_LIST,
    FIELD_BY_NAME,
    ROOT,
    SERVICE,
    VALUE_CHARACTERS_MAX,
    Group,
    value_of_text,
)

_CHUNK_BYTES: Final = 65_536
_NAMESPACE_END: Final = " "
_FIELD_PARENTS: Final = (ROOT, SERVICE)
_EVENT_DEPTH: Final = 2
_NAME_CHARACTERS_MAX: Final = 40


class _Reader:
    """The tags so far: which are open, what they say, and the groups that are whole."""

    def __init__(self) -> None:
        self.whole: list[Group] = []
        self._own = Group(ROOT)
        self._event: Group | None = None
        self._path: list[str] = []
        self._text: list[str] = []
        self._text_characters = 0
        self._is_leaf = False

    def start(self, name: str, _attributes: object) -> None:
        """Open an element."""
        name = name.rpartition(_NAMESPACE_END)[2]
        if not self._path and name != ROOT:
            raise InputFileError(f"no NRTRDE file: the first element is not {ROOT}")
        if len(self._path) == DEPTH_MAX:
            raise InputFileError("nested too deep for this format")
        if self._path == [ROOT, EVENT_LIST]:
            self._event = Group(name if name in CONTAINERS else "unknown")
        self._path.append(name)
        if self._path == [ROOT, EVENT_LIST]:
            self._finish_own()
        self._is_leaf = True
        self._text.clear()
        self._text_characters = 0

    def text(self, text: str) -> None:
        """Take a piece of an element's text."""
        self._text_characters += len(text)
        # One more than may be, so that a value that is too long is seen as such; the rest is not kept.
        if self._text_characters <= 2 * VALUE_CHARACTERS_MAX:
            self._text.append(text)

    def end(self, _name: str) -> None:
        """Close an element: a field, an event, or the file."""
        name = self._path.pop()
        if self._event is not None and len(self._path) == _EVENT_DEPTH:
            self.whole.append(self._event)
            self._event = None
        elif not self._path:
            self._finish_own()
        elif self._is_leaf and name not in CONTAINERS:
            self._take(name)
        self._is_leaf = False

    def refuse(self, *_declaration: object) -> None:
        """Stop at a document type."""
        raise InputFileError("a document type (DTD) is not allowed")

    def _finish_own(self) -> None:
        self.whole.append(self._own)
        self._own = Group(ROOT)

    def _take(self, name: str) -> None:
        """Put a field into the event or the file, or the reason why it cannot be."""
        group = self._own if self._event is None else self._event
        is_known_place = len(self._path) == 1 or self._path[_EVENT_DEPTH + 1 :] in ([], [SERVICE])
        known = FIELD_BY_NAME.get(name)
        if known is None or not is_known_place:
            group.ignore(name if len(name) <= _NAME_CHARACTERS_MAX and name.isascii() else "a long name")
            return
        try:
            if self._text_characters > 2 * VALUE_CHARACTERS_MAX:
                raise ValueError("is too long")  # noqa: TRY301 - the same fault as from the value itself
            group.put(known.name, value_of_text(known.form, "".join(self._text)))
        except ValueError as error:
            group.blame(f"{known.name} {error}")


def groups(data: bytes) -> Iterator[Group]:
    """Yield the file's own fields that stand before its events, each event, and the fields behind them.

    Raises: InputFileError if it is no XML, has a document type, or is not of this format.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=_NAMESPACE_END)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            parser.Parse(data[start : start + _CHUNK_BYTES], False)  # noqa: FBT003 - expat takes it by position
            yield from reader.whole
            reader.whole.clear()
        parser.Parse(b"", True)  # noqa: FBT003 - the file ends here
    except expat.ExpatError as error:
        raise InputFileError(f"broken XML in line {error.lineno}") from error
    yield from reader.whole
