"""``usage_spike``: far more was used in a day than is usual. One a bucket and UTC day."""

from collections.abc import Iterator
from typing import Final

from schemas.times import MS_PER_DAY, format_instant
from schemas.window_signals import UsageSpike
from streams.core.counting import unit_of
from streams.regimes import Regime
from streams.signals.window_change import SpikeChange, WindowChange

KIND: Final = "usage_spike"
_DATE_LENGTH: Final = len("2026-11-01")


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, UsageSpike]]:
    """Yield (mark, signal) when a day's usage is a spike; that it is one a day is in the adding up."""
    if isinstance(change, SpikeChange):
        day = format_instant(change.spiked.day * MS_PER_DAY)[:_DATE_LENGTH]
        yield (
            KIND,
            change.cause.signal(
                UsageSpike,
                change.bucket,
                day,
                regime=regime,
                plan_version=None,
                bucket=change.bucket,
                last_24h=change.spiked.last,
                mean_day=change.spiked.mean_day,
                unit=unit_of(change.bucket),
            ),
        )
