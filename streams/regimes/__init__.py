"""What the law of a jurisdiction asks, as data: one TOML file a regime, each value with its source.

A person who knows better corrects a file without code, and puts a name and a date to it (``confirmed_by``,
``confirmed_on``). A regime names its countries; ``default.toml`` names none and holds for all others. A value
that a regime does not give is the default's. Rules that nothing here acts on stand in the file as such.
"""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.fields import Bucket
from schemas.times import MS_PER_HOUR
from streams.regimes.contact import ContactRules
from streams.regimes.contact import complete as complete_contact
from streams.regimes.file import BucketSteps, DefaultFile, RegimeFile, Scope
from streams.regimes.mistakes import mistakes_in
from streams.regimes.porting_rules import PortingRules
from streams.regimes.porting_rules import complete as complete_porting

DEFAULT: Final = "default"
SUFFIX: Final = ".toml"
NOT_REGIMES: Final = frozenset({"windows.toml", "care.toml", "operators.toml"})
"""Files of the folder that hold something else."""


class OverageSteps(Struct, frozen=True, kw_only=True):
    """When overage of one bucket is said again: at amounts of money, or every so many units beyond."""

    bucket: Bucket
    money: tuple[Decimal, ...] = ()
    """Amounts of the bucket's charge in ``currency``, ascending; step *k* is the *k*-th. Empty: by units."""
    currency: str | None = None
    every: int | None = None
    """Step *k* is *k* times so many units over. None: by money."""
    count_max: int | None = None
    """How many steps by units a billing period has."""
    scope: Scope = "subscriber"
    needs_consent: bool = False
    only_without_allowance: bool = False
    """Holds only where the plan's own allowance of the bucket is 0."""


class Regime(Struct, frozen=True, kw_only=True):
    """The rules that hold for a subscriber, complete."""

    name: str
    version: int
    countries: tuple[str, ...]
    near_limit_percents: tuple[int, ...]
    notice_within_ms: int
    """How long after its period's end a record still raises levels."""
    overage_steps: tuple[OverageSteps, ...]
    expiry_reminder_ms: int
    """How long before an add-on expires its subscriber is told."""
    bill_limit_percents: tuple[int, ...]
    """Levels of a limit that the subscriber has set on the bill."""
    contact: ContactRules
    """When and how often a subscriber may be written to for our own sake."""
    porting: PortingRules
    file: RegimeFile
    """What the regime's own file says, with the sources."""

    def steps_of(self, bucket: str) -> OverageSteps | None:
        """Return the bucket's steps, None if it has none."""
        # At most one entry a bucket and hardly ever more than two: a walk is no slower than a table.
        for steps in self.overage_steps:
            if steps.bucket == bucket:
                return steps
        return None


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
        kind = DefaultFile if name == DEFAULT else RegimeFile
        try:
            raw = tomllib.loads(text)
        except ValueError as error:
            mistakes.append(f"regime {name}: {error}")
            continue
        if found := [f"regime {name}: {mistake}" for mistake in mistakes_in(raw, kind)]:
            mistakes += found
        else:
            read_files[name] = msgspec.convert(raw, kind)
    mistakes += _mistakes_between(read_files)
    if DEFAULT not in texts:
        mistakes.append(f"regime {DEFAULT}: is missing")
    default = read_files.get(DEFAULT)
    if mistakes or not isinstance(default, DefaultFile):
        raise ConfigError(mistakes)
    return Regimes(_complete(name, file, default) for name, file in read_files.items())


def shipped_texts() -> dict[str, str]:
    """Return the text of every TOML file that comes with this release, by file name; `NOT_REGIMES` too."""
    return {
        entry.name: entry.read_text("utf-8")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(SUFFIX)
    }


def regime_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return what `read` takes, of texts by file name."""
    return {name.removesuffix(SUFFIX): text for name, text in texts.items() if name not in NOT_REGIMES}


@cache
def shipped() -> Regimes:
    """Return the regimes that come with this release."""
    return read(regime_texts(shipped_texts()))


def _mistakes_between(regimes: Mapping[str, RegimeFile]) -> list[str]:
    """Return what is wrong with files that are right each by itself."""
    mistakes: list[str] = []
    owners: dict[str, str] = {}
    for name, file in regimes.items():
        if not file.countries and name != DEFAULT:
            mistakes.append(f"regime {name}: names no country, so it would hold for nobody")
        for country in file.countries:
            if country in owners:
                mistakes.append(f"country {country} is in two regimes: {owners[country]} and {name}")
            owners[country] = name
    return mistakes


def _complete(name: str, file: RegimeFile, default: DefaultFile) -> Regime:
    """Return the file's regime with the default's values where it gives none."""
    notice_within = file.notice_within_hours or default.notice_within_hours
    overage_steps = file.overage_steps or default.overage_steps
    expiry_reminder = file.expiry_reminder_hours or default.expiry_reminder_hours
    return Regime(
        name=name,
        version=file.version,
        countries=file.countries,
        near_limit_percents=(file.near_limit_percents or default.near_limit_percents).value,
        notice_within_ms=notice_within.value * MS_PER_HOUR,
        overage_steps=tuple(map(_steps, overage_steps.value)),
        expiry_reminder_ms=expiry_reminder.value * MS_PER_HOUR,
        bill_limit_percents=(file.bill_limit_percents or default.bill_limit_percents).value,
        contact=complete_contact(file.contact, default.contact),
        porting=complete_porting(file.porting, default.porting),
        file=file,
    )


def _steps(steps: BucketSteps) -> OverageSteps:
    """Return the steps with their amounts as numbers."""
    return OverageSteps(
        bucket=steps.bucket,
        money=tuple(Decimal(amount) for amount in steps.money or ()),
        currency=steps.currency,
        every=steps.every,
        count_max=steps.count_max,
        scope=steps.scope,
        needs_consent=steps.needs_consent,
        only_without_allowance=steps.only_without_allowance,
    )
