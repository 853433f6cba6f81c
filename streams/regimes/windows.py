"""What is looked for in windows of time, as data: ``windows.toml``, each rule with its source.

A person changes lengths, counts and amounts there without code.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields

from schemas.errors import ConfigError
from schemas.events import Event, EventRecord
from streams.regimes.window_rules import (
    WINDOW_HOURS,
    BasicRule,
    BillWarningRule,
    DroppedCallsRule,
    ForecastRule,
    IntentRule,
    PanicRule,
    ShockRule,
    SpikeRule,
    VoiceRule,
)

INTENT_COUNT_MAX: Final = 16
"""Rules of intents: for each a subscriber's state may hold the times of events."""

AnyStruct = TypeVar("AnyStruct", bound=Struct)
_EVENTS: Final = {kind.__struct_config__.tag: kind for kind in get_args(EventRecord)}


class Windows(Struct, frozen=True, kw_only=True):
    """All rules of windows. Each field is a table of the file."""

    version: Annotated[int, Meta(ge=1)]
    intents: tuple[IntentRule, ...] = ()
    """At most `INTENT_COUNT_MAX`."""
    dropped_calls: DroppedCallsRule
    usage_spike: SpikeRule
    bill_shock: ShockRule
    data_panic: PanicRule
    voice_heavy: VoiceRule
    basic: BasicRule
    forecast: ForecastRule
    bill_warning: BillWarningRule

    def intents_of(self, event: Event) -> list[IntentRule]:
        """Return the rules under which an event counts, in the file's order."""
        return [rule for rule in self.intents if rule.matches(event)]


@cache
def shipped_windows() -> Windows:
    """Return the rules that come with this release."""
    return read_windows(files("streams.regimes").joinpath("windows.toml").read_text("utf-8"))


def read_windows(text: str) -> Windows:
    """Return the rules that a TOML text holds.

    Raises: ConfigError with every mistake.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"windows: {error}"]) from error
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    for field in fields(Windows):
        if field.name == "intents":
            values["intents"] = _read_intents(tables.pop("intents", []), mistakes)
        elif field.name not in tables:
            mistakes.append(f"windows: {field.name} is missing")
        elif field.name == "version":
            values["version"] = _read_value(tables.pop("version"), field.type, "version", mistakes)
        else:
            values[field.name] = _read_table(tables.pop(field.name), field.type, field.name, mistakes)
    mistakes += [f"windows: {name} is no rule" for name in tables]
    if not mistakes:
        windows = Windows(**values)
        mistakes = list(_mistakes_between(windows))
    if mistakes:
        raise ConfigError(mistakes)
    return windows


def _read_intents(tables: object, mistakes: list[str]) -> tuple[IntentRule, ...]:
    if not isinstance(tables, list) or len(tables) > INTENT_COUNT_MAX:
        mistakes.append(f"windows: intents is a list of at most {INTENT_COUNT_MAX} tables")
        return ()
    read = (_read_table(table, IntentRule, f"intents[{n}]", mistakes) for n, table in enumerate(tables))
    return tuple(rule for rule in read if rule is not None)


def _read_table(table: object, kind: type[AnyStruct], where: str, mistakes: list[str]) -> AnyStruct | None:
    """Return one rule; None if anything in it is wrong, and each such thing is added to ``mistakes``."""
    if not isinstance(table, Mapping):
        mistakes.append(f"windows: {where} is no table")
        return None
    count = len(mistakes)
    known = {field.name: field for field in fields(kind)}
    mistakes += [f"windows: {where}.{name} is unknown" for name in table if name not in known]
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in table:
            values[name] = _read_value(table[name], field.type, f"{where}.{name}", mistakes)
        elif field.required:
            mistakes.append(f"windows: {where}.{name} is missing")
    return kind(**values) if len(mistakes) == count else None


def _read_value(value: object, kind: Any, where: str, mistakes: list[str]) -> object:  # noqa: ANN401 - any type
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        mistakes.append(f"windows: {where}: {error}")
        return None


def _mistakes_between(windows: Windows) -> Iterator[str]:
    """Yield what is wrong with values that are right each by itself."""
    names = [rule.rule for rule in (*windows.intents, windows.dropped_calls)]
    yield from (
        f"windows: two rules are called {name}" for name in dict.fromkeys(names) if names.count(name) > 1
    )
    for rule in windows.intents:
        yield from _mistakes_of_event(rule)
    spike = windows.usage_spike
    if spike.hours + spike.mean_hours > WINDOW_HOURS:
        yield f"windows: usage_spike.hours and mean_hours are more than {WINDOW_HOURS} together"
    percents = list(windows.bill_warning.percents)
    if percents != sorted(set(percents)):
        yield "windows: bill_warning.percents must ascend"


def _mistakes_of_event(rule: IntentRule) -> Iterator[str]:
    """Yield why no event would ever count: a misspelt page must not be waited for in silence."""
    kind = _EVENTS.get(rule.event)
    if kind is None:
        yield f"windows: {rule.rule}: there is no event {rule.event}"
        return
    known = {field.name: field.type for field in fields(kind)}
    for name, value in rule.where.items():
        if name not in known:
            yield f"windows: {rule.rule}: {rule.event} has no field {name}"
            continue
        mistakes: list[str] = []
        _read_value(value, known[name], f"{rule.rule}.where.{name}", mistakes)
        yield from mistakes
