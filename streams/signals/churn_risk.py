"""``churn_risk``: enough speaks for it that the subscriber is about to leave.

That is profiling. It is told for our own use whether or not the subscriber has agreed to it: without it
nobody would know whom to leave alone with offers and to ask first. Whatever sells on the strength of it
needs the consent to ``profiling``, which the contact policy looks for; the call that asks for the reason is
care.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.outputs import derive_id
from schemas.risk_signals import ChurnRisk
from streams.regimes import Regime
from streams.signals.window_change import ChurnChange, WindowChange

KIND: Final = "churn_risk"


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, ChurnRisk]]:
    """Yield (mark, signal) of a risk; its cool-down is where the reasons are kept."""
    if isinstance(change, ChurnChange):
        cause = change.cause
        signal = cause.signal(
            ChurnRisk,
            *change.keys,
            regime=regime,
            plan_version=None,
            reasons=change.reasons,
            score=change.score,
            tier="at_risk",
            value=change.value,
            services=change.services,
            roots=change.roots,
        )
        evidence = (*signal.evidence, *change.evidence)
        own_id = derive_id(signal.topic(), KIND, cause.subscriber_id, *change.keys)
        yield KIND, replace(signal, id=own_id, evidence=evidence)
