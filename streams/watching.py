"""What is looked for over spans of time, and what is owed: beside the buckets, from the same records.

Most records end at a few comparisons here. Each kind has its own facts in the state (`core.recent`,
`core.spike`, `core.charges`, `core.history`, `core.bill`) and its rule in ``windows.toml``.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from schemas.cdr import CdrRecord
from schemas.events import Event
from schemas.fields import Money
from schemas.plans import Plan
from schemas.profile import Profile
from streams.core.bill import Bill
from streams.core.catalog import Catalog
from streams.core.charge import charge_of, is_free
from streams.core.charges import Charges
from streams.core.history import History, month_of, peak_day, spans_between, spend, with_month
from streams.core.money import CURRENCY_COUNT_MAX, money
from streams.core.period import Span, span_at
from streams.core.recent import Recent
from streams.core.spike import Spike
from streams.core.subscriber import Subscriber
from streams.core.usage import Period
from streams.entry import Entry
from streams.observe.moved import Moved
from streams.observe.place import Place
from streams.observe.usage import Counted
from streams.regimes.window_rules import CountRule
from streams.rules import Rules
from streams.signals import segment
from streams.signals.change import Cause
from streams.signals.window_change import (
    BillChange,
    CountChange,
    SegmentChange,
    ShockChange,
    SpikeChange,
    WindowChange,
)
from streams.telling import Teller, Turn, cause_of

_DATA = ("data", "data.roaming")


class Watch:
    """Watches the subscribers of one partition."""

    def __init__(self, catalog: Catalog, rules: Rules, teller: Teller) -> None:
        self._catalog = catalog
        self._windows = rules.windows
        self._teller = teller

    # -- usage

    def usage(self, turn: Turn, entry: Entry, record: CdrRecord, place: Place, counted: Counted) -> None:
        """Look at what a usage record has changed besides its bucket."""
        found: list[WindowChange] = []
        history, windows = place.period.history, self._windows
        is_first = self._turn_month(turn.state, place.period)
        if is_first or not segment.is_quiet(history, windows):
            found.append(self._segment(turn, entry, place.period, is_first=is_first))
        if record.ended_by == "dropped":
            found += self._count(turn, entry, windows.dropped_calls)
        for moved in counted.moved:
            if moved.bucket == windows.usage_spike.bucket:
                found += self._spike(turn, entry, moved, record.quantity)
        if found:
            self._teller.tell_windows(turn, found)
        if counted.other_charges or not all(map(_costs_nothing, counted.moved)):
            deltas = _deltas(counted.moved, counted.other_charges)
            if record.roaming:
                self._shock(turn, entry, place.plan, deltas)
            self.charged(turn, cause_of(turn, entry), place.period, deltas)

    def _spike(self, turn: Turn, entry: Entry, moved: Moved, quantity: int) -> Iterator[SpikeChange]:
        state = turn.state
        if state.spike is None:
            state.spike = Spike()
        slots = state.window(moved.bucket).hour_slots
        spiked = state.spike.note(quantity, slots, self._windows.usage_spike)
        if spiked is not None:
            yield SpikeChange(cause=cause_of(turn, entry), bucket=moved.bucket, spiked=spiked)

    def _count(self, turn: Turn, entry: Entry, rule: CountRule) -> Iterator[CountChange]:
        recent = dict(turn.state.recent or {})
        own = recent.get(rule.rule) or Recent()
        reached = own.note(entry.at_ms, rule)
        recent[rule.rule] = own
        turn.state.recent = recent
        if reached is not None:
            yield CountChange(
                cause=cause_of(turn, entry),
                source=entry.record.source,
                rule=rule,  # type: ignore[arg-type]  # those of intents and of dropped calls are all there are
                reached=reached,
            )

    def _shock(self, turn: Turn, entry: Entry, plan: Plan, deltas: dict[str, Decimal]) -> None:
        delta = deltas.get(plan.currency)
        if delta is None:
            return
        if turn.state.roaming_charges is None:
            turn.state.roaming_charges = Charges()
        rule = self._windows.bill_shock
        total = turn.state.roaming_charges.note(entry.at_ms, delta, price=Decimal(plan.price), rule=rule)
        if total is not None:
            change = ShockChange(
                cause=cause_of(turn, entry),
                source=entry.record.source,
                rule=rule,
                charge=money(total, plan.currency),
                plan_price=Money(amount=plan.price, currency=plan.currency),
                plan_version=plan.version,
            )
            self._teller.tell_windows(turn, (change,))

    # -- events

    def event(self, turn: Turn, entry: Entry, event: Event) -> None:
        """Count an event under each rule of intents that waits for it."""
        found: list[WindowChange] = []
        for rule in self._windows.intents_of(event):
            found += self._count(turn, entry, rule)
        if found:
            self._teller.tell_windows(turn, found)

    def accrued(self, turn: Turn, entry: Entry, amount: Money) -> None:
        """Add a charge of billing's to its period and to what is owed.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        state = turn.state
        period = state.period_at(entry.at_ms)
        period.history.add_accrued(amount)
        state.keep(period, arrival_ms=entry.raw.timestamp_ms)
        if self._turn_month(state, period):
            self._teller.tell_windows(turn, (self._segment(turn, entry, period, is_first=True),))
        self.charged(turn, cause_of(turn, entry), period, {amount.currency: amount.value()})

    def paid(self, turn: Turn, entry: Entry, amount: Money) -> None:
        """Take a payment off what is owed, and arm its levels again.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        bill = turn.state.bill or Bill()
        bill.pay(amount, self._windows.bill_warning.percents)
        turn.state.bill = bill
        self._tell_bill(turn, cause_of(turn, entry), bill, None)

    def profile(self, turn: Turn, profile: Profile, cause: Cause) -> None:
        """Put the profile's limits in force."""
        bill = turn.state.bill
        if bill is None:
            if profile.credit_limit is None and profile.bill_limit is None:
                return
            bill = turn.state.bill = Bill()
        percents = self._windows.bill_warning.percents
        bill.set_limits(credit=profile.credit_limit, bill=profile.bill_limit, percents=percents)
        self._tell_bill(turn, cause, bill, turn.state.period_at(cause.at_ms))

    # -- money

    def moved(self, turn: Turn, cause: Cause, moved: Iterable[Moved]) -> None:
        """Add to what is owed what a change of allowance or total has changed."""
        changed = [one for one in moved if not _costs_nothing(one)]
        if changed:
            self.charged(turn, cause, changed[0].place.period, _deltas(changed, ()))

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
        self._tell_bill(turn, cause, bill, period)

    def _tell_bill(self, turn: Turn, cause: Cause, bill: Bill, period: Period | None) -> None:
        found: list[WindowChange] = []
        of_credit = BillChange.of_credit(cause, bill, self._windows.bill_warning.percents)
        if of_credit is not None:
            found.append(of_credit)
        if bill.bill_limit is not None and period is not None:
            of_period = BillChange.of_period(
                cause,
                bill,
                period.history,
                period=period.day,
                charges=_charges(period, self._plan(period.plan_id)),
                percents=self._teller.regime(turn.state).bill_limit_percents,
            )
            if of_period is not None:
                found.append(of_period)
        if found:
            self._teller.tell_windows(turn, found)

    # -- months

    def _segment(self, turn: Turn, entry: Entry, period: Period, *, is_first: bool) -> SegmentChange:
        return SegmentChange(
            cause=cause_of(turn, entry),
            period=period.day,
            keeper=period.history,
            months=turn.state.months,
            is_first=is_first,
            windows=self._windows,
        )

    def _turn_month(self, state: Subscriber, period: Period) -> bool:
        """Return whether a record is the first of a new period; then those that have closed are summed up."""
        if period.starts_ms <= state.newest_ms:
            return False
        state.newest_ms = period.starts_ms
        kept = {one.starts_ms: one for one in state.periods}
        first_ms = min([*kept, span_at(state.terms, state.since_ms).starts_ms])
        known = {month.day for month in state.months}
        for span in spans_between(state.terms, from_ms=first_ms, to_ms=period.starts_ms):
            own = kept.get(span.starts_ms)
            if own is not None or span.day not in known:
                self._sum_up(state, span, own)
        return True

    def _sum_up(self, state: Subscriber, span: Span, period: Period | None) -> None:
        """Keep the summary of a period that has closed; without usage it was one all the same."""
        plan = self._plan(span.plan_id)
        price = None if plan is None else Money(amount=plan.price, currency=plan.currency)
        history = History() if period is None else period.history
        slots = [state.windows[bucket].day_slots for bucket in _DATA if bucket in state.windows]
        seen = peak_day(*slots, starts_ms=span.starts_ms, ends_ms=span.ends_ms)
        history.peak_day = max(history.peak_day, seen)
        charges = () if period is None else tuple(_charges(period, plan))
        total = spend(accrued=history.accrued, charges=charges, price=price)
        state.months = with_month(state.months, month_of(history, day=span.day, spend=total))

    def _plan(self, plan_id: str | None) -> Plan | None:
        return None if plan_id is None else self._catalog.plan(plan_id)


def _charges(period: Period, plan: Plan | None) -> Iterator[Money]:
    """Yield what the buckets of a period have cost, and what its records have beside them."""
    for bucket, usage in period.buckets.items():
        if plan is not None and not is_free(usage):
            beyond = plan.allowance(bucket).beyond  # type: ignore[arg-type]  # only buckets are keys
            if (charge := charge_of(usage, beyond, plan.currency)) is not None:
                yield charge
    for currency, amount in (period.other or {}).items():
        yield Money(amount=amount, currency=currency)


def _costs_nothing(moved: Moved) -> bool:
    """Return whether a bucket cost nothing before and costs nothing now: nearly always."""
    return moved.charge_before is None and is_free(moved.usage)


def _deltas(moved: Iterable[Moved], others: Iterable[Money]) -> dict[str, Decimal]:
    """Return by how much charges have changed, by currency."""
    deltas: dict[str, Decimal] = {}
    for one in moved:
        for charge, sign in ((one.charge_before, -1), (one.charge_after(), 1)):
            if charge is not None:
                deltas[charge.currency] = deltas.get(charge.currency, Decimal(0)) + sign * charge.value()
    for charge in others:
        deltas[charge.currency] = deltas.get(charge.currency, Decimal(0)) + charge.value()
    return deltas
