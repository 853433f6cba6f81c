"""``bill_shock``: roaming has cost a large part of the plan's price within hours."""

from collections.abc import Iterator
from typing import Final

from schemas.window_signals import BillShock
from streams.regimes import Regime
from streams.signals.window_change import ShockChange, WindowChange

KIND: Final = "bill_shock"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, BillShock]]:
    """Yield (mark, signal) when roaming has cost too much; the cool-down is in the adding up."""
    if isinstance(change, ShockChange):
        yield (
            KIND,
            change.cause.signal(
                BillShock,
                change.rule.rule,
                change.source,
                change.cause.record_id,
                regime=regime,
                plan_version=change.plan_version,
                window_hours=change.rule.hours,
                charge=change.charge,
                plan_price=change.plan_price,
            ),
        )
