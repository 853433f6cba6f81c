"""Why no further level of what is owed was raised."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext

from schemas.fields import MONEY_DIGITS, Money
from streams.core.bill import ARREARS, Bill, levels_reached
from streams.core.charge import charges_in
from streams.core.history import period_total
from streams.core.money import money
from streams.explain.case import Case
from streams.explain.marks import Mark
from streams.explain.step import NotRaised
from streams.explain.why_levels import RAISED_ALREADY
from streams.responses import spoken
from streams.signals import bill_warning


def limits(case: Case) -> Iterator[NotRaised]:
    """Yield what is raised already of the credit limit and of the period's bill limit, and what is next."""
    bill = case.own.bill or Bill()
    if bill.credit_limit is None and bill.bill_limit is None:
        text = "no bill warning: the profile has no credit limit and no bill limit"
        yield NotRaised(signal=bill_warning.KIND, why="no_limit", text=text)
    if bill.credit_limit is not None:
        yield from _of_credit(case, bill, Money(*bill.credit_limit))
    if bill.bill_limit is not None:
        yield from _of_period(case, Money(*bill.bill_limit))


def _of_credit(case: Case, bill: Bill, limit: Money) -> Iterator[NotRaised]:
    owed, percents = bill.owed_of((limit.amount, limit.currency)), case.rules.windows.bill_warning.percents
    following = _next(owed, limit, percents)
    if following is not None:
        text = f"next bill warning {following} % of the credit limit, at {_part(limit, following)}: "
        yield NotRaised(signal=bill_warning.KIND, why="not_reached", text=f"{text}{_price(owed)} is owed")
    elif owed.value() <= limit.value():
        text = f"next arrears, above the credit limit of {_price(limit)}: {_price(owed)} is owed"
        yield NotRaised(signal=ARREARS, why="not_reached", text=text)
    for name in bill.raised:
        kind = ARREARS if name == ARREARS else bill_warning.KIND
        yield from _raised(case, Mark("", "", 0, name), kind, "; a payment arms it anew")


def _of_period(case: Case, limit: Money) -> Iterator[NotRaised]:
    at_ms = case.arrived_ms if case.at_ms is None else case.at_ms
    period, regime = case.own.period_at(at_ms), case.regime(case.own)
    percents = regime.bill_limit_percents
    if not percents:
        text = f"no bill warning: regime {regime.name} has no levels of a bill limit"
        yield NotRaised(signal=bill_warning.KIND, why="no_levels", text=text)
        return
    charges = charges_in(period, case.plan(period))
    total = period_total(accrued=period.history.accrued, charges=charges, currency=limit.currency)
    following = _next(money(total, limit.currency), limit, percents)
    if following is not None:
        text = f"next bill warning {following} % of the bill limit, at {_part(limit, following)}: "
        spent = _price(money(total, limit.currency))
        text += f"{spent} in the period from {period.day}"
        yield NotRaised(signal=bill_warning.KIND, period=period.day, why="not_reached", text=text)
    for name in period.history.raised:
        if name.startswith("bill_limit/"):
            yield from _raised(case, Mark(period.day, "", 0, name), bill_warning.KIND, "")


def _raised(case: Case, mark: Mark, kind: str, until: str) -> Iterator[NotRaised]:
    """Yield that a mark is raised, unless this very record has raised it."""
    line = case.marks.line(case.own.id, mark)
    if line == case.line:
        return
    limit, _, level = mark.name.partition("/")
    what = f"{level} % of the {limit.replace('_', ' ')}" if level else limit
    text = f"{what} was raised with line {line}{until}"
    yield NotRaised(
        signal=kind, period=mark.period or None, why=RAISED_ALREADY, text=text, what=what, line=line
    )


def _next(total: Money, limit: Money, percents: Sequence[int]) -> int | None:
    """Return the lowest level that is not reached; of a limit of nothing there is none."""
    if limit.value() <= 0:
        return None
    reached = levels_reached(total.value(), limit.value(), percents)
    return next((level for level in percents if level not in reached), None)


def _part(limit: Money, percent: int) -> str:
    with localcontext(prec=MONEY_DIGITS):
        return _price(money(limit.value() * percent / Decimal(100), limit.currency))


def _price(amount: Money) -> str:
    return spoken.price(amount.amount, amount.currency, "en")
