"""``exhausted``: the allowance is used and the plan stops until something is bought or the period ends."""

from collections.abc import Iterator
from typing import Final

from schemas.signals import Exhausted
from streams.regimes import Regime
from streams.signals.change import Change, UsageChange

KIND: Final = "exhausted"
ACTIONS: Final = ("block", "pay_to_restore")


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, Exhausted]]:
    """Yield (mark, signal) when the allowance is used up and that is not yet raised."""
    if not isinstance(change, UsageChange) or change.allowance.beyond.action not in ACTIONS:
        return
    if change.is_used_up() and not change.is_raised(KIND):
        yield KIND, change.signal(Exhausted, regime=regime, action=change.allowance.beyond.action)
