"""What the law of a jurisdiction asks, as data: one TOML file a regime, each value with its source.

A person who knows better corrects a file without code. A regime names its countries; ``default.toml`` names
none and holds for all others. A value that a regime does not give is the default's.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.errors import ConfigError
from schemas.fields import Country
from schemas.times import MS_PER_HOUR

DEFAULT: Final = "default"

Percent = Annotated[int, Meta(ge=1, le=100)]


class Provenance(Struct, frozen=True, kw_only=True):
    """Where a value comes from, and whether a person has confirmed it."""

    source: Annotated[str, Meta(min_length=1)]
    effective_from: date | None = None
    confirmed_by: str | None = None
    confirmed_on: date | None = None


class Levels(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Percentages of an allowance at which the subscriber is told, ascending."""

    value: Annotated[tuple[Percent, ...], Meta(min_length=1, max_length=10)]


class Hours(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span in hours."""

    value: Annotated[int, Meta(ge=1, le=24 * 30)]


class RegimeFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A regime as its TOML file has it."""

    version: Annotated[int, Meta(ge=1)]
    countries: tuple[Country, ...] = ()
    near_limit_percents: Levels | None = None
    notice_within_hours: Hours | None = None


class Regime(Struct, frozen=True, kw_only=True):
    """The rules that hold for a subscriber, complete."""

    name: str
    version: int
    countries: tuple[str, ...]
    near_limit_percents: tuple[int, ...]
    notice_within_ms: int
    """How long after its period's end a record still raises levels."""
    expiry_reminder_ms: int = 24 * MS_PER_HOUR


class Regimes:
    """All regimes, found by country."""

    def __init__(self, regimes: Iterable[Regime]) -> None:
        self.all = tuple(regimes)
        self._default = next(regime for regime in self.all if regime.name == DEFAULT)
        self._by_country = {country: regime for regime in self.all for country in regime.countries}

    def of(self, country: str) -> Regime:
        """Return the regime of an ISO 3166 country: its own or the default."""
        return self._by_country.get(country, self._default)


def read(texts: Mapping[str, str]) -> Regimes:
    """Return the regimes that TOML texts hold, by their names (``AU`` → the text of ``AU.toml``).

    Raises: ConfigError with every mistake of every file.
    """
    mistakes: list[str] = []
    read_files: dict[str, RegimeFile] = {}
    for name, text in sorted(texts.items()):
        try:
            read_files[name] = msgspec.convert(tomllib.loads(text), RegimeFile)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            mistakes.append(f"regime {name}: {error}")
    mistakes += _mistakes_between(read_files)
    if mistakes:
        raise ConfigError(mistakes)
    return Regimes(_complete(name, file, read_files[DEFAULT]) for name, file in read_files.items())


@cache
def shipped() -> Regimes:
    """Return the regimes that come with this release."""
    folder = files(__name__)
    return read(
        {
            entry.name.removesuffix(".toml"): entry.read_text("utf-8")
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        }
    )


def _mistakes_between(regimes: Mapping[str, RegimeFile]) -> list[str]:
    """Return what is wrong with files that are right each by itself."""
    mistakes = [
        f"regime {name}: near_limit_percents must ascend"
        for name, file in regimes.items()
        if file.near_limit_percents is not None
        and list(file.near_limit_percents.value) != sorted(set(file.near_limit_percents.value))
    ]
    owners: dict[str, str] = {}
    for name, file in regimes.items():
        for country in file.countries:
            if country in owners:
                mistakes.append(f"country {country} is in two regimes: {owners[country]} and {name}")
            owners[country] = name
    default = regimes.get(DEFAULT)
    if default is None or default.near_limit_percents is None or default.notice_within_hours is None:
        mistakes.append("regime default: is missing or does not give every value")
    return mistakes


def _complete(name: str, file: RegimeFile, default: RegimeFile) -> Regime:
    """Return the file's regime with the default's values where it gives none."""
    levels = file.near_limit_percents or default.near_limit_percents
    hours = file.notice_within_hours or default.notice_within_hours
    if levels is None or hours is None:
        raise ConfigError([f"regime {name}: the default does not give every value"])
    return Regime(
        name=name,
        version=file.version,
        countries=file.countries,
        near_limit_percents=levels.value,
        notice_within_ms=hours.value * MS_PER_HOUR,
    )
