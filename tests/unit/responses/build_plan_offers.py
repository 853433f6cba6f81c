"""Builds what the offers of plans follow from, so that in a test only what matters is set."""

# ruff: noqa: ANN401  (`own` are fields of a struct, whose constructor knows their names)

from typing import Any

from msgspec import structs

from schemas.messages import OfferEvent, SuppressedOffer
from schemas.outputs import DecidedBy, Evidence
from schemas.plans import Plan
from schemas.profile import Profile
from schemas.window_signals import Intent, Segment
from streams.calculator import Question
from streams.calculator.use import MonthUse
from streams.responses import upgrade_offer
from streams.responses.found import Found
from tests.build_calculator import PRESENT, question
from tests.build_found import AGREED, AT, found, profile
from tests.said import said


def agreeing(**own: Any) -> Profile:
    """Return a subscriber who has agreed to offers, and to being known for what is used."""
    return profile(consents=(AGREED, structs.replace(AGREED, purpose="profiling")), **own)


def _common(name: str) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "subscriber_id": "8613800000001",
        "at": AT,
        "decided_at": AT,
        "decided_by": DecidedBy(rule=name, regime="default", regime_version=1, plan_version=None, build="0"),
        "evidence": (Evidence(topic="cdr", partition=0, offset=7, record_id=f"record-{name}"),),
    }


def segment(name: Any = "data_panic", **own: Any) -> Segment:
    """Return a segment."""
    return Segment(**({"segment": name, "period": "2026-11-01", "partial": False} | _common(name) | own))


def intent(name: Any = "more_data", **own: Any) -> Intent:
    """Return an intent."""
    given = {"intent": name, "rule": "data_short_asked", "count": 2, "window_hours": 720}
    return Intent(**(given | _common("intent") | own))


def asking(*signals: Any, used: tuple[MonthUse, ...], who: Profile | None = None, **own: Any) -> Found:
    """Return signals found for a subscriber who has agreed to offers and used so much; ``own`` is asked."""
    asked: Question = question(*used, **own)
    present: Plan = own.get("plan", PRESENT)
    return found(
        *signals,
        profile=agreeing() if who is None else who,
        plan=present,
        ask=lambda: asked,
    )


def offers(given: Found) -> list[OfferEvent | SuppressedOffer]:
    """Return what comes of it."""
    outputs = said(given, response=upgrade_offer.respond)
    return [one for one in outputs if isinstance(one, OfferEvent | SuppressedOffer)]


def offer(given: Found) -> OfferEvent:
    """Return the offer that is made."""
    (output,) = offers(given)
    assert isinstance(output, OfferEvent)
    return output
