"""Builds the offer of another plan, or of an add-on that a month would take again and again.

It names the alternatives with their cost, "stay" among them, every line of the bill, and all that binds.
"""

from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS
from schemas.found import Signal
from schemas.messages import STAY, Channel, Item, OfferEvent, OfferType, Option
from schemas.plans import Addon
from schemas.topics import OFFER_EVENTS
from streams import calculator
from streams.calculator import Answer
from streams.core.counting import unit_of
from streams.responses import plan_words, spoken
from streams.responses.comparisons import compared
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, caused, said
from streams.responses.plan_words import Words
from streams.responses.texts import language_of, phrase, sentences, write

RULE: Final = "upgrade_offer"


class Case(Struct, frozen=True, kw_only=True):
    """An offer as far as it is decided before its channel is known."""

    kind: OfferType
    causes: tuple[Signal, ...]
    leading: Signal
    because: str
    """Name of the phrase that says why."""
    params: dict[str, str]
    """Blanks of that phrase."""
    answer: Answer


def build(found: Found, case: Case, channel: Channel) -> OfferEvent:
    """Return the offer of what the calculator recommends."""
    option = case.answer.recommended
    words = Words(
        answer=case.answer,
        option=option,
        time_zone=found.profile.time_zone,
        language=language_of(found.profile.language),
    )
    return (
        _pack(found, case, words, option.addon, channel)
        if option.addon
        else _plan(found, case, words, channel)
    )


def _plan(found: Found, case: Case, words: Words, channel: Channel) -> OfferEvent:
    """Return the offer of another plan."""
    plan, current, leaving = words.option.plan, words.current, words.question.leaving
    term = str(plan.term_months)
    exit_fee = words.price(plan.exit_fee)
    how_to_cancel = words.say(
        "cancel_plan_term" if plan.term_months else "cancel_plan", months=term, exit_fee=exit_fee
    )
    params = _params(case, words) | {
        "change": plan_words.change(words),
        "contains": plan_words.contains(words),
        "terms": plan_words.terms(words),
        "how_to_accept": words.say("accept_plan"),
        "how_to_cancel": how_to_cancel,
    }
    items = _items_of_plan(words)
    with localcontext(prec=MONEY_DIGITS):
        delta = sum((Decimal(item.price) for item in items), Decimal(0))
    return OfferEvent(
        **caused(found, case.causes, leading=case.leading, topic=OFFER_EVENTS, kind=case.kind, rule=RULE),
        **said(write("offer_plan", words.language, params), _span(found, words)),
        type=case.kind,
        channel=channel,
        priority=PRIORITY_OTHER,
        options=_options(words),
        price_delta=f"{delta:f}",
        currency=current.currency,
        term_months=plan.term_months,
        exit_fee=plan.exit_fee,
        leaving_fee=f"{leaving.fee or Decimal('0.00'):f}",
        effective_on=spoken.day(words.question.changes_ms, time_zone=words.time_zone),
        how_to_accept=params["how_to_accept"],
        how_to_cancel=how_to_cancel,
        how_to_opt_out=params["how_to_opt_out"],
        # The catalogue promises no time within which a change can be taken back, so none is promised here.
        revert_until=None,
        irreversible=current.closed,
        gives_up=plan_words.gives_up(words),
        current_plan_closed=current.closed,
        items=items,
    )


def _pack(found: Found, case: Case, words: Words, addon: Addon, channel: Channel) -> OfferEvent:
    """Return the offer of an add-on."""
    plan, language = words.current, words.language
    ends = spoken.moment(words.question.changes_ms, time_zone=words.time_zone, language=language)
    unit = unit_of(addon.bucket)
    comparison = compared(addon.amount, unit, language)
    params = _params(case, words) | {
        "addon": addon.name,
        "amount": spoken.amount(addon.amount, unit, unit_base=plan.unit_base, language=language),
        "bucket": words.bucket(addon.bucket),
        "price": words.price(addon.price),
        "ends": ends,
        "unchanged": sentences(
            language,
            words.say("pack_compared", comparison=comparison) if comparison else "",
            words.say("plan_stays"),
        ),
        "costs": sentences(
            language, plan_words.costs(words), words.say("packs", counts=words.packs(words.option))
        ),
        "how_to_accept": words.say("accept"),
        "how_to_cancel": words.say("cancel_period", ends=ends),
    }
    return OfferEvent(
        **caused(found, case.causes, leading=case.leading, topic=OFFER_EVENTS, kind=case.kind, rule=RULE),
        **said(write("offer_pack", language, params), _span(found, words)),
        type=case.kind,
        channel=channel,
        priority=PRIORITY_OTHER,
        options=_options(words),
        price_delta=addon.price,
        currency=plan.currency,
        term_months=0,
        exit_fee="0.00",
        leaving_fee="0.00",
        effective_on=spoken.day(found.clock_ms, time_zone=words.time_zone),
        how_to_accept=params["how_to_accept"],
        how_to_cancel=params["how_to_cancel"],
        how_to_opt_out=params["how_to_opt_out"],
        revert_until=None,
        irreversible=True,
        gives_up=(),
        current_plan_closed=plan.closed,
        items=(Item(name=addon.name, price=addon.price),),
    )


def _params(case: Case, words: Words) -> dict[str, str]:
    """Return the blanks that every offer of the calculator has."""
    return {
        "because": phrase(case.because, words.language, **case.params),
        "months": str(len(words.question.months)),
        "costs": plan_words.costs(words),
        "how_to_opt_out": words.say("opt_out"),
    }


def _span(found: Found, words: Words) -> Span:
    """Return when it is to be said: what is offered for the next billing period, before that begins."""
    ends_ms = words.question.changes_ms
    return Span(due_ms=min(found.clock_ms + found.regime.notice_within_ms, ends_ms), expires_ms=ends_ms)


def _options(words: Words) -> tuple[Option, ...]:
    """Return the alternatives, the recommended one first."""
    return tuple(
        Option(
            id=STAY if option.kind == "stay" else option.id,
            name=_name(words, option),
            monthly_cost=f"{option.monthly:f}",
            currency=words.current.currency,
            sufficient=option.is_sufficient,
        )
        for option in words.answer.options
    )


def _name(words: Words, option: calculator.Option) -> str:
    if option.kind == "stay":
        return words.say("stay")
    if option.shared_by == 1:
        return option.name
    return words.say("share_name", plan=option.name, shared=str(option.shared_by))


def _items_of_plan(words: Words) -> tuple[Item, ...]:
    """Return the lines of the bill that change, and what the plan has besides at no price of its own."""
    plan, current = words.option.plan, words.current
    with localcontext(prec=MONEY_DIGITS):
        former = f"{Decimal(0) - Decimal(current.price):f}"
    benefits = (Item(name=benefit, price="0.00") for benefit in plan.benefits)
    return (Item(name=plan.name, price=plan.price), Item(name=current.name, price=former), *benefits)
