"""``throttled``: the allowance is used and the plan goes on slowly. Never an overage, never a charge."""

from collections.abc import Iterator
from typing import Final

from schemas.signals import Throttled
from streams.regimes import Regime
from streams.signals.change import Change, UsageChange

KIND: Final = "throttled"


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, Throttled]]:
    """Yield (mark, signal) when the allowance is used up and that is not yet raised."""
    if not isinstance(change, UsageChange) or change.allowance.beyond.action != "throttle":
        return
    if change.is_used_up() and not change.is_raised(KIND):
        yield KIND, change.signal(Throttled, regime=regime, to_kbps=change.allowance.beyond.to_kbps)
