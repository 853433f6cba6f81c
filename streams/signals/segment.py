"""``segment``: what kind of user a subscriber is, judged by whole billing periods.

``data_panic`` runs out of data again and again, ``voice_heavy`` talks much, ``basic`` spends little and
steadily. The first two are told in the period as soon as they are true, the third of those that have closed.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from schemas.window_signals import Segment, SegmentName
from streams.core.history import History, Month
from streams.regimes import Regime
from streams.regimes.window_rules import MONTH_COUNT, BasicRule
from streams.regimes.windows import Windows
from streams.signals.window_change import SegmentChange, WindowChange

KIND: Final = "segment"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, Segment]]:
    """Yield (mark, signal) for each segment that is true and not yet told in the period."""
    if not isinstance(change, SegmentChange):
        return
    for name in _true(change):
        if name not in change.keeper.raised:
            yield (
                name,
                change.cause.signal(
                    Segment,
                    name,
                    change.period,
                    regime=regime,
                    plan_version=None,
                    segment=name,
                    period=change.period,
                    partial=len(change.months) < MONTH_COUNT,
                ),
            )


def is_quiet(history: History, windows: Windows, *, talk_s: int = 0) -> bool:
    """Return whether a record in mid-period can have made no segment true: nearly always.

    ``talk_s``: seconds of a call that is not in the history yet.
    """
    return (
        history.talk_s + talk_s < windows.voice_heavy.seconds.least
        and history.episodes < windows.data_panic.episodes.least
    )


def is_basic(months: tuple[Month, ...], rule: BasicRule) -> bool:
    """Return whether each of the newest closed periods is known and stayed under the amount.

    A period that cost anything in another currency cannot be compared, and is not; of one that cost nothing
    nobody has said what it cost.
    """
    newest = months[-rule.months :]
    return len(newest) == rule.months and all(_is_small(month, rule) for month in newest)


def _is_small(month: Month, rule: BasicRule) -> bool:
    amounts = {currency: Decimal(amount) for currency, amount in month.spend.items()}
    own = amounts.pop(rule.currency, None)
    return bool(own) and rule.spend.is_met(own or Decimal(0)) and not any(amounts.values())


def _true(change: SegmentChange) -> Iterator[SegmentName]:
    """Yield the segments that are true, told or not."""
    windows = change.windows
    if windows.data_panic.episodes.is_met(change.keeper.episodes):
        yield "data_panic"
    if windows.voice_heavy.seconds.is_met(change.keeper.talk_s):
        yield "voice_heavy"
    if change.is_first and is_basic(change.months, windows.basic):
        yield "basic"
