"""``intent``: the subscriber looks, or asks, for something often enough to mean it."""

from collections.abc import Iterator
from typing import Final

from schemas.window_signals import Intent
from streams.regimes import Regime
from streams.regimes.window_rules import IntentRule
from streams.signals.window_change import CountChange, WindowChange

KIND: Final = "intent"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, Intent]]:
    """Yield (mark, signal) when a rule of intents has counted enough; its cool-down is in the counting."""
    if isinstance(change, CountChange) and isinstance(change.rule, IntentRule):
        name = change.rule.rule
        yield (
            KIND,
            change.cause.signal(
                Intent,
                name,
                change.source,
                change.cause.record_id,
                regime=regime,
                plan_version=None,
                intent=change.rule.intent,
                rule=name,
                count=change.reached.count,
                window_hours=change.reached.hours,
            ),
        )
