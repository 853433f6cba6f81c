"""``port_request``: porting out was asked for, by the customer or by the gaining operator."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.events import PortRequested
from schemas.signals import PortRequest
from streams.regimes import Regime
from streams.signals.change import Change, PortChange, Truth

KIND: Final = "port_request"


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield each request."""
    if isinstance(change, PortChange) and isinstance(change.event, PortRequested):
        raised_by, port_ref = change.event.raised_by, change.event.port_ref
        yield (
            KIND,
            partial(
                change.signal,
                PortRequest,
                regime=regime,
                channel=None,
                raised_by=raised_by,
                port_ref=port_ref,
            ),
        )
