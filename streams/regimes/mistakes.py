"""Every mistake in what a TOML file holds; msgspec alone stops at the first.

What does not fit is taken apart, table by table and list by list, and each part is held against its own type.
A part that is right in itself but wrong as a whole is the mistake of the whole.
"""

from collections.abc import Iterator
from typing import get_args

import msgspec
from msgspec import Struct


def mistakes_in(raw: object, kind: object, place: str = "") -> Iterator[str]:
    """Yield each mistake of a value that should be of a type, with its place (``overage_steps.value[0]``)."""
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        inside = list(_inside(raw, kind, place))
        yield from inside or [f"{place}: {error}" if place else str(error)]


def _inside(raw: object, kind: object, place: str) -> Iterator[str]:
    """Yield the mistakes of the parts."""
    if isinstance(raw, dict):
        for struct in _structs(kind):
            yield from _of_table(raw, struct, place)
    elif isinstance(raw, list):
        for item_kind in _item_kinds(kind):
            for index, item in enumerate(raw):
                yield from mistakes_in(item, item_kind, f"{place}[{index}]")


def _of_table(raw: dict[str, object], struct: type[Struct], place: str) -> Iterator[str]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, value in raw.items():
        inner = f"{place}.{name}" if place else name
        if name in fields:
            yield from mistakes_in(value, fields[name].type, inner)
        else:
            yield f"{inner}: is not known"
    for name, field in fields.items():
        if field.required and name not in raw:
            yield f"{place}.{name}: is missing" if place else f"{name}: is missing"


def _structs(kind: object) -> Iterator[type[Struct]]:
    """Yield the struct that a type is, or may be (``Levels | None``)."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, Struct):
            yield one


def _item_kinds(kind: object) -> Iterator[object]:
    """Yield the type of the items of a ``tuple[…, ...]``, also behind limits or as one of several."""
    for argument in get_args(kind):
        if argument is Ellipsis:
            yield get_args(kind)[0]
        else:
            yield from _item_kinds(argument)
