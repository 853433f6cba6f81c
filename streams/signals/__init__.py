"""What is found in the usage of a subscriber: one file a kind of signal. Pure.

A kind is a module with ``KIND`` and ``detect(change, regime)``, which yields (mark, make) for whatever is
true, said already or not, and changes nothing. What of it is said is decided in one place, `raising`.
"""

from collections.abc import Iterator
from typing import Final

from schemas.found import Signal
from streams.core.usage import Usage
from streams.regimes import Regime
from streams.signals import (
    exhausted,
    near_limit,
    overage,
    port_fraud_suspect,
    port_query,
    port_request,
    throttled,
)
from streams.signals.change import Change, Truth, UsageChange
from streams.signals.raising import raised
from streams.signals.window_change import BillChange, SegmentChange, WindowChange
from streams.signals.windowed import detect_windowed

DETECTORS: Final = (
    near_limit.detect,
    overage.detect,
    throttled.detect,
    exhausted.detect,
    port_query.detect,
    port_request.detect,
    port_fraud_suspect.detect,
)
"""In the order in which signals of one record are told (WIRE.md, Outputs)."""


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield what every detector finds, in order."""
    for detector in DETECTORS:
        yield from detector(change, regime)


def say(change: Change, regime: Regime) -> list[Signal]:
    """Return what is said of a change, and remember what may not be said twice."""
    # A list: no mark may be set while detectors are still looking.
    found = list(detect(change, regime))
    if isinstance(change, UsageChange):
        return list(raised(change, found, regime))
    return [make() for _, make in found if make is not None]


def say_window(change: WindowChange, regime: Regime) -> list[Signal]:
    """Return what is said of what was found over a span of time, and remember what may not be said twice."""
    found = list(detect_windowed(change, regime))
    if isinstance(change, SegmentChange | BillChange):
        change.keeper.raised += tuple(mark for mark, _ in found)
    return [signal for _, signal in found]


def is_quiet(usage: Usage, regime: Regime) -> bool:
    """Return whether used is below the lowest level and nothing was raised: no detector has anything to say.

    Most records end here: without it the detectors cost more than the counting.
    """
    if usage.raised:
        return False
    amount = usage.allowance
    return amount is None or (amount > 0 and usage.total * 100 < regime.near_limit_percents[0] * amount)
