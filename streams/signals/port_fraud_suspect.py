"""``port_fraud_suspect``: it may be somebody else who asks for the number, or has asked for it."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.signals import PortFraudSuspect
from schemas.times import format_instant
from streams.regimes import Regime
from streams.signals.change import Change, SuspectChange, Truth

KIND: Final = "port_fraud_suspect"


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield each suspicion; which are new is known where they are kept."""
    if isinstance(change, SuspectChange):
        swapped_ms = change.swapped_ms
        yield (
            KIND,
            partial(
                change.cause.signal,
                PortFraudSuspect,
                change.reason,
                change.source,
                change.event_id,
                regime=regime,
                plan_version=None,
                reason=change.reason,
                port_ref=change.port_ref,
                swapped_at=None if swapped_ms is None else format_instant(swapped_ms),
                numbers=change.numbers,
            ),
        )
