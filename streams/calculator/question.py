"""What the calculator is asked: what was used, what holds now, what is sold."""

from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.fields import Bucket
from schemas.plans import Addon, Plan
from streams.calculator.use import MonthUse

MONTHS: Final = 3
"""The newest closed billing periods that are looked at."""


class Leaving(Struct, frozen=True, kw_only=True):
    """What it costs to leave the present plan when the next billing period begins."""

    fee: Decimal | None = Decimal(0)
    """Once, in the plan's currency; None: bound, and nobody says in that currency what leaving costs."""
    until: date | None = None
    """The last day of the contract; None where there is none, or no end is known."""


class Left(Struct, frozen=True, kw_only=True):
    """What is bought or carried over and outlasts the open billing period."""

    bucket: Bucket
    amount: int
    expires_ms: int
    fits: tuple[str, ...] | None
    """The plans that its add-on fits, empty for every plan; None: the catalogue does not know the add-on."""


class Question(Struct, frozen=True, kw_only=True):
    """One subscriber's question. Age, language and tier are no part of it: use decides."""

    plan: Plan
    """In force now."""
    months: tuple[MonthUse, ...]
    """The newest closed billing periods, ascending, at most `MONTHS`."""
    plans: tuple[Plan, ...]
    """All that are still sold, in any order; closed ones are passed over."""
    addons: tuple[Addon, ...]
    is_content: bool = True
    """With a plan that slows down: nothing was bought and nobody has asked for more."""
    leaving: Leaving = Leaving()
    left: tuple[Left, ...] = ()
    changes_ms: int = 0
    """When another plan would begin: the start of the next billing period."""
    household_lines: int = 1
    """Lines that could share a family plan, this one included."""
    group_lines: int = 0
    """Lines that share the plan now; 0: it is one line's own."""
    so_far: MonthUse | None = None
    """The open billing period: to be shown, not judged by."""

    def __post_init__(self) -> None:
        """Refuse to judge by nothing, or by more than was asked for.

        Raises: ValueError.
        """
        if not 1 <= len(self.months) <= MONTHS:
            raise ValueError(f"one to {MONTHS} closed billing periods are looked at")
