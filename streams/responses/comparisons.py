"""How much is so much more? Figures of ``comparisons.toml``, put as minutes or hours a day over a month."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.signals import Unit
from streams.responses.texts import Language, phrase

FILE: Final = "comparisons.toml"
DAYS_OF_MONTH: Final = 30
MINUTES_OF_HOUR: Final = 60
MINUTES_OF_DAY: Final = 1440
HOURS_FROM_MINUTES: Final = 120
"""From so many minutes on hours are spoken of."""


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an amount of one unit is good for."""

    unit: Unit
    quantity: Annotated[int, Meta(ge=1)]
    minutes: Annotated[int, Meta(ge=1)]
    en: str
    zh: str
    source: Annotated[str, Meta(min_length=1)]


@cache
def comparisons() -> dict[Unit, Comparison]:
    """Return the comparison of each unit that has one."""
    tables = tomllib.loads(files(__package__).joinpath(FILE).read_text("utf-8"))
    found = msgspec.convert(tables["comparison"], list[Comparison])
    return {one.unit: one for one in found}


def compared(more: int, unit: Unit, language: Language) -> str:
    """Return what an amount a month is good for; nothing for so little or so much that it means nothing."""
    comparison = comparisons().get(unit)
    if comparison is None:
        return ""
    minutes = more * comparison.minutes // (comparison.quantity * DAYS_OF_MONTH)
    if not 1 <= minutes <= MINUTES_OF_DAY:
        return ""
    if minutes < HOURS_FROM_MINUTES:
        time = phrase(f"minute_{'one' if minutes == 1 else 'many'}", language, n=str(minutes))
    else:
        time = phrase("offer_hours", language, n=str(minutes // MINUTES_OF_HOUR))
    return (comparison.zh if language == "zh" else comparison.en).format_map({"time": time})
