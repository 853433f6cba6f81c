"""``throttled``: the allowance is used and the plan goes on slowly. Never an overage, never a charge."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.signals import Throttled
from streams.regimes import Regime
from streams.signals.change import Change, Truth, UsageChange

KIND: Final = "throttled"


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield it when the allowance is used up."""
    if not isinstance(change, UsageChange) or change.allowance.beyond.action != "throttle":
        return
    if change.is_used_up():
        to_kbps = change.allowance.beyond.to_kbps
        yield KIND, partial(change.signal, Throttled, regime=regime, to_kbps=to_kbps)
