"""The calculator: does a subscriber need another plan, and what would each alternative cost? Pure.

The newest closed billing periods are priced anew under the present plan, under each plan that is still sold
and with each add-on that fits. Sufficient is what cuts nothing off, slows nothing down and has a known price
for all of it; the cheapest such alternative is recommended, and of equals what changes least. What it costs
to leave the present contract is counted into the first year. Who asks plays no part (`question.Question`).
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from msgspec import Struct

from schemas.fields import MONEY_DIGITS
from schemas.plans import Plan
from streams.calculator.options import (
    MONTHS_OF_YEAR,
    NOTHING,
    Option,
    change_to,
    fee_of,
    fits,
    mean,
    share,
    stay,
    with_addon,
)
from streams.calculator.question import MONTHS, Question

__all__ = ["MONTHS", "Answer", "Option", "Question", "answer"]


class Answer(Struct, frozen=True, kw_only=True):
    """What the calculator says."""

    question: Question
    options: tuple[Option, ...]
    """Cheapest sufficient first; the present plan is always among them."""
    left_out: dict[str, int]
    """Why plans were not compared → how many."""

    @property
    def stay(self) -> Option:
        """The present plan as it is."""
        return next(option for option in self.options if option.kind == "stay")

    @property
    def recommended(self) -> Option:
        """The cheapest sufficient alternative; where there is none, to stay."""
        return self.options[0] if self.options[0].is_sufficient else self.stay

    @property
    def needs_upgrade(self) -> bool:
        """Whether a dearer plan than the present one is what is recommended."""
        return self.recommended.kind == "plan" and self.fee_delta > 0

    @property
    def fee_delta(self) -> Decimal:
        """By how much the monthly fee changes with what is recommended; less than nothing is saved."""
        with localcontext(prec=MONEY_DIGITS):
            return self.recommended.fee - self.stay.fee

    @property
    def paid(self) -> Decimal | None:
        """What a mean month has really cost, to the cent; None where that is not known of each month."""
        amounts = [month.paid for month in self.question.months if month.paid is not None]
        if not amounts or len(amounts) < len(self.question.months):
            return None
        with localcontext(prec=MONEY_DIGITS):
            return mean(sum(amounts, NOTHING), len(amounts))

    @property
    def saves(self) -> Decimal:
        """What a mean month costs less with what is recommended than with the plan as it is."""
        with localcontext(prec=MONEY_DIGITS):
            return mean(self.stay.total - self.recommended.total, len(self.question.months))

    @property
    def saves_against_paid(self) -> Decimal | None:
        """What a mean month costs less with what is recommended than was really paid."""
        with localcontext(prec=MONEY_DIGITS):
            return None if self.paid is None else self.paid - self.recommended.monthly


def answer(question: Question, *, most: int | None = None) -> Answer:
    """Return the alternatives; ``most``: the first so many of all, and to stay.

    Then no plan is priced whose fee alone is more than what the last of those costs.
    """
    with localcontext(prec=MONEY_DIGITS):
        own = stay(question)
        options = [own]
        options += [with_addon(question, addon) for addon in question.addons if fits(question, addon)]
        left_out: dict[str, int] = {}
        first = _First(options, most)
        for plan in _sold(question, left_out):
            if first.may_have(question, plan):
                first.add(change_to(question, plan))
    return Answer(question=question, options=tuple(first.options), left_out=left_out)


def _sold(question: Question, left_out: dict[str, int]) -> Iterator[Plan]:
    """Yield the plans that can be compared, and count those that cannot."""
    current = question.plan
    for plan in question.plans:
        reason = ""
        if plan.closed or plan.plan_id == current.plan_id:
            continue
        if plan.currency != current.currency:
            reason = "other_currency"
        elif plan.lines < question.group_lines:
            reason = "too_few_lines"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
        else:
            yield plan


class _First:
    """The first alternatives in their order, and to stay, which is one of them."""

    def __init__(self, options: list[Option], most: int | None) -> None:
        self._all = options
        self._most = most
        self._own = options[0]
        self._limit: Decimal | None = None
        """The first year of the last that is wanted, once there are as many that are enough."""
        self._cut()

    @property
    def options(self) -> list[Option]:
        """All of them, in order."""
        return sorted(self._all, key=lambda option: option.rank)

    def may_have(self, question: Question, plan: Plan) -> bool:
        """Return whether a plan's fee alone does not put it behind those that are wanted."""
        if self._limit is None:
            return True
        fee = fee_of(plan, share(plan, question))
        return fee * MONTHS_OF_YEAR + (question.leaving.fee or NOTHING) <= self._limit

    def add(self, option: Option) -> None:
        """Take one more in, and leave out what is behind those that are wanted."""
        self._all.append(option)
        self._cut()

    def _cut(self) -> None:
        if self._most is None:
            return
        first = self.options[: self._most]
        if len(first) == self._most and first[-1].is_sufficient:
            self._limit = first[-1].year
        self._all = first if self._own in first else [*first, self._own]
