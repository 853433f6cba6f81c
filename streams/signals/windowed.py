"""The detectors of windows and of money, in the order in which the signals of one record are told."""

from collections.abc import Iterator
from typing import Final

from schemas.risk_signals import ChurnRisk
from schemas.signals import Forecast
from schemas.window_signals import WindowSignals
from streams.regimes import Regime
from streams.signals import (
    arrears,
    bill_shock,
    bill_warning,
    churn_risk,
    dropped_calls,
    expiring,
    forecast,
    intent,
    segment,
    usage_spike,
)
from streams.signals.window_change import WindowChange

WINDOW_DETECTORS: Final = (
    forecast.detect,
    segment.detect,
    intent.detect,
    usage_spike.detect,
    bill_shock.detect,
    dropped_calls.detect,
    bill_warning.detect,
    arrears.detect,
    expiring.detect,
    churn_risk.detect,
)


def detect_windowed(
    change: WindowChange, regime: Regime
) -> Iterator[tuple[str, WindowSignals | Forecast | ChurnRisk]]:
    """Yield (mark, signal) for all that the detectors find, in order."""
    for detector in WINDOW_DETECTORS:
        yield from detector(change, regime)
