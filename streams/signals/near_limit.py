"""``near_limit``: used has reached a level of the allowance that the regime wants to be told of.

Inclusive, in whole numbers, lowest level first. A plan that goes on slowly has no 100 percent level: that is
``throttled``. An allowance of nothing has no levels, an unlimited one neither.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.signals import NearLimit
from streams.regimes import Regime
from streams.signals.change import Change, Truth, UsageChange

KIND: Final = "near_limit"
WHOLE: Final = 100


def mark(level: int) -> str:
    """Return what is remembered once a level is raised."""
    return f"{KIND}/{level}"


def next_level(used: int, amount: int, percents: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the lowest level that is not reached, and the quantity that is missing; None if all are."""
    for level in percents:
        if used * 100 < level * amount:
            return level, -(-level * amount // 100) - used
    return None


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield each level that is reached."""
    if not isinstance(change, UsageChange) or not change.amount:
        return
    used, amount = change.usage.used, change.amount
    for level in regime.near_limit_percents:
        if used * 100 < level * amount:
            return
        if level == WHOLE and change.allowance.beyond.action == "throttle":
            yield mark(level), None  # one that was raised under another plan stays true
            continue
        yield mark(level), partial(change.signal, NearLimit, level, regime=regime, level=level)
