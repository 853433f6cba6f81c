"""What is looked for over spans of time, and what is owed: beside the buckets, from the same records.

Most records end at a few comparisons here. Each kind has its own facts in the state (`core.recent`,
`core.spike`, `core.charges`, `core.history`, `core.bill`) and its rule in ``windows.toml``.
"""

from collections.abc import Iterator
from decimal import Decimal

from schemas.cdr import UsageRecord
from schemas.events import Event
from schemas.fields import Bucket, Money
from schemas.plans import Plan
from streams.accounts import charges
from streams.core.catalog import Catalog
from streams.core.charges import Charges
from streams.core.forecast import Forecast, outlook
from streams.core.history import peak_day, spans_between, with_month
from streams.core.money import money
from streams.core.period import Span, span_at
from streams.core.recent import Recent
from streams.core.spike import Spike, Spiked
from streams.core.subscriber import Subscriber
from streams.core.summary import summary_of
from streams.core.usage import Period
from streams.entry import Entry
from streams.observe.place import Place
from streams.observe.usage import Counted
from streams.owing import Owing, costs_nothing, deltas_of
from streams.regimes.window_rules import CountRule
from streams.risking import Risking
from streams.rules import Rules
from streams.signals import segment
from streams.signals.window_change import (
    CountChange,
    ForecastChange,
    SegmentChange,
    ShockChange,
    SpikeChange,
    WindowChange,
)
from streams.telling import Teller, Turn, cause_of

_DATA = ("data", "data.roaming")


class Watch:
    """Watches the subscribers of one partition."""

    def __init__(self, catalog: Catalog, rules: Rules, teller: Teller, risking: Risking) -> None:
        self._catalog = catalog
        self._windows = rules.windows
        self._teller = teller
        self._risking = risking
        self.owing = Owing(catalog, rules, teller)

    # -- usage

    def usage(self, turn: Turn, entry: Entry, place: Place, counted: Counted, *, is_first: bool) -> None:
        """Look at what a usage record has changed besides its bucket.

        ``is_first``: it is the first of a new period (`turn_month`).
        """
        record = entry.record
        if not isinstance(record, UsageRecord):
            return
        found: list[WindowChange] = []
        history, windows = place.period.history, self._windows
        if (is_first or not segment.is_quiet(history, windows)) and self._is_told(turn, entry, place.period):
            found.append(self._segment(turn, entry, place.period, is_first=is_first))
        if record.ended_by == "dropped":
            found += self._count(turn, entry, windows.dropped_calls)
        costs = bool(counted.other_charges)
        for one in counted.moved:
            if one.bucket == windows.usage_spike.bucket:
                spiked = self._spiked(turn.state, one.bucket, record.quantity)
                if spiked is not None:
                    found.append(SpikeChange(cause=cause_of(turn, entry), bucket=one.bucket, spiked=spiked))
            costs = costs or not costs_nothing(one)
        if found:
            self._tell(turn, entry, found)
        if costs:
            deltas = deltas_of(counted.moved, counted.other_charges)
            if record.roaming:
                self._shock(turn, entry, place.plan, deltas)
            cause = cause_of(turn, entry)
            self.owing.charged(turn, cause, place.period, deltas)
            turn.out.extend(charges(turn, cause, counted.moved, self._teller.regime(turn.state)))

    def shortage(self, turn: Turn, entry: Entry, period: Period) -> None:
        """Look whether what was bought, and is perhaps used up already, was once too often."""
        if not segment.is_quiet(period.history, self._windows) and self._is_told(turn, entry, period):
            self._teller.tell_windows(turn, (self._segment(turn, entry, period, is_first=False),))

    def _tell(self, turn: Turn, entry: Entry, found: list[WindowChange]) -> None:
        """Tell what a usage record has brought up, and what that says of a risk."""
        self._teller.tell_windows(turn, found)
        if any(isinstance(change, CountChange) for change in found):
            self._risking.found(turn, entry, "dropped_calls")

    def _is_told(self, turn: Turn, entry: Entry, period: Period) -> bool:
        """Return whether a record came in time for anything to be said of its period."""
        return entry.raw.timestamp_ms < period.ends_ms + self._teller.regime(turn.state).notice_within_ms

    def foresee(self, turn: Turn, entry: Entry, counted: Counted) -> None:
        """Tell when a bucket is going to run out before its period ends, where that is news."""
        rule = self._windows.forecast
        for one in counted.moved:
            usage, period = one.usage, one.place.period
            allowance = usage.allowance
            # Most records end here, before anything is called: little is used yet, or all (`outlook` knows).
            if not allowance or not rule.least_percent * allowance <= usage.total * 100 < 100 * allowance:
                continue
            forecast = outlook(
                turn.state,
                period,
                one.bucket,
                at_ms=entry.at_ms,
                arrival_ms=entry.raw.timestamp_ms,
                rule=rule,
            )
            if isinstance(forecast, Forecast):
                n = 1 if usage.forecast is None else usage.forecast[0] + 1
                usage.forecast = (n, forecast.runs_out_ms)
                change = ForecastChange(
                    cause=cause_of(turn, entry),
                    period=period,
                    bucket=one.bucket,
                    plan=one.place.plan,
                    usage=usage,
                    forecast=forecast,
                    n=n,
                )
                self._teller.tell_windows(turn, (change,))

    def _spiked(self, state: Subscriber, bucket: Bucket, quantity: int) -> Spiked | None:
        if state.spike is None:
            state.spike = Spike()
        return state.spike.note(quantity, state.windows[bucket].hour_slots, self._windows.usage_spike)

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
        self._risking.event(turn, entry, event)

    def accrued(self, turn: Turn, entry: Entry, amount: Money) -> None:
        """Add a charge of billing's to its period and to what is owed.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        state = turn.state
        period = state.period_at(entry.at_ms)
        period.history.add_accrued(amount)
        state.keep(period, arrival_ms=entry.raw.timestamp_ms)
        if self.turn_month(state, period):
            self._teller.tell_windows(turn, (self._segment(turn, entry, period, is_first=True),))
        self.owing.charged(turn, cause_of(turn, entry), period, {amount.currency: amount.value()})

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

    def turn_month(self, state: Subscriber, period: Period) -> bool:
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
        if period is None:
            period = Period(span.starts_ms, span.ends_ms, span.day, span.plan_id)
        history = period.history
        slots = [state.windows[bucket].day_slots for bucket in _DATA if bucket in state.windows]
        seen = peak_day(*slots, starts_ms=span.starts_ms, ends_ms=span.ends_ms)
        history.peak_day = max(history.peak_day, seen)
        state.months = with_month(state.months, summary_of(period, self._plan(span.plan_id)))

    def _plan(self, plan_id: str | None) -> Plan | None:
        return None if plan_id is None else self._catalog.plan(plan_id)
