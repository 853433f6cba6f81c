"""What became of offers: counts that are committed with the partition, by closed sets of words.

Every proposal ends as one of ``made`` and ``suppressed``; what is reported of those made comes on top.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Final

from schemas.fields import MONEY_DIGITS

NOWHERE: Final = "none"
"""The channel of what was not made."""
UP: Final = "up"
DOWN: Final = "down"
_STAGES: Final = "stages"
_REASONS: Final = "reasons"
_STEPS: Final = "steps"


class Funnel:
    """Counts by (kind, channel, stage), of what was suppressed by (kind, reason), and the price steps."""

    def __init__(self) -> None:
        self.stages: Counter[tuple[str, str, str]] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.steps: dict[tuple[str, str, str], Decimal] = {}
        """(kind, currency, up or down) → sum of what offers made would add to the cost of a month."""

    def note(self, kind: str, channel: str, stage: str) -> None:
        """Count an offer that has come as far as a stage."""
        self.stages[kind, channel, stage] += 1

    def suppress(self, kind: str, reasons: Iterable[str]) -> None:
        """Count an offer that was not made, under each reason."""
        self.stages[kind, NOWHERE, "suppressed"] += 1
        for reason in reasons:
            self.reasons[kind, reason] += 1

    def step(self, kind: str, currency: str, delta: Decimal) -> None:
        """Add what an offer that was made would add to the cost of a month."""
        key = (kind, currency, DOWN if delta < 0 else UP)
        with localcontext(prec=MONEY_DIGITS):
            self.steps[key] = self.steps.get(key, Decimal(0)) + abs(delta)

    def sums(self) -> dict[tuple[str, str, str], float]:
        """Return the price steps as a metric has them."""
        return {words: float(amount) for words, amount in self.steps.items()}

    def plain(self) -> dict[str, str]:
        """Return the counts as they are stored."""
        plain = {"/".join((_STAGES, *words)): str(number) for words, number in self.stages.items()}
        plain |= {"/".join((_REASONS, *words)): str(number) for words, number in self.reasons.items()}
        return plain | {"/".join((_STEPS, *words)): str(number) for words, number in self.steps.items()}

    def restore(self, plain: Mapping[str, str]) -> None:
        """Take over stored counts."""
        self.become(Funnel())
        for name, number in plain.items():
            match name.split("/"):
                case [part, kind, channel, stage] if part == _STAGES:
                    self.stages[kind, channel, stage] = int(number)
                case [part, kind, reason] if part == _REASONS:
                    self.reasons[kind, reason] = int(number)
                case [part, kind, currency, direction] if part == _STEPS:
                    self.steps[kind, currency, direction] = Decimal(number)

    def copy(self) -> "Funnel":
        """Return one that does not move with this one."""
        twin = Funnel()
        twin.become(self)
        return twin

    def become(self, other: "Funnel") -> None:
        """Take over the counts of another."""
        self.stages, self.reasons, self.steps = other.stages.copy(), other.reasons.copy(), dict(other.steps)
