"""What roaming has cost in each of the newest hours: a bill grows there faster than anywhere."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct, field

from schemas.fields import MONEY_DIGITS
from schemas.times import MS_PER_HOUR
from streams.core.recent import NEVER_MS
from streams.regimes.window_rules import CHARGE_HOURS, ShockRule

KEPT_HOURS: Final = 2 * CHARGE_HOURS
"""A record that comes up to a day late still finds the day before it."""


class Charges(Struct, array_like=True, gc=False):
    """Charges by UTC hour, in the plan's currency."""

    hours: dict[int, str] = field(default_factory=dict)
    """Hour since 1970 → exact decimal; the `KEPT_HOURS` hours that end with the newest."""
    fired_ms: int = NEVER_MS
    """End of the window in which the rule last found something."""

    def note(self, at_ms: int, amount: Decimal, *, price: Decimal, rule: ShockRule) -> Decimal | None:
        """Take in what one roaming record has cost; return the window's sum if that is a shock.

        A negative ``amount``, of a correction, never is one, nor is any against a ``price`` of 0, which is
        the plan's, a month. The window is the ``rule.hours`` UTC hours that end with the hour of ``at_ms``
        or, if the record comes out of order, with a later one that has charges.
        """
        hour = at_ms // MS_PER_HOUR
        self._add(hour, amount)
        if amount <= 0 or price <= 0:
            return None
        silent_ms = self.fired_ms + rule.cooldown_ms
        later = sorted(one for one in self.hours if hour < one < hour + rule.hours)
        with localcontext(prec=MONEY_DIGITS):
            for end in (hour, *later):
                end_ms = max(at_ms, end * MS_PER_HOUR)
                total = _total(self.hours, end, count=rule.hours)
                if end_ms >= silent_ms and rule.percent.is_met(total * 100, per=price):
                    self.fired_ms = end_ms
                    return total
        return None

    def _add(self, hour: int, amount: Decimal) -> None:
        newest = max(self.hours, default=hour)
        if hour <= newest - KEPT_HOURS:
            return
        if hour > newest:
            self.hours = {kept: sum_ for kept, sum_ in self.hours.items() if kept > hour - KEPT_HOURS}
        with localcontext(prec=MONEY_DIGITS):
            self.hours[hour] = f"{Decimal(self.hours.get(hour, '0')) + amount:f}"


def _total(hours: Mapping[int, str], newest: int, *, count: int) -> Decimal:
    """Return the sum of the ``count`` hours that end with ``newest``."""
    return sum(
        (Decimal(amount) for hour, amount in hours.items() if newest - count < hour <= newest),
        start=Decimal(0),
    )
