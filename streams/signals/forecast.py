"""``forecast``: at the rate of the last seven days the bucket runs out before its period ends."""

from collections.abc import Iterator
from typing import Final

from schemas.signals import Forecast
from schemas.times import format_instant
from streams.core.counting import unit_of
from streams.regimes import Regime
from streams.signals.window_change import ForecastChange, WindowChange

KIND: Final = "forecast"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, Forecast]]:
    """Yield (mark, signal) of a forecast; that it is new is known by who made it."""
    if isinstance(change, ForecastChange):
        yield (
            KIND,
            change.cause.signal(
                Forecast,
                change.bucket,
                change.period.day,
                change.n,
                regime=regime,
                plan_version=change.plan.version,
                bucket=change.bucket,
                period=change.period.day,
                period_ends_at=format_instant(change.period.ends_ms),
                runs_out_at=format_instant(change.forecast.runs_out_ms),
                rate_per_day=change.forecast.rate_per_day,
                used=change.usage.used,
                allowance=change.usage.allowance or 0,
                unit=unit_of(change.bucket),
                plan_id=change.plan.plan_id,
                n=change.n,
                line=change.cause.line,
            ),
        )
