"""What the texts of the rules of care may speak of besides the fields of what happened."""

from datetime import date, timedelta
from typing import Final

from msgspec.structs import fields

from schemas.events import Event
from schemas.plans import Plan
from schemas.profile import Profile
from streams.core.care_calendar import instant
from streams.core.counting import unit_of
from streams.core.money import Sums, sum_of
from streams.core.usage import Period
from streams.regimes.care_rules import CareRule, Used
from streams.responses import spoken
from streams.responses.abroad import caps_abroad, terms_abroad
from streams.responses.standing import Standing
from streams.responses.texts import language_of, phrase

WHOLE: Final = 100


def fields_of(event: Event) -> dict[str, str]:
    """Return what an event says of itself, as texts."""
    named = ((field.name, getattr(event, field.name)) for field in fields(type(event)))
    return {name: str(value) for name, value in named if value is not None}


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
    """Return when the contracts end that a rule is about, and what leaving earlier costs, all in all."""
    if rule.when.day != "contract_end":
        return {}
    language = language_of(profile.language)
    ending = [
        one for one in profile.contracts if one.ends_on and _due_ms(rule, profile, one.ends_on) == due_ms
    ]
    if not ending:
        return {"day": "", "exit_fee": ""}
    fees: Sums = {}
    for fee in (one.exit_fee for one in ending):
        if fee is not None and fee.value():
            fees[fee.currency] = sum_of(fees.get(fee.currency, "0"), fee.value())
    cost = " + ".join(spoken.price(amount, currency, language) for currency, amount in fees.items())
    words = phrase("exit_fee", language, price=cost) if cost else ""
    return {"day": str(ending[0].ends_on), "exit_fee": words}


def service_facts(rule: CareRule, name: str) -> dict[str, str]:
    """Return which service was not used, and for how long."""
    return {"service": name, "months": str(rule.when.months)}


def _due_ms(rule: CareRule, profile: Profile, ends_on: date) -> int:
    return instant(profile.time_zone, ends_on + timedelta(days=rule.when.days), rule.when.at)
