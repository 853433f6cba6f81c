"""TOML tables → structs, with every mistake of a file said at once and by its place."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from schemas.events import EventRecord

AnyStruct = TypeVar("AnyStruct", bound=Struct)

EVENTS: Mapping[str, Any] = {kind.__struct_config__.tag: kind for kind in get_args(EventRecord)}
"""Type of an event → its struct."""


class Reading:
    """One file that is read: its name stands before each of its ``mistakes``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.mistakes: list[str] = []

    def fault(self, text: str) -> None:
        """Note a mistake."""
        self.mistakes.append(f"{self._name}: {text}")

    def table(self, table: object, kind: type[AnyStruct], where: str) -> AnyStruct | None:
        """Return one rule; None if anything in it is wrong, and each such thing is noted."""
        if not isinstance(table, Mapping):
            self.fault(f"{where} is no table")
            return None
        count = len(self.mistakes)
        known = {field.encode_name: field for field in fields(kind)}
        for name in table:
            if name not in known:
                self.fault(f"{where}.{name} is unknown")
        values: dict[str, Any] = {}
        for name, field in known.items():
            if name in table:
                values[field.name] = self.value(table[name], field.type, f"{where}.{name}")
            elif field.required:
                self.fault(f"{where}.{name} is missing")
        if len(self.mistakes) > count:
            return None
        try:
            return kind(**values)
        except ValueError as error:  # of values that are right each by itself
            self.fault(f"{where}: {error}")
            return None

    def value(self, value: object, kind: Any, where: str) -> object:  # noqa: ANN401 - any type
        """Return a value of a type; None if it is none, which is noted."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            self.fault(f"{where}: {error}")
            return None

    def tables(
        self, tables: object, kind: type[AnyStruct], where: str, *, most: int
    ) -> tuple[AnyStruct, ...]:
        """Return a list of rules without those that are wrong."""
        if not isinstance(tables, list) or len(tables) > most:
            self.fault(f"{where} is a list of at most {most} tables")
            return ()
        read = (self.table(table, kind, f"{where}[{n}]") for n, table in enumerate(tables))
        return tuple(rule for rule in read if rule is not None)

    def event(self, name: str, where: Mapping[str, str], rule: str) -> None:
        """Note why no event would ever count: a misspelt page must not be waited for in silence."""
        kind = EVENTS.get(name)
        if kind is None:
            self.fault(f"{rule}: there is no event {name}")
            return
        known = {field.name: field.type for field in fields(kind)}
        for field_name, value in where.items():
            if field_name not in known:
                self.fault(f"{rule}: {name} has no field {field_name}")
            else:
                self.value(value, known[field_name], f"{rule}.where.{field_name}")

    def names(self, names: Iterable[str]) -> None:
        """Note every name that two rules share."""
        known = list(names)
        for name in dict.fromkeys(known):
            if known.count(name) > 1:
                self.fault(f"two rules are called {name}")
