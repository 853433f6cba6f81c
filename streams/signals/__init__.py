"""What is found in the usage of a subscriber: one file a kind of signal. Pure.

A kind is a module with ``KIND`` and ``detect(change, regime)``, which yields (mark, signal) for whatever is
true and not yet raised, and changes nothing. The mark is what the caller remembers once the signal is out.
"""

from collections.abc import Iterator
from typing import Final

from schemas.signals import Signal
from streams.core.subscriber import Usage
from streams.regimes import Regime
from streams.signals import exhausted, near_limit, overage, port_query, port_request, throttled
from streams.signals.change import Change

DETECTORS: Final = (
    near_limit.detect,
    overage.detect,
    throttled.detect,
    exhausted.detect,
    port_query.detect,
    port_request.detect,
)
"""In the order in which signals of one record are told (WIRE.md, Outputs)."""


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, Signal]]:
    """Yield what every detector finds, in order."""
    for detector in DETECTORS:
        yield from detector(change, regime)


def is_quiet(usage: Usage, regime: Regime) -> bool:
    """Return whether used is below the lowest level, where no detector of usage has anything to say.

    Most records end here: without it the detectors cost more than the counting.
    """
    amount = usage.allowance
    return amount is None or (amount > 0 and usage.used * 100 < regime.near_limit_percents[0] * amount)
