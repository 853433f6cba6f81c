"""``addon``: more data at a known price, offered before running over costs more than it must.

Only where it helps (80 % and more of a data bucket that charges beyond), only to those who agreed, only the
cheapest that fits, one for a record at most. Otherwise nothing is said, and ``suppressed-offers`` says why.
Found beside anything about porting, nothing is written at all: a reason there would tell sales what only
``port-signals`` may tell, and an offer would be one keyed on porting (China, the US and India forbid it).

Nothing here is done over calls: whom one may call, and when, takes the subscriber's age and quiet hours.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Bucket
from schemas.messages import STAY, Channel, Item, OfferEvent, Option, SuppressedOffer, SuppressionReason
from schemas.plans import Addon, Plan
from schemas.profile import Consent, Profile
from schemas.signals import NearLimit, PortSignals
from schemas.times import parse_instant
from schemas.topics import OFFER_EVENTS, SUPPRESSED_OFFERS
from streams.responses import channels, spoken
from streams.responses.found import Found
from streams.responses.message import PRIORITY_OTHER, Span, caused, said
from streams.responses.texts import Language, language_of, phrase, write
from streams.responses.usage_words import bucket_name, charged, ends_at, plan_of

RULE: Final = "addon_offer"
KIND: Final = "addon"
LEVEL_PERCENT: Final = 80
"""Below it an offer is premature. Inclusive."""
BUCKETS: Final[tuple[Bucket, ...]] = ("data", "data.roaming")
"""In which more is offered; at equal levels the first goes first."""
CHANNELS: Final = frozenset(channels.CHANNELS) - {"call"}


class Candidate(Struct, frozen=True, kw_only=True):
    """A bucket for which an add-on may be offered."""

    leading: NearLimit
    """The highest of its levels."""
    causes: tuple[NearLimit, ...]
    addon: Addon | None
    """The cheapest that fits."""
    channel: Channel | None
    reasons: tuple[SuppressionReason, ...]
    """Why not, in the order of the closed list."""


def respond(found: Found) -> Iterator[OfferEvent | SuppressedOffer]:
    """Yield the one offer that may be made, else the one that was not, else nothing."""
    if any(isinstance(signal, PortSignals) for signal in found.signals):
        return
    candidates = _candidates(found)
    if not candidates:
        return
    best = next((candidate for candidate in candidates if not candidate.reasons), candidates[0])
    yield _suppressed(found, best) if best.reasons else _offer(found, best)


def consent_in_force(profile: Profile) -> Consent | None:
    """Return the consent to commercial messages, None where it is refused or was never given.

    The later one wins, at equal times the refusal.
    """
    stated = [consent for consent in profile.consents if consent.purpose == "commercial"]
    last = max(stated, key=lambda consent: (consent.at, not consent.granted), default=None)
    return last if last is not None and last.granted else None


def cheapest_addon(addons: Iterable[Addon], *, bucket: Bucket, plan: Plan) -> Addon | None:
    """Return the cheapest add-on for a bucket of a plan; at equal prices the larger, then the lower id."""
    fitting = (
        addon
        for addon in addons
        if addon.bucket == bucket
        and addon.amount > 0
        and (not addon.fits or plan.plan_id in addon.fits)
        and addon.currency in {None, plan.currency}
    )
    return min(fitting, key=lambda addon: (Decimal(addon.price), -addon.amount, addon.addon_id), default=None)


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
    consent = consent_in_force(found.profile)
    channel = None if consent is None else _channel(found.profile, consent)
    applies = {
        SuppressionReason.NOT_ACTIVE: found.profile.status != "active",
        SuppressionReason.NO_CONSENT: consent is None,
        SuppressionReason.DO_NOT_DISTURB: found.profile.dnd,
        SuppressionReason.NO_CHANNEL: consent is not None and channel is None,
        SuppressionReason.NO_ADDON: addon is None,
        SuppressionReason.PERIOD_ENDED: leading.late
        or parse_instant(leading.period_ends_at) <= found.clock_ms,
    }
    reasons = tuple(reason for reason in SuppressionReason if applies[reason])
    return Candidate(leading=leading, causes=tuple(signals), addon=addon, channel=channel, reasons=reasons)


def _channel(profile: Profile, consent: Consent) -> Channel | None:
    """Return the first channel to which the consent extends; one without channels extends to all."""
    allowed = CHANNELS.intersection(consent.channels) if consent.channels else CHANNELS
    if channels.first_of(profile, channels.CHANNELS) is None:
        return channels.FALLBACK if channels.FALLBACK in allowed else None
    return channels.first_of(profile, allowed)


def _suppressed(found: Found, candidate: Candidate) -> SuppressedOffer:
    """Return the record of an offer that was not made."""
    return SuppressedOffer(
        **caused(
            found,
            candidate.causes,
            leading=candidate.leading,
            topic=SUPPRESSED_OFFERS,
            kind=KIND,
            rule=RULE,
        ),
        type=KIND,
        reasons=candidate.reasons,
    )


def _offer(found: Found, candidate: Candidate) -> OfferEvent:
    """Return the offer of a candidate against which nothing speaks."""
    signal, addon, channel = candidate.leading, candidate.addon, candidate.channel
    if addon is None or channel is None:
        raise ValueError("an offer needs an add-on and a channel")
    plan = plan_of(found)
    language = language_of(found.profile.language)
    params = _params(found, signal, addon, language)
    ends_ms = parse_instant(signal.period_ends_at)
    due_ms = min(found.clock_ms + found.regime.notice_within_ms, ends_ms)
    return OfferEvent(
        **caused(found, candidate.causes, leading=signal, topic=OFFER_EVENTS, kind=KIND, rule=RULE),
        **said(write("offer_addon", language, params), Span(due_ms=due_ms, expires_ms=ends_ms)),
        type=KIND,
        channel=channel,
        priority=PRIORITY_OTHER,
        options=_options(plan, addon, language),
        price_delta=addon.price,
        currency=plan.currency,
        term_months=0,
        exit_fee="0.00",
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
        Option(id=addon.addon_id, name=addon.name, monthly_cost=with_addon, currency=plan.currency),
        Option(id=STAY, name=stay, monthly_cost=plan.price, currency=plan.currency),
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
        "how_to_accept": phrase("offer_accept", language),
        "how_to_cancel": how_to_cancel,
        "how_to_opt_out": phrase("offer_opt_out", language),
    }
