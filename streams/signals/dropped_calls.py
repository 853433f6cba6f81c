"""``dropped_calls``: calls of the subscriber are cut off again and again."""

from collections.abc import Iterator
from typing import Final

from schemas.window_signals import DroppedCalls
from streams.regimes import Regime
from streams.regimes.window_rules import DroppedCallsRule
from streams.signals.window_change import CountChange, WindowChange

KIND: Final = "dropped_calls"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, DroppedCalls]]:
    """Yield (mark, signal) when enough calls were dropped; the cool-down is in the counting."""
    if isinstance(change, CountChange) and isinstance(change.rule, DroppedCallsRule):
        yield (
            KIND,
            change.cause.signal(
                DroppedCalls,
                change.rule.rule,
                change.source,
                change.cause.record_id,
                regime=regime,
                plan_version=None,
                count=change.reached.count,
                window_hours=change.reached.hours,
            ),
        )
