"""What a rule of care says, in each language, and the blanks in it."""

from functools import lru_cache
from string import Formatter
from typing import Annotated, Final

from msgspec import Meta, Struct

_REMEMBERED: Final = 256
"""Twice the words of as many rules as there may be."""


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same words in each language."""

    en: Annotated[str, Meta(min_length=1, max_length=600)]
    zh: Annotated[str, Meta(min_length=1, max_length=600)]

    def of(self, language: str) -> str:
        """Return the words in one of the two."""
        return self.zh if language == "zh" else self.en

    @property
    def blanks(self) -> frozenset[str]:
        """The names of the blanks in either language; asked for with every word that is said."""
        return _blanks_in(self.en) | _blanks_in(self.zh)


@lru_cache(maxsize=_REMEMBERED)
def _blanks_in(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
