"""What roaming includes and costs, and at which amounts one hears of it: for the welcome abroad."""

from typing import Final

from schemas.fields import Bucket
from schemas.plans import Plan
from streams.core.counting import unit_of
from streams.core.usage import Period
from streams.regimes import Regime
from streams.responses import spoken
from streams.responses.texts import Language, phrase, sentences
from streams.responses.usage_words import beyond

KINDS: Final[tuple[tuple[Bucket, Bucket], ...]] = (
    ("data", "data.roaming"),
    ("voice", "voice.roaming"),
    ("sms", "sms.roaming"),
)
"""What is spoken of: the home bucket and the roaming one, which stands for it where the plan has it."""


def terms_abroad(plan: Plan | None, period: Period | None, language: Language) -> str:
    """Return what is left of each kind of use abroad, and what it costs beyond."""
    if plan is None:
        return phrase("abroad_unknown", language)
    return sentences(language, *(_terms(plan, period, *kind, language) for kind in KINDS))


def caps_abroad(regime: Regime, language: Language) -> str:
    """Return at which amounts of roaming the subscriber is told, nothing where the regime names none."""
    steps = regime.steps_of("data.roaming")
    if steps is None or steps.currency is None:
        return ""
    amounts = [spoken.price(f"{amount:f}", steps.currency, language) for amount in steps.money]
    return phrase("abroad_caps", language, amounts=phrase("list_comma", language).join(amounts))


def _terms(plan: Plan, period: Period | None, home: Bucket, abroad: Bucket, language: Language) -> str:
    bucket = abroad if plan.names(abroad) else home
    allowance, unit = plan.allowance(bucket), unit_of(bucket)
    name = phrase(f"bucket_{abroad}", language)
    if allowance.amount is None:
        return phrase("abroad_unlimited", language, bucket=name)
    usage = None if period is None else period.buckets.get(bucket)
    whole = allowance.amount if usage is None or usage.allowance is None else usage.allowance
    left = max(0, whole - (0 if usage is None else usage.used))
    words = spoken.left(left, unit, unit_base=plan.unit_base, language=language)
    if whole == 0:
        return phrase("abroad_none", language, bucket=name, beyond=beyond(plan, allowance, unit, language))
    how = "abroad_left" if bucket == abroad else "abroad_home"
    return phrase(how, language, bucket=name, left=words, beyond=beyond(plan, allowance, unit, language))
