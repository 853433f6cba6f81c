"""What a subscriber owes, and the limits of it: the credit limit of all, the bill limit of a period.

Charges of buckets are added as they change, up or down, whatever changed them: a record, a correction,
another allowance. So what is owed is a sum too, the same in any order.
"""

from collections.abc import Iterable
from decimal import Decimal

from schemas.fields import Money
from schemas.plans import Plan
from schemas.profile import Profile
from streams.core.bill import Bill
from streams.core.catalog import Catalog
from streams.core.charge import charges_in, is_free
from streams.core.money import CURRENCY_COUNT_MAX
from streams.core.usage import Period
from streams.observe.moved import Moved
from streams.rules import Rules
from streams.signals.change import Cause
from streams.signals.window_change import BillChange, WindowChange
from streams.telling import Teller, Turn


class Owing:
    """Keeps what the subscribers of one partition owe."""

    def __init__(self, catalog: Catalog, rules: Rules, teller: Teller) -> None:
        self._catalog = catalog
        self._percents = rules.windows.bill_warning.percents
        self._teller = teller

    def paid(self, turn: Turn, cause: Cause, amount: Money) -> None:
        """Take a payment off what is owed, and arm its levels again.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        bill = turn.state.bill or Bill()
        bill.pay(amount, self._percents)
        turn.state.bill = bill
        self._tell(turn, cause, bill, None)

    def profile(self, turn: Turn, profile: Profile, cause: Cause, *, is_first: bool) -> None:
        """Put the profile's limits in force; ``is_first``: no profile has said any before, be they none."""
        bill = turn.state.bill
        if bill is None:
            if profile.credit_limit is None and profile.bill_limit is None:
                return
            bill = turn.state.bill = Bill()
        bill.is_told = bill.is_told or not is_first
        bill.set_limits(credit=profile.credit_limit, bill=profile.bill_limit, percents=self._percents)
        self._tell(turn, cause, bill, turn.state.period_at(cause.at_ms))

    def moved(self, turn: Turn, cause: Cause, moved: Iterable[Moved]) -> None:
        """Add to what is owed what a change of allowance or total has changed.

        Of a group nothing: it has no limits, and what its lines' usage costs is not added up either.
        """
        if turn.state.owner_id:
            return
        changed = [one for one in moved if not costs_nothing(one)]
        if changed:
            self.charged(turn, cause, changed[0].place.period, deltas_of(changed, ()))

    def charged(self, turn: Turn, cause: Cause, period: Period, deltas: dict[str, Decimal]) -> None:
        """Add charges to what is owed, and look at its limits."""
        if not any(deltas.values()):
            return
        bill = turn.state.bill or Bill()
        for currency, amount in deltas.items():
            # One currency more than a bill holds is in no limit's currency: it is left out, never refused.
            if currency in (bill.owed or ()) or len(bill.owed or ()) < CURRENCY_COUNT_MAX:
                bill.accrue(currency, amount)
        turn.state.bill = bill
        self._tell(turn, cause, bill, period)

    def _tell(self, turn: Turn, cause: Cause, bill: Bill, period: Period | None) -> None:
        found: list[WindowChange] = []
        of_credit = BillChange.of_credit(cause, bill, self._percents)
        if of_credit is not None:
            found.append(of_credit)
        if bill.bill_limit is not None and period is not None:
            of_period = BillChange.of_period(
                cause,
                bill,
                period.history,
                period=period.day,
                charges=charges_in(period, self._plan(period)),
                percents=self._teller.regime(turn.state).bill_limit_percents,
            )
            if of_period is not None:
                found.append(of_period)
        if found:
            self._teller.tell_windows(turn, found)

    def _plan(self, period: Period) -> Plan | None:
        return None if period.plan_id is None else self._catalog.plan(period.plan_id)


def costs_nothing(moved: Moved) -> bool:
    """Return whether a bucket cost nothing before and costs nothing now: nearly always."""
    return moved.charge_before is None and is_free(moved.usage)


def deltas_of(moved: Iterable[Moved], others: Iterable[Money]) -> dict[str, Decimal]:
    """Return by how much charges have changed, by currency."""
    deltas: dict[str, Decimal] = {}
    for one in moved:
        for charge, sign in ((one.charge_before, -1), (one.charge_after(), 1)):
            if charge is not None:
                deltas[charge.currency] = deltas.get(charge.currency, Decimal(0)) + sign * charge.value()
    for charge in others:
        deltas[charge.currency] = deltas.get(charge.currency, Decimal(0)) + charge.value()
    return deltas
