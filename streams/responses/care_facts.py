"""What the texts of the rules of care may speak of besides the fields of what happened."""

from datetime import date, timedelta
from typing import Final

from schemas.plans import Plan
from schemas.profile import Profile
from streams.core.care_calendar import instant
from streams.core.counting import unit_of
from streams.core.usage import Period
from streams.regimes.care_rules import CareRule, Used
from streams.responses import spoken
from streams.responses.abroad import caps_abroad, terms_abroad
from streams.responses.standing import Standing
from streams.responses.texts import language_of, phrase

WHOLE: Final = 100


def event_facts(
    rule: CareRule, standing: Standing, plan: Plan | None, period: Period | None
) -> dict[str, str]:
    """Return what is known besides an event's own fields: abroad, what use costs there."""
    if rule.when.event != "roaming.entered":
        return {}
    language = language_of(standing.profile.language)
    return {
        "abroad": terms_abroad(plan, period, language),
        "caps": caps_abroad(standing.regime, language),
    }


def used_facts(only: Used, standing: Standing, plan: Plan, period: Period) -> dict[str, str] | None:
    """Return how a bucket stands of which much is used; None where it is not, or nothing is left."""
    usage = period.buckets.get(only.bucket)
    if usage is None or usage.allowance is None or not only.is_met(usage.used, usage.allowance):
        return None
    language, unit = language_of(standing.profile.language), unit_of(only.bucket)
    amounts = {"used": usage.used, "allowance": usage.allowance}
    words = {
        name: spoken.amount(amount, unit, unit_base=plan.unit_base, language=language)
        for name, amount in amounts.items()
    }
    left = spoken.left(usage.allowance - usage.used, unit, unit_base=plan.unit_base, language=language)
    ends = spoken.moment(period.ends_ms, time_zone=standing.profile.time_zone, language=language)
    return words | {
        "bucket": phrase(f"bucket_{only.bucket}", language),
        "left": left,
        "percent": str(usage.used * WHOLE // usage.allowance),
        "ends": ends,
    }


def contract_facts(rule: CareRule, profile: Profile, due_ms: int) -> dict[str, str]:
    """Return when the contract ends that a rule of its end is about, and what leaving earlier costs."""
    if rule.when.day != "contract_end":
        return {}
    language = language_of(profile.language)
    for contract in profile.contracts:
        if contract.ends_on is None or _due_ms(rule, profile, contract.ends_on) != due_ms:
            continue
        fee = contract.exit_fee
        cost = "" if fee is None or not fee.value() else spoken.price(fee.amount, fee.currency, language)
        words = phrase("exit_fee", language, price=cost) if cost else ""
        return {"day": contract.ends_on.isoformat(), "exit_fee": words}
    return {"day": "", "exit_fee": ""}


def service_facts(rule: CareRule, name: str) -> dict[str, str]:
    """Return which service was not used, and for how long."""
    return {"service": name, "months": str(rule.when.months)}


def _due_ms(rule: CareRule, profile: Profile, ends_on: date) -> int:
    return instant(profile.time_zone, ends_on + timedelta(days=rule.when.days), rule.when.at)
