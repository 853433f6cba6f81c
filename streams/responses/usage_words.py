"""What the texts about usage say of a signal, in words of the subscriber's language."""

from functools import lru_cache
from typing import assert_never

from schemas.plans import Allowance, Beyond, Plan
from schemas.signals import Exhausted, NearLimit, Overage, Throttled, Unit, UsageSignals
from schemas.times import parse_instant
from streams.responses import spoken
from streams.responses.found import Found
from streams.responses.texts import Language, phrase, sentences


def params(found: Found, signal: UsageSignals, language: Language) -> dict[str, str]:
    """Return what fills the blanks of the signal's text and reason."""
    plan = plan_of(found)
    allowance = plan.allowance(signal.bucket)
    ends = ends_at(found, signal, language)
    values = {
        "bucket": bucket_name(signal, language),
        "used": spoken.amount(signal.used, signal.unit, unit_base=plan.unit_base, language=language),
        "allowance": spoken.amount(
            signal.allowance, signal.unit, unit_base=plan.unit_base, language=language
        ),
        "ends": ends,
    }
    match signal:
        case NearLimit(level=level):
            values["level"] = str(level)
            # Whole percent, cut: 100 is said only of a whole allowance.
            values["percent"] = str(signal.used * 100 // signal.allowance)
            values["left"] = spoken.left(
                signal.remaining, signal.unit, unit_base=plan.unit_base, language=language
            )
            values["beyond"] = beyond(plan, allowance, signal.unit, language)
            return values
        case Overage(over=over):
            values["over"] = spoken.amount(over, signal.unit, unit_base=plan.unit_base, language=language)
            values["beyond"] = sentences(
                language, _charge_so_far(signal, language), charged(plan, allowance, signal.unit, language)
            )
        case Throttled(to_kbps=to_kbps):
            values["beyond"] = _slowed("now_throttle", to_kbps, language)
        case Exhausted(action=action):
            values["beyond"] = phrase(f"now_{action}", language, ends=ends)
        case _ as never:
            assert_never(never)
    values["included"] = (
        phrase("included_some", language, allowance=values["allowance"])
        if signal.allowance
        else phrase("included_none", language)
    )
    return values


def plan_of(found: Found) -> Plan:
    """Return the plan of the usage signals; `Found` has made sure that there is one."""
    if found.plan is None:
        raise ValueError("usage signals come from a plan")
    return found.plan


def bucket_name(signal: UsageSignals, language: Language) -> str:
    """Return the everyday name of the signal's bucket."""
    return phrase(f"bucket_{signal.bucket}", language)


def ends_at(found: Found, signal: UsageSignals, language: Language) -> str:
    """Return the local time at which the signal's billing period ends."""
    return spoken.moment(ends_ms(signal), time_zone=found.profile.time_zone, language=language)


def ends_ms(signal: UsageSignals) -> int:
    """Return the instant at which the signal's billing period ends."""
    return _instant_of(signal.period_ends_at)


@lru_cache(maxsize=1_024)
def _instant_of(text: str) -> int:
    """Return an instant: periods are few and end for many."""
    return parse_instant(text)


def beyond(plan: Plan, allowance: Allowance, unit: Unit, language: Language) -> str:
    """Return what will happen when the allowance is used up."""
    match allowance.beyond:
        case Beyond(action="charge"):
            return charged(plan, allowance, unit, language)
        case Beyond(action="throttle", to_kbps=to_kbps):
            return _slowed("beyond_throttle", to_kbps, language)
        case Beyond(action=action):
            return phrase(f"beyond_{action}", language)


def charged(plan: Plan, allowance: Allowance, unit: Unit, language: Language) -> str:
    """Return what each unit beyond the allowance costs, as far as the plan says."""
    terms = allowance.beyond
    if terms.price is None or terms.per is None:
        return phrase("beyond_charge_unknown", language)
    return _charged(terms.price, plan.currency, terms.per, unit, plan.unit_base, language)


@lru_cache(maxsize=1_024)
def _charged(  # noqa: PLR0913, PLR0917  # all that the words depend on
    price: str, currency: str, per: int, unit: Unit, unit_base: int, language: Language
) -> str:
    """Return the words of a price: plans are few, and say them to many."""
    said = spoken.price(price, currency, language)
    if unit == "message" and per == 1:
        return phrase("beyond_charge_each", language, price=said)
    return phrase(
        "beyond_charge",
        language,
        per=spoken.exact(per, unit, unit_base=unit_base, language=language),
        price=said,
    )


def _charge_so_far(signal: Overage, language: Language) -> str:
    """Return what it has cost, or nothing where that is not known."""
    if signal.charge is None:
        return ""
    charge = spoken.price(signal.charge.amount, signal.charge.currency, language)
    return phrase("charge_so_far", language, charge=charge)


def _slowed(name: str, to_kbps: int | None, language: Language) -> str:
    """Return how slow it gets, as far as the plan says."""
    if to_kbps is None:
        return phrase(f"{name}_unknown", language)
    return phrase(name, language, to_kbps=str(to_kbps))
