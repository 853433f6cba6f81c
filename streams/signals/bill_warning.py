"""``bill_warning``: what is owed has reached a level of the credit limit, or of a period's bill limit.

Inclusive, lowest level first. A credit limit of 0 is prepaid and has no levels. A bill limit of 0 is one that
the subscriber has set: the first charge reaches its level of 100 percent.
"""

from collections.abc import Iterator
from typing import Final

from schemas.window_signals import BillWarning
from streams.core.bill import levels_reached
from streams.regimes import Regime
from streams.signals.window_change import BillChange, WindowChange

KIND: Final = "bill_warning"
WHOLE: Final = 100


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, BillWarning]]:
    """Yield (mark, signal) for each level that is reached and not yet told."""
    if not isinstance(change, BillChange):
        return
    for level in _levels(change):
        mark = f"{change.limit}/{level}"
        if mark not in change.keeper.raised:
            yield (
                mark,
                change.cause.signal(
                    BillWarning,
                    change.limit,
                    level,
                    change.generation if change.period is None else change.period,
                    regime=regime,
                    plan_version=None,
                    limit=change.limit,
                    level=level,
                    owed=change.owed,
                    amount=change.amount,
                    generation=change.generation,
                    period=change.period,
                ),
            )


def _levels(change: BillChange) -> tuple[int, ...]:
    owed, limit = change.owed.value(), change.amount.value()
    if change.limit == "bill_limit" and limit == 0 and owed > 0:
        return tuple(level for level in change.percents if level == WHOLE)
    return levels_reached(owed, limit, change.percents)
