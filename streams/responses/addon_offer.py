"""``addon``: more data at a known price, offered before running over costs more than it must.

Only where it helps (80 % and more of a data bucket that charges beyond), only the cheapest that fits, one for
a record at most. Whether it may be said, and where, is the contact policy's business.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from functools import partial
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Bucket
from schemas.messages import STAY, Channel, Item, OfferEvent, OfferType, Option, SuppressionReason
from schemas.plans import Addon, Beyond, Plan
from schemas.signals import NearLimit
from schemas.topics import OFFER_EVENTS
from streams.responses import spoken
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, caused, said
from streams.responses.proposal import Proposal
from streams.responses.texts import Language, language_of, phrase, write
from streams.responses.usage_words import bucket_name, charged, ends_at, ends_ms, plan_of

RULE: Final = "addon_offer"
KIND: Final[OfferType] = "addon"
LEVEL_PERCENT: Final = 80
"""Below it an offer is premature. Inclusive."""
BUCKETS: Final[tuple[Bucket, ...]] = ("data", "data.roaming")
"""In which more is offered; at equal levels the first goes first."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A bucket for which an add-on may be offered."""

    leading: NearLimit
    """The highest of its levels."""
    causes: tuple[NearLimit, ...]
    addon: Addon | None
    """The cheapest that fits."""
    reasons: tuple[SuppressionReason, ...]
    """Why there is nothing to offer, in the order of the closed list."""


def respond(found: Found) -> Iterator[Proposal]:
    """Yield the one offer that is of most use, if there is any reason for one."""
    candidates = _candidates(found)
    if not candidates:
        return
    best = next((candidate for candidate in candidates if not candidate.reasons), candidates[0])
    addon = best.addon
    yield Proposal(
        kind=KIND,
        rule=RULE,
        key="" if addon is None else addon.addon_id,
        causes=best.causes,
        leading=best.leading,
        reasons=best.reasons,
        build=None if addon is None else partial(_offer, found, best.leading, best.causes, addon),
    )


def cheapest_addon(addons: Iterable[Addon], *, bucket: Bucket, plan: Plan) -> Addon | None:
    """Return the cheapest add-on for a bucket of a plan; at equal prices the larger, then the lower id.

    One that costs more than what it adds would cost beyond the plan helps nobody.
    """
    beyond = plan.allowance(bucket).beyond
    fitting = (
        addon
        for addon in addons
        if addon.bucket == bucket
        and addon.amount > 0
        and (not addon.fits or plan.plan_id in addon.fits)
        and addon.currency in {None, plan.currency}
        and _can_save(addon, beyond)
    )
    return min(fitting, key=lambda addon: (Decimal(addon.price), -addon.amount, addon.addon_id), default=None)


def _can_save(addon: Addon, beyond: Beyond) -> bool:
    """Return whether an add-on costs no more than all that it adds, where that has a known price."""
    if beyond.price is None or beyond.per is None:
        return True
    with localcontext(prec=MONEY_DIGITS):
        return Decimal(addon.price) <= Decimal(beyond.price) * -(-addon.amount // beyond.per)


def _candidates(found: Found) -> list[Candidate]:
    """Return the buckets for which there is a reason to offer, the most pressing first."""
    by_subject: dict[tuple[Bucket, str], list[NearLimit]] = {}
    for signal in found.signals:
        if (
            isinstance(signal, NearLimit)
            and signal.level >= LEVEL_PERCENT
            and signal.bucket in BUCKETS
            and plan_of(found).allowance(signal.bucket).beyond.action == "charge"
        ):
            by_subject.setdefault((signal.bucket, signal.period), []).append(signal)
    candidates = [_candidate(found, signals) for signals in by_subject.values()]
    candidates.sort(key=lambda found_in: (-found_in.leading.level, BUCKETS.index(found_in.leading.bucket)))
    return candidates


def _candidate(found: Found, signals: list[NearLimit]) -> Candidate:
    """Return what could be offered for one bucket, and all that speaks against it."""
    leading = max(signals, key=lambda signal: signal.level)
    addon = cheapest_addon(found.addons, bucket=leading.bucket, plan=plan_of(found))
    applies = {
        SuppressionReason.NO_ADDON: addon is None,
        SuppressionReason.PERIOD_ENDED: leading.late or ends_ms(leading) <= found.clock_ms,
    }
    reasons = tuple(reason for reason, is_so in applies.items() if is_so)
    return Candidate(leading=leading, causes=tuple(signals), addon=addon, reasons=reasons)


def _offer(
    found: Found, signal: NearLimit, causes: tuple[NearLimit, ...], addon: Addon, channel: Channel
) -> OfferEvent:
    """Return the offer of an add-on."""
    plan = plan_of(found)
    language = language_of(found.profile.language)
    params = _params(found, signal, addon, language)
    period_ends_ms = ends_ms(signal)
    due_ms = min(found.clock_ms + found.regime.notice_within_ms, period_ends_ms)
    return OfferEvent(
        **caused(found, causes, leading=signal, topic=OFFER_EVENTS, kind=KIND, rule=RULE),
        **said(write("offer_addon", language, params), Span(due_ms=due_ms, expires_ms=period_ends_ms)),
        type=KIND,
        channel=channel,
        priority=PRIORITY_OTHER,
        options=_options(plan, addon, language),
        price_delta=addon.price,
        currency=plan.currency,
        term_months=0,
        exit_fee="0.00",
        leaving_fee="0.00",
        effective_on=spoken.day(found.clock_ms, time_zone=found.profile.time_zone),
        how_to_accept=params["how_to_accept"],
        how_to_cancel=params["how_to_cancel"],
        how_to_opt_out=params["how_to_opt_out"],
        # The catalogue promises no way to give an add-on back, so none is promised here.
        revert_until=None,
        irreversible=True,
        gives_up=(),
        current_plan_closed=plan.closed,
        items=(Item(name=addon.name, price=addon.price),),
    )


def _options(plan: Plan, addon: Addon, language: Language) -> tuple[Option, ...]:
    """Return the alternatives with what the month costs, use beyond the allowance left aside."""
    with localcontext(prec=MONEY_DIGITS):
        with_addon = f"{Decimal(plan.price) + Decimal(addon.price):f}"
    stay = phrase("offer_stay", language)
    return (
        Option(
            id=addon.addon_id,
            name=addon.name,
            monthly_cost=with_addon,
            currency=plan.currency,
            sufficient=True,
        ),
        Option(id=STAY, name=stay, monthly_cost=plan.price, currency=plan.currency, sufficient=True),
    )


def _params(found: Found, signal: NearLimit, addon: Addon, language: Language) -> dict[str, str]:
    """Return what fills the blanks of the offer."""
    plan = plan_of(found)
    ends = ends_at(found, signal, language)
    if addon.valid == "period":
        validity = phrase("offer_valid_period", language, ends=ends)
        how_to_cancel = phrase("offer_cancel_period", language, ends=ends)
    else:
        validity = phrase("offer_valid_other", language, valid=addon.valid)
        how_to_cancel = phrase("offer_cancel_other", language)
    return {
        "bucket": bucket_name(signal, language),
        "level": str(signal.level),
        "addon": addon.name,
        "amount": spoken.amount(addon.amount, signal.unit, unit_base=plan.unit_base, language=language),
        "price": spoken.price(addon.price, plan.currency, language),
        "validity": validity,
        "beyond": charged(plan, plan.allowance(signal.bucket), signal.unit, language),
        "closed": _closed(plan, language),
        "how_to_accept": phrase("offer_accept", language),
        "how_to_cancel": how_to_cancel,
        "how_to_opt_out": phrase("offer_opt_out", language),
    }


def _closed(plan: Plan, language: Language) -> str:
    """Return that there is no way back to a plan that is no longer sold: leaving it is not offered here."""
    if not plan.closed:
        return ""
    return (" " if language == "en" else "") + phrase("offer_no_way_back", language, current=plan.name)
