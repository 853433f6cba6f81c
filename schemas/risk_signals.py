"""What speaks for it that a subscriber leaves: ``churn_risk``."""

from typing import ClassVar, Literal

from schemas.signals import PortRoot, RiskReason
from schemas.topics import PORT_SIGNALS
from schemas.window_signals import WindowSignal

ActionTier = Literal["at_risk", "high_value", "potential", "standard"]
"""What is done: who is at risk is asked why before anything else."""
ValueTier = Literal["high_value", "potential", "standard"]
"""By whom and on which channel: what it is and what it costs is the same for all."""


class ChurnRisk(WindowSignal, frozen=True, kw_only=True, tag_field="type", tag="churn_risk"):
    """Enough speaks for it that the subscriber is about to leave.

    It is on ``signals``; with anything about porting among its reasons on ``port-signals`` instead, for sales
    must not learn of that.
    """

    reasons: tuple[RiskReason, ...]
    """All that hold, in the order of the closed list."""
    score: int
    """Sum of their weights."""
    tier: ActionTier
    value: ValueTier
    services: tuple[str, ...]
    """Value-added services that are not used, of ``vas_unused``."""
    roots: tuple[PortRoot, ...]
    """What the reasons have to do with porting; empty on ``signals``."""

    PORT_TOPIC: ClassVar[str] = PORT_SIGNALS

    def topic(self) -> str:
        """Return where it is written."""
        return self.PORT_TOPIC if self.roots else self.TOPIC
