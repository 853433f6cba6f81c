"""What accepted offers were to save, held against what is paid after one billing period and after three.

A promise that did not hold is a task: a person finds out why and puts it right.
"""

from decimal import Decimal, localcontext
from typing import Final

from msgspec.structs import replace

from schemas.fields import MONEY_DIGITS, Money
from streams.core.catalog import Catalog
from streams.core.charge import charges_in
from streams.core.contact import PROMISE_COUNT_MAX, Made, Promise, Stage
from streams.core.history import History, spend
from streams.core.money import amount_in
from streams.core.period import Span, span_at
from streams.core.subscriber import Subscriber
from streams.funnel import Funnel
from streams.noticing import Notices, contact_of
from streams.responses.promise_task import Kept, promise_task
from streams.rules import Rules
from streams.turn import Turn

MONTHS: Final = (1, 3)
"""After so many whole billing periods it is looked at."""


class Promises:
    """Keeps the promises of one partition."""

    def __init__(self, *, catalog: Catalog, rules: Rules, notices: Notices, funnel: Funnel) -> None:
        self._catalog = catalog
        self._rules = rules
        self._notices = notices
        self._funnel = funnel

    def begin(self, state: Subscriber, made: Made, at_ms: int) -> None:
        """Remember what an offer that is accepted was to save, if anything."""
        if made.terms is None:
            return
        contact = contact_of(state)
        promise = Promise(
            offer_id=made.offer_id,
            kind=made.kind,
            channel=made.channel,
            accepted_ms=at_ms,
            terms=made.terms,
            months=MONTHS[0],
            due_ms=0,
        )
        promise = replace(promise, due_ms=self._due_ms(state, promise))
        others = [one for one in contact.promises if one.offer_id != made.offer_id]
        contact.promises = (*others, promise)[-PROMISE_COUNT_MAX:]
        contact.settle()

    def look(self, turn: Turn, now_ms: int) -> None:
        """Hold the promises that are due against what was paid."""
        contact = turn.state.contact
        if contact is None or all(one.due_ms > now_ms for one in contact.promises):
            return
        due = [one for one in contact.promises if one.due_ms <= now_ms]
        kept = [one for one in contact.promises if one.due_ms > now_ms]
        for promise in due:
            self._judge(turn, promise)
            later = replace(promise, months=MONTHS[-1])
            if promise.months < later.months:
                kept.append(replace(later, due_ms=self._due_ms(turn.state, later)))
        contact.promises = tuple(kept)
        contact.settle()

    def _judge(self, turn: Turn, promise: Promise) -> None:
        """Count whether a promise has held; where it has not, append a task."""
        spans = self._spans(turn.state, promise)
        currency = promise.terms.currency
        with localcontext(prec=MONEY_DIGITS):
            paid = sum((self._paid(turn.state, span, currency) for span in spans), Decimal(0))
            has_held = paid <= Decimal(promise.terms.then) * len(spans)
        self._funnel.note(
            promise.kind, promise.channel, Stage.PROMISE_HELD if has_held else Stage.PROMISE_BROKEN
        )
        standing = None if has_held else self._notices.standing(turn)
        if standing is not None:
            self._notices.say(turn, promise_task(standing, promise, Kept(paid=paid, months=len(spans))))

    def _spans(self, state: Subscriber, promise: Promise) -> list[Span]:
        """Return the whole billing periods after a promise, as many as it is looked at after."""
        from_ms = state.period_at(promise.accepted_ms).ends_ms
        spans: list[Span] = []
        for _ in range(promise.months):
            spans.append(span_at(state.terms, from_ms))
            from_ms = spans[-1].ends_ms
        return spans

    def _due_ms(self, state: Subscriber, promise: Promise) -> int:
        """Return when what was paid is known: the records of the last period may still come in time."""
        within_ms = self._rules.regimes.of(state.jurisdiction).notice_within_ms
        return self._spans(state, promise)[-1].ends_ms + within_ms

    def _paid(self, state: Subscriber, span: Span, currency: str) -> Decimal:
        """Return what a billing period has cost."""
        plan = None if span.plan_id is None else self._catalog.plan(span.plan_id)
        price = None if plan is None else Money(amount=plan.price, currency=plan.currency)
        period = next((one for one in state.periods if one.starts_ms == span.starts_ms), None)
        if period is not None:
            accrued = period.history.accrued
            return amount_in(spend(accrued=accrued, charges=charges_in(period, plan), price=price), currency)
        month = next((one for one in state.months if one.day == span.day), None)
        if month is not None:
            return amount_in(month.spend, currency)
        return amount_in(spend(accrued=History().accrued, charges=(), price=price), currency)
