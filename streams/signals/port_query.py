"""``port_query``: the subscriber asked about leaving with the number. Each question is told."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.events import PortQueried
from schemas.signals import PortQuery
from streams.regimes import Regime
from streams.signals.change import Change, PortChange, Truth

KIND: Final = "port_query"


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield each query."""
    if isinstance(change, PortChange) and isinstance(change.event, PortQueried):
        channel = change.event.channel
        yield (
            KIND,
            partial(change.signal, PortQuery, regime=regime, channel=channel, raised_by=None, port_ref=None),
        )
