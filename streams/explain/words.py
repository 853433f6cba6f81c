"""What a sentence about an output needs besides it: units, local time, and what was said before."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from schemas.fields import Money
from schemas.signals import Unit
from schemas.times import parse_instant
from streams.core.catalog import Catalog
from streams.responses import spoken


class Raised(NamedTuple):
    """What an earlier signal said, for whoever takes it back."""

    label: str
    line: int


class Words(Struct, frozen=True, kw_only=True):
    """What a sentence needs besides the output."""

    catalog: Catalog
    time_zone: str
    unit_base: int
    """Of the subscriber's plan, where the output names none."""
    raised: Mapping[str, Raised]
    """Earlier signals by their ids."""

    def amount(self, quantity: int, unit: Unit, plan_id: str | None = None) -> str:
        """Return a quantity in the units of a plan."""
        plan = None if plan_id is None else self.catalog.plan(plan_id)
        base = self.unit_base if plan is None else plan.unit_base
        return spoken.amount(quantity, unit, unit_base=base, language="en")

    def moment(self, instant: str) -> str:
        """Return local date and time."""
        return spoken.moment(parse_instant(instant), time_zone=self.time_zone, language="en")


def price(money: Money | None) -> str:
    """Return an amount of money, never rounded."""
    return "nothing" if money is None else spoken.price(money.amount, money.currency, "en")
