"""``upgrade``, ``downgrade``, ``voice_pack``, ``family_plan``, and the add-on that does in their place.

A finding is only the occasion. What is offered is what the calculator recommends from three whole billing
periods of use: the cheapest that is enough, dearer or cheaper than now, and nothing at all where to stay is
as good. Who has been a subscriber for less is not asked. A plan that slows down is no occasion.
"""

from collections.abc import Iterator
from decimal import localcontext
from functools import partial
from typing import Final, assert_never

from schemas.fields import MONEY_DIGITS
from schemas.messages import OfferType
from schemas.signals import NearLimit, Overage
from schemas.window_signals import Intent, Segment
from streams.calculator import MONTHS, Answer, Option, answer
from streams.responses import plan_offer
from streams.responses.found import Found
from streams.responses.plan_offer import RULE, Case
from streams.responses.proposal import NOTHING, Proposal
from streams.responses.texts import language_of, phrase

OPTIONS_MOST: Final = 3
"""Alternatives of an offer, besides the one to stay. Own choice: who is to decide reads no catalogue."""
WORTH_PERCENT: Final = 5
"""Of the year's cost: what saves less is not offered. Own choice, as a change has its trouble."""
LEVEL_PERCENT: Final = 100
WHOLE_DIGITS_MOST: Final = 18
"""Of an amount in an output."""

Occasion = Overage | NearLimit | Segment | Intent


def respond(found: Found) -> Iterator[Proposal]:
    """Yield what would help the subscriber: one proposal at most."""
    occasions = tuple(signal for signal in found.signals if isinstance(signal, Occasion) and _is_one(signal))
    question = found.ask() if occasions else None
    if question is None or len(question.months) < MONTHS:
        return
    said = answer(question, most=OPTIONS_MOST)
    best = said.recommended
    if not _is_worth(said) or any(option.monthly >= 10**WHOLE_DIGITS_MOST for option in said.options):
        return
    leading = max(occasions, key=_weight)
    case = Case(
        kind=_kind(said, best),
        causes=occasions,
        leading=leading,
        because=f"offer_because_{_because(leading)}",
        params=_params(found, leading),
        answer=said,
    )
    yield Proposal(
        kind=case.kind,
        rule=RULE,
        key=best.id,
        causes=occasions,
        leading=leading,
        value=max(said.saves, NOTHING),  # what is enough is worth its price
        is_cheapest=True,
        build=partial(plan_offer.build, found, case),
    )


def _is_one(signal: Occasion) -> bool:
    """Return whether a finding is an occasion to look for something better."""
    match signal:
        case Overage(step=step, late=late):
            return step == 0 and not late
        case NearLimit(level=level, late=late):
            return level >= LEVEL_PERCENT and not late
        case Segment():
            return True
        case Intent(intent=intent):
            return intent == "more_data"
        case _ as never:
            assert_never(never)


def _is_worth(said: Answer) -> bool:
    """Return whether a change helps: what there is is not enough, or something saves a good part of it."""
    best, own = said.recommended, said.stay
    if best is own:
        return False
    with localcontext(prec=MONEY_DIGITS):
        return not own.is_sufficient or (own.year - best.year) * 100 >= WORTH_PERCENT * own.year


def _kind(said: Answer, best: Option) -> OfferType:
    if best.addon is not None:
        return "voice_pack" if best.addon.bucket.startswith("voice") else "addon"
    if best.plan.lines > 1 and said.question.plan.lines == 1:
        return "family_plan"
    return "downgrade" if best.fee < said.stay.fee else "upgrade"


def _weight(signal: Occasion) -> int:
    """Return how much a finding says: what the subscriber asks before what was counted."""
    return (NearLimit, Overage, Segment, Intent).index(type(signal))


def _because(signal: Occasion) -> str:
    match signal:
        case Overage():
            return "used"
        case NearLimit():
            return "near"
        case Segment(segment=segment):
            return segment
        case Intent():
            return "more_data"
        case _ as never:
            assert_never(never)


def _params(found: Found, signal: Occasion) -> dict[str, str]:
    if isinstance(signal, Overage | NearLimit):
        return {"bucket": phrase(f"bucket_{signal.bucket}", language_of(found.profile.language))}
    return {}
