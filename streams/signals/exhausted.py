"""``exhausted``: the allowance is used and the plan stops until something is bought or the period ends."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.signals import Exhausted
from streams.regimes import Regime
from streams.signals.change import Change, Truth, UsageChange

KIND: Final = "exhausted"
ACTIONS: Final = ("block", "pay_to_restore")


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield it when the allowance is used up."""
    if not isinstance(change, UsageChange) or change.allowance.beyond.action not in ACTIONS:
        return
    if change.is_used_up():
        action = change.allowance.beyond.action
        yield KIND, partial(change.signal, Exhausted, regime=regime, action=action)
