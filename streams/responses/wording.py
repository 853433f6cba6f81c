"""Plain words only: which are in no text (``wording.toml``)."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from msgspec import Struct

FILE: Final = "wording.toml"


class Banned(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that nobody is to read, in lower case."""

    en: tuple[str, ...]
    zh: tuple[str, ...]


@cache
def banned() -> Banned:
    """Return the words that are in no text."""
    return msgspec.convert(tomllib.loads(files(__package__).joinpath(FILE).read_text("utf-8")), Banned)


def banned_in(text: str) -> tuple[str, ...]:
    """Return the banned words that a text has."""
    words = banned()
    return (
        *(word for word in words.en if says(text, word)),
        *(word for word in words.zh if says(text, word)),
    )


def says(text: str, word: str) -> bool:
    """Return whether a text has a word; one in Latin letters only as a whole."""
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text.lower()) is not None
    return word in text
