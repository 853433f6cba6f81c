"""``port_query``: the subscriber asked about leaving with the number. Each question is told."""

from collections.abc import Iterator
from typing import Final

from schemas.events import PortQueried
from schemas.signals import PortQuery
from streams.regimes import Regime
from streams.signals.change import Change, PortChange

KIND: Final = "port_query"


def detect(change: Change, regime: Regime) -> Iterator[tuple[str, PortQuery]]:
    """Yield (mark, signal) for a query."""
    if isinstance(change, PortChange) and isinstance(change.event, PortQueried):
        event = change.event
        yield (
            KIND,
            change.cause.signal(
                PortQuery,
                event.source,
                event.event_id,
                regime=regime,
                plan_version=None,
                channel=event.channel,
                form=event.form,
                raised_by=None,
                port_ref=None,
                queries_30d=change.queries_30d,
                risk=(),
            ),
        )
