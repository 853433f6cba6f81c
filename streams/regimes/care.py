"""The rules of ``care.toml``, read once at start and found by what they wait for."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.errors import ConfigError
from streams.regimes.care_rules import RULE_COUNT_MAX, CareRule
from streams.regimes.tables import Reading

FILE: Final = "care.toml"
Version = Annotated[int, Meta(ge=1)]


class Care(Struct, frozen=True, kw_only=True):
    """All rules of care, in the order of the file. Each is in one of the groups."""

    version: int
    rules: tuple[CareRule, ...]
    by_event: dict[str, tuple[CareRule, ...]]
    by_unless: dict[str, tuple[CareRule, ...]]
    """Of those of events the ones that another event takes back, by that one."""
    by_signal: dict[str, tuple[CareRule, ...]]
    of_profiles: tuple[CareRule, ...]
    """Those that look at a changed profile."""
    of_calendar: tuple[CareRule, ...]
    of_used: tuple[CareRule, ...]
    """Of these those that are about a bucket of which much is used."""
    of_services: tuple[CareRule, ...]
    """Those that wait for what does not happen."""

    def named(self, rule: str) -> CareRule | None:
        """Return a rule by its name; None if the file has it no more."""
        return next((one for one in self.rules if one.rule == rule), None)


@cache
def shipped_care() -> Care:
    """Return the rules that come with this release."""
    return read_care(files("streams.regimes").joinpath(FILE).read_text("utf-8"))


def read_care(text: str) -> Care:
    """Return the rules that a TOML text holds.

    Raises: ConfigError with every mistake.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"care: {error}"]) from error
    reading = Reading("care")
    version = reading.value(tables.pop("version", None), Version, "version")
    rules = reading.tables(tables.pop("rules", []), CareRule, "rules", most=RULE_COUNT_MAX)
    for name in tables:
        reading.fault(f"{name} is unknown")
    reading.names(rule.rule for rule in rules)
    for rule in rules:
        _check_events(reading, rule)
    if reading.mistakes or not isinstance(version, int):
        raise ConfigError(reading.mistakes)
    return Care(
        version=version,
        rules=rules,
        by_event=_grouped((rule.when.event, rule) for rule in rules),
        by_unless=_grouped((rule.when.unless, rule) for rule in rules),
        by_signal=_grouped((rule.when.signal, rule) for rule in rules),
        of_profiles=tuple(rule for rule in rules if rule.when.status or rule.when.plan_changed),
        of_calendar=tuple(rule for rule in rules if rule.when.is_calendar),
        of_used=tuple(rule for rule in rules if rule.when.is_calendar and rule.only.used),
        of_services=tuple(rule for rule in rules if rule.when.unused),
    )


def _check_events(reading: Reading, rule: CareRule) -> None:
    """Note which of a rule's events and fields do not exist."""
    when = rule.when
    if when.event is None:
        return
    reading.event(when.event, when.where, rule.rule)
    if when.where_not:
        reading.event(when.event, when.where_not, rule.rule)
    if when.unless is not None:
        reading.event(when.unless, when.where, rule.rule)
    if when.same is not None and when.same not in rule.facts():
        reading.fault(f"{rule.rule}: {when.event} has no field {when.same}")


def _grouped(pairs: Iterable[tuple[str | None, CareRule]]) -> dict[str, tuple[CareRule, ...]]:
    """Return the rules by what they wait for, each group in the order of the file."""
    groups: dict[str, tuple[CareRule, ...]] = {}
    for name, rule in pairs:
        if name is not None:
            groups[name] = (*groups.get(name, ()), rule)
    return groups
