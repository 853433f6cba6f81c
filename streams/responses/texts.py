"""The words of every message: ``templates.toml``, read once, and how its blanks are filled.

A template is a whole message with a version and a reason; a phrase is a piece that several templates use.
Values are put in once and never looked at again, so braces in a name stay what they are.
"""

import tomllib
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.messages import Template
from streams.responses.wording import banned_in

Language = Literal["en", "zh"]

FILE: Final = "templates.toml"


class Phrase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same words in each language."""

    en: str
    zh: str

    def fill(self, language: Language, params: dict[str, str]) -> str:
        """Return the words with their blanks filled."""
        return (self.zh if language == "zh" else self.en).format_map(params)


class Text(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message and the reason for it. ``version`` goes up with every change of either."""

    version: int
    text: Phrase
    why: Phrase


class Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that can be said."""

    templates: dict[str, Text]
    phrases: dict[str, Phrase]


class Written(Struct, frozen=True, kw_only=True):
    """A message in one language, ready to be sent."""

    language: Language
    template: Template
    text: str
    why: str


@cache
def texts() -> Texts:
    """Return what this release can say.

    Raises: ConfigError with every banned word in it.
    """
    return read_texts(files(__package__).joinpath(FILE).read_text("utf-8"))


def read_texts(toml: str) -> Texts:
    """Return the templates and phrases that a TOML text holds.

    Raises: ConfigError with every banned word in it.
    """
    found = msgspec.convert(tomllib.loads(toml), Texts)
    all_words = dict(found.phrases)
    for name, template in found.templates.items():
        all_words |= {name: template.text, f"{name}, why": template.why}
    mistakes = [
        f"texts: {name} says {word!r}, which is no plain word"
        for name, words in all_words.items()
        for word in banned_in(f"{words.en}\n{words.zh}")
    ]
    if mistakes:
        raise ConfigError(mistakes)
    return found


def language_of(tag: str) -> Language:
    """Return the language to write in for a subscriber's language tag (``zh``, ``zh-CN``, ``en-AU``, ...)."""
    return "zh" if tag.lower().startswith("zh") else "en"


def write(template_id: str, language: Language, params: dict[str, str]) -> Written:
    """Return the template's message with its blanks filled.

    ``params`` are of that language already; those for which the template has no blank are left out.
    """
    template = texts().templates[template_id]
    blanks = _blanks(template_id)
    params = {name: value for name, value in params.items() if name in blanks}
    return Written(
        language=language,
        template=Template(id=template_id, version=template.version, params=params),
        text=template.text.fill(language, params),
        why=template.why.fill(language, params),
    )


@cache
def _blanks(template_id: str) -> frozenset[str]:
    """Return the names of a template's blanks; they are the same in each language."""
    template = texts().templates[template_id]
    parsed = Formatter().parse(template.text.en + template.why.en)
    return frozenset(name for _, name, _, _ in parsed if name is not None)


def phrase(name: str, language: Language, **params: str) -> str:
    """Return a phrase with its blanks filled."""
    return texts().phrases[name].fill(language, params)


def sentences(language: Language, *parts: str) -> str:
    """Return sentences one after the other, as the language joins them; empty ones are left out."""
    return ("" if language == "zh" else " ").join(part for part in parts if part)
