"""``expiring``: what is left of an add-on lapses soon. Found by a timer, with no record arriving."""

from collections.abc import Iterator
from typing import Final

from schemas.times import format_instant
from schemas.window_signals import Expiring
from streams.core.counting import unit_of
from streams.regimes import Regime
from streams.signals.window_change import ExpiringChange, WindowChange

KIND: Final = "expiring"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, Expiring]]:
    """Yield (mark, signal) of what is left; a timer fires once."""
    if isinstance(change, ExpiringChange):
        grant = change.grant
        yield (
            KIND,
            change.cause.signal(
                Expiring,
                KIND,
                format_instant(change.cause.at_ms),
                grant.source,
                grant.event_id,
                regime=regime,
                plan_version=None,
                bucket=change.bucket,
                addon_id=grant.addon_id,
                left=change.left,
                unit=unit_of(change.bucket),
                expires_at=format_instant(grant.expires_ms),
            ),
        )
