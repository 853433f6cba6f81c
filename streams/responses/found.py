"""What the responses respond to."""

from collections.abc import Callable

from msgspec import Struct, field

from schemas.found import Signal
from schemas.plans import Addon, Plan
from schemas.profile import Profile
from schemas.signals import UsageSignal
from streams.calculator.question import Question
from streams.regimes import Regime
from streams.regimes.care import Care
from streams.regimes.operators import Operators, shipped_operators
from streams.responses.standing import NO_FACTS, Facts


def nobody_asks() -> None:
    """Return no question for the calculator."""


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
    care: Care
    """The rules of care."""
    facts: Facts = NO_FACTS
    operators: Operators = field(default_factory=shipped_operators)
    """Whom no text names."""
    ask: Callable[[], Question | None] = nobody_asks
    """Returns the subscriber's question for the calculator, None where there is nothing to compare. Gathered
    when it is called: most of what is found needs none."""

    def __post_init__(self) -> None:
        """Refuse what no record can raise.

        Raises: ValueError.
        """
        if not self.signals:
            raise ValueError("found nothing")
        if self.plan is None and any(isinstance(signal, UsageSignal) for signal in self.signals):
            raise ValueError("usage signals come from a plan")
