"""What is looked for in windows of time, as data: ``windows.toml``, each rule with its source.

A person changes lengths, counts and amounts there without code.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from msgspec.structs import fields

from schemas.errors import ConfigError
from schemas.events import Event
from streams.regimes.risk_rules import (
    RISK_COUNT_MAX,
    ChurnRule,
    ContractsRule,
    RiskRule,
    TierRule,
    UnreachedRule,
    UnusedRule,
)
from streams.regimes.tables import Reading
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

_LISTS: Final[dict[str, tuple[type[Struct], int]]] = {
    "intents": (IntentRule, INTENT_COUNT_MAX),
    "risks": (RiskRule, RISK_COUNT_MAX),
}
"""Lists of tables, each of what, and how many at most."""


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
    risks: tuple[RiskRule, ...] = ()
    """At most `RISK_COUNT_MAX`, one a reason."""
    vas_unused: UnusedRule
    few_contracts: ContractsRule
    not_reached: UnreachedRule
    churn_risk: ChurnRule
    tiers: TierRule

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
    reading = Reading("windows")
    values: dict[str, Any] = {}
    for field in fields(Windows):
        if field.name in _LISTS:
            kind, most = _LISTS[field.name]
            values[field.name] = reading.tables(tables.pop(field.name, []), kind, field.name, most=most)
        elif field.name not in tables:
            reading.fault(f"{field.name} is missing")
        elif field.name == "version":
            values["version"] = reading.value(tables.pop("version"), field.type, "version")
        else:
            values[field.name] = reading.table(tables.pop(field.name), field.type, field.name)
    for name in tables:
        reading.fault(f"{name} is no rule")
    if not reading.mistakes:
        windows = Windows(**values)
        _check_between(windows, reading)
    if reading.mistakes:
        raise ConfigError(reading.mistakes)
    return windows


def _check_between(windows: Windows, reading: Reading) -> None:
    """Note what is wrong with values that are right each by itself."""
    reading.names(rule.rule for rule in (*windows.intents, windows.dropped_calls))
    for rule in windows.intents:
        reading.event(rule.event, rule.where, rule.rule)
        if rule.event.startswith("port."):
            reading.fault(f"{rule.rule}: an intent is read by sales, who must not learn of {rule.event}")
    _check_risks(windows.risks, reading)
    spike = windows.usage_spike
    if spike.hours + spike.mean_hours > WINDOW_HOURS:
        reading.fault(f"usage_spike.hours and mean_hours are more than {WINDOW_HOURS} together")
    percents = list(windows.bill_warning.percents)
    if percents != sorted(set(percents)):
        reading.fault("bill_warning.percents must ascend")


def _check_risks(risks: tuple[RiskRule, ...], reading: Reading) -> None:
    reasons = [risk.reason for risk in risks]
    for reason in dict.fromkeys(reasons):
        if reasons.count(reason) > 1:
            reading.fault(f"two risks have the reason {reason}")
    for risk in risks:
        if risk.reason in {"vas_unused", "few_contracts", "not_reached"}:
            reading.fault(f"{risk.reason}: has a table of its own")
        for match in (*risk.events, *([] if risk.after is None else [risk.after])):
            reading.event(match.event, match.where, risk.reason)
