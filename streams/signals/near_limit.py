"""``near_limit``: used has reached a level of the allowance that the regime wants to be told of.

Inclusive, in whole numbers, lowest level first. A plan that goes on slowly has no 100 percent level: that is
``throttled``. An allowance of nothing has no levels, an unlimited one neither.
"""

from collections.abc import Iterator
from typing import Final

from schemas.signals import NearLimit
from streams.regimes import Regime
from streams.signals.change import Change, UsageChange

KIND: Final = "near_limit"
WHOLE: Final = 100


def mark(level: int) -> str:
    """Return what is remembered once a level is raised."""
    return f"{KIND}/{level}"


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, NearLimit]]:
    """Yield (mark, signal) for each level that is reached and not yet raised."""
    if not isinstance(change, UsageChange) or not change.allowance.amount:
        return
    used, amount = change.usage.used, change.allowance.amount
    for level in regime.near_limit_percents:
        if used * 100 < level * amount:
            return
        if level == WHOLE and change.allowance.beyond.action == "throttle":
            continue
        if not change.is_raised(mark(level)):
            yield mark(level), change.signal(NearLimit, level, regime=regime, level=level)
