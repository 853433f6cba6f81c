"""Names of operators, as data: ``operators.toml``. No text that a subscriber reads may have one.

The texts of this release are read through by a test; names of plans and add-ons are looked at when an offer
is made of them, for nobody here has read those.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.errors import ConfigError
from streams.regimes.mistakes import mistakes_in

FILE: Final = "operators.toml"

Name = Annotated[str, Meta(min_length=2, max_length=64)]


class OperatorsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it is."""

    version: Annotated[int, Meta(ge=1)]
    source: Annotated[str, Meta(min_length=1)]
    names: Annotated[tuple[Name, ...], Meta(max_length=1_000)]
    """Found in any spelling of large and small letters, as whole words."""
    exact: Annotated[tuple[Name, ...], Meta(max_length=1_000)] = ()
    """Words of everyday language too: found only as they are written."""


class Operators(Struct, frozen=True):
    """Finds names of operators in texts."""

    file: OperatorsFile

    def are_named_in(self, text: str) -> bool:
        """Return whether a text has the name of an operator."""
        patterns = (_pattern(self.file.names, re.IGNORECASE), _pattern(self.file.exact, 0))
        return any(pattern is not None and pattern.search(text) for pattern in patterns)


def read_operators(text: str) -> Operators:
    """Return the names that a TOML text holds.

    Raises: ConfigError with every mistake.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"operators: {error}"]) from error
    if mistakes := [f"operators: {mistake}" for mistake in mistakes_in(raw, OperatorsFile)]:
        raise ConfigError(mistakes)
    return Operators(msgspec.convert(raw, OperatorsFile))


@cache
def shipped_operators() -> Operators:
    """Return the names that come with this release."""
    return read_operators(files("streams.regimes").joinpath(FILE).read_text("utf-8"))


@cache
def _pattern(names: tuple[str, ...], flags: int) -> re.Pattern[str] | None:
    """Return what finds any of the names: whole words, where they are of letters that have words."""
    if not names:
        return None
    return re.compile("|".join(_word(name) for name in names), flags | re.ASCII)


def _word(name: str) -> str:
    """Return the pattern of one name. Chinese has no blanks between words: its names are found anywhere."""
    return rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name)
