"""``port_request``: porting out was asked for, by the customer or by the gaining operator."""

from collections.abc import Iterator
from typing import Final

from schemas.events import PortRequested
from schemas.signals import PortRequest
from streams.regimes import Regime
from streams.signals.change import Change, PortChange

KIND: Final = "port_request"


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, PortRequest]]:
    """Yield (mark, signal) for a request."""
    if isinstance(change, PortChange) and isinstance(change.event, PortRequested):
        event = change.event
        yield (
            KIND,
            change.cause.signal(
                PortRequest,
                event.source,
                event.event_id,
                regime=regime,
                plan_version=None,
                channel=None,
                form=event.form,
                raised_by=event.raised_by,
                port_ref=event.port_ref,
                queries_30d=change.queries_30d,
                risk=(),
            ),
        )
