"""What an offer of another plan says of it: contents, cost, term, the way back, what is given up."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Bucket
from schemas.plans import Allowance, Beyond, Plan
from streams.calculator import Answer, Option, Question
from streams.core.counting import unit_of
from streams.responses import spoken
from streams.responses.comparisons import compared
from streams.responses.texts import Language, phrase, sentences

COMPARED: Final[tuple[Bucket, ...]] = ("data", "voice")
"""Buckets of which is said how much more there is."""


class Words(Struct, frozen=True, kw_only=True):
    """Of which alternative is spoken, to whom."""

    answer: Answer
    option: Option
    time_zone: str
    language: Language

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.answer.question

    @property
    def current(self) -> Plan:
        """The present plan."""
        return self.question.plan

    def say(self, name: str, **params: str) -> str:
        """Return a phrase of the offers."""
        return phrase(f"offer_{name}", self.language, **params)

    def price(self, amount: Decimal | str) -> str:
        """Return an amount in the plan's currency."""
        text = amount if isinstance(amount, str) else f"{amount:f}"
        return spoken.price(text, self.current.currency, self.language)

    def bucket(self, bucket: Bucket) -> str:
        """Return a bucket's everyday name."""
        return phrase(f"bucket_{bucket}", self.language)

    def listed(self, parts: Iterator[str] | tuple[str, ...]) -> str:
        """Return the parts of a list, as the language joins them."""
        return self.say("separator").join(parts)

    def amount(self, amount: int | None, bucket: Bucket, plan: Plan) -> str:
        """Return what a plan includes."""
        if amount is None:
            return self.say("unlimited")
        if not amount:
            return self.say("none")
        return spoken.amount(amount, unit_of(bucket), unit_base=plan.unit_base, language=self.language)

    def packs(self, option: Option) -> str:
        """Return how many add-ons each month takes."""
        return self.say("comma").join(str(count) for count in option.packs)


def change(words: Words) -> str:
    """Return what becomes of plan and fee."""
    plan, current = words.option.plan, words.current
    with localcontext(prec=MONEY_DIGITS):
        delta = Decimal(plan.price) - Decimal(current.price)
    kind = "same" if not delta else "more" if delta > 0 else "less"
    return words.say(
        "change",
        plan=plan.name,
        price=words.price(plan.price),
        current=current.name,
        current_price=words.price(current.price),
        from_day=spoken.day(words.question.changes_ms, time_zone=words.time_zone),
        delta=words.say(f"fee_{kind}", amount=words.price(abs(delta))),
    )


def contains(words: Words) -> str:
    """Return what the plan includes, and how much more that is."""
    plan = words.option.plan
    contents = words.listed(_content(words, plan, one) for one in plan.allowances)
    included = words.say("contains", contents=contents) if contents else words.say("contains_nothing")
    return sentences(words.language, included, *_more(words))


def _content(words: Words, plan: Plan, allowance: Allowance) -> str:
    beyond = "" if allowance.amount is None else _beyond(words, plan, allowance)
    amount = words.amount(allowance.amount, allowance.bucket, plan)
    return words.say("content", bucket=words.bucket(allowance.bucket), amount=amount, beyond=beyond)


def _beyond(words: Words, plan: Plan, allowance: Allowance) -> str:
    match allowance.beyond:
        case Beyond(action="charge", price=str(price), per=int(per)):
            unit = unit_of(allowance.bucket)
            each = spoken.exact(per, unit, unit_base=plan.unit_base, language=words.language)
            return words.say("then_charge", price=words.price(price), per=each)
        case Beyond(action="charge"):
            return words.say("then_charge_unknown")
        case Beyond(action="throttle", to_kbps=int(to_kbps)):
            return words.say("then_throttle", to_kbps=str(to_kbps))
        case Beyond(action="throttle"):
            return words.say("then_throttle_unknown")
        case Beyond(action=action):
            return words.say(f"then_{action}")


def _more(words: Words) -> Iterator[str]:
    """Yield how much more data and calls there are than now, with what that is good for."""
    plan = words.option.plan
    for bucket in COMPARED if words.option.shared_by == 1 else ():
        then, now = plan.allowance(bucket).amount, words.current.allowance(bucket).amount
        if then is not None and now is not None and then > now and words.current.names(bucket):
            more, name = words.amount(then - now, bucket, plan), words.bucket(bucket)
            comparison = compared(then - now, unit_of(bucket), words.language)
            kind = "more_compared" if comparison else "more"
            yield words.say(kind, more=more, bucket=name, comparison=comparison)


def costs(words: Words) -> str:
    """Return what a month would cost with it and without, by the known use."""
    answer, option = words.answer, words.option
    lacks = answer.stay.lacks
    said = words.say(
        "costs_lacking" if lacks else "costs",
        months=str(len(words.question.months)),
        cost=words.price(option.monthly),
        stay_cost=words.price(answer.stay.monthly),
        buckets=words.listed(tuple(words.bucket(bucket) for bucket in lacks)),
    )
    # What is divided among lines says so of itself.
    is_estimate = option.is_estimate and option.shared_by == 1
    return sentences(words.language, said, words.say("estimate") if is_estimate else "")


def terms(words: Words) -> str:
    """Return every condition: who shares, what binds, what leaving costs, whether there is a way back."""
    lost = gives_up(words)
    return sentences(
        words.language,
        _shared(words),
        _term(words),
        _leaving(words),
        _way_back(words),
        words.say("gives_up", list=words.listed(lost)) if lost else "",
    )


def _shared(words: Words) -> str:
    option = words.option
    if option.plan.lines == 1:
        return ""
    if option.shared_by == 1:
        return words.say("shared_alone", lines=str(option.plan.lines))
    return words.say(
        "shared",
        lines=str(option.plan.lines),
        shared=str(option.shared_by),
        full=words.price(option.plan.price),
        part=words.price(option.fee),
    )


def _term(words: Words) -> str:
    plan = words.option.plan
    if not plan.term_months:
        return words.say("no_term")
    name = "term" if Decimal(plan.exit_fee) else "term_free"
    return words.say(name, months=str(plan.term_months), exit_fee=words.price(plan.exit_fee))


def _leaving(words: Words) -> str:
    leaving = words.question.leaving
    if not leaving.fee:
        return ""
    if leaving.until is None:
        return words.say("leaving_open", fee=words.price(leaving.fee))
    return words.say("leaving", fee=words.price(leaving.fee), until=leaving.until.isoformat())


def _way_back(words: Words) -> str:
    current = words.current
    if not current.closed:
        return words.say("way_back", current=current.name)
    names = {plan.plan_id: plan.name for plan in words.question.plans}
    instead = names.get(current.replaces_on_leaving or "")
    replaced = "" if instead is None else words.say("replaced", plan=instead)
    return sentences(words.language, words.say("no_way_back", current=current.name), replaced)


def gives_up(words: Words) -> tuple[str, ...]:
    """Return what the subscriber loses with the present plan."""
    plan, current = words.option.plan, words.current
    closed = (words.say("gives_up_plan", current=current.name),) if current.closed else ()
    benefits = (benefit for benefit in current.benefits if benefit not in plan.benefits)
    amounts = (lost for one in current.allowances for lost in _less(words, one))
    return (*closed, *benefits, *amounts, *_left(words))


def _less(words: Words, now: Allowance) -> Iterator[str]:
    """Yield what a bucket of the present plan has that the other plan has not."""
    plan, bucket = words.option.plan, now.bucket
    then = plan.allowance(bucket)
    amount = None if then.amount is None else then.amount // words.option.shared_by
    if amount is None:
        return
    if now.amount is None or now.amount > amount:
        yield words.say(
            "gives_up_amount",
            bucket=words.bucket(bucket),
            now=words.amount(now.amount, bucket, words.current),
            then=words.amount(amount, bucket, plan),
        )
    if then.beyond.action == "charge" and (now.amount is None or now.beyond.action != "charge"):
        yield words.say("gives_up_free", bucket=words.bucket(bucket))


def _left(words: Words) -> Iterator[str]:
    """Yield what is left of add-ons that may not go along."""
    plan = words.option.plan
    for left in words.question.left:
        if left.fits is not None and (not left.fits or plan.plan_id in left.fits):
            continue
        amount = spoken.left(
            left.amount,
            unit_of(left.bucket),
            unit_base=words.current.unit_base,
            language=words.language,
        )
        ends = spoken.moment(left.expires_ms, time_zone=words.time_zone, language=words.language)
        yield words.say("gives_up_left", left=amount, bucket=words.bucket(left.bucket), ends=ends)
