"""What the responses respond to."""

from msgspec import Struct

from schemas.found import Signal
from schemas.plans import Addon, Plan
from schemas.profile import Profile
from schemas.signals import UsageSignal
from streams.regimes import Regime


class Found(Struct, frozen=True, kw_only=True):
    """What one record (or a change of profile or plan) raised for one subscriber."""

    signals: tuple[Signal, ...]
    """In the order raised; never empty."""
    profile: Profile
    plan: Plan | None
    """Of the usage signals' period; None only where there are none."""
    addons: tuple[Addon, ...]
    """All of the catalogue, in any order."""
    regime: Regime
    clock_ms: int
    """The partition's clock: when it is decided."""

    def __post_init__(self) -> None:
        """Refuse what no record can raise.

        Raises: ValueError.
        """
        if not self.signals:
            raise ValueError("found nothing")
        if self.plan is None and any(isinstance(signal, UsageSignal) for signal in self.signals):
            raise ValueError("usage signals come from a plan")
