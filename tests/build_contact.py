"""Builds proposals and what is remembered of contact, so that in a test only what matters is set."""

# ruff: noqa: ANN401  (`own` are fields of a struct, whose constructor knows their names)

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import Channel, OfferEvent, OfferType, SuppressionReason
from schemas.outputs import DecidedBy
from schemas.profile import Consent
from schemas.times import MS_PER_DAY, MS_PER_HOUR, parse_instant
from schemas.window_signals import Intent, Segment
from streams.core.contact import Contact, Made
from streams.responses import addon_offer
from streams.responses.found import Found
from streams.responses.proposal import Proposal
from tests import build
from tests.build import Line, event
from tests.build_found import AGREED, AT, CLOCK_MS, agreed, near_limit, profile

PROFILED: Final = Consent(purpose="profiling", granted=True, at=parse_instant("2025-01-05T02:00:00Z"))
NIGHT_MS: Final = parse_instant("2026-11-20T14:30:00Z")
"""22:30 in Shanghai."""
MORNING_MS: Final = parse_instant("2026-11-21T00:00:00Z")
"""08:00 there."""
HOUR: Final = MS_PER_HOUR
DAY: Final = MS_PER_DAY


def asked(**own: Any) -> Found:
    """Return 80 % of data found of an adult who has agreed to everything, with fields of the profile."""
    at_ms = own.pop("at_ms", CLOCK_MS)
    given = {"consents": (AGREED, PROFILED)} | own
    return agreed(near_limit(), profile=profile(**given), clock_ms=at_ms)


def born(years: int, *, days: int = 0) -> date:
    """Return the birth date of somebody who is so old on the day of `CLOCK_MS`, and so many days more."""
    return date.fromordinal(date(2026 - years, 11, 20).toordinal() - days)


def proposal(  # noqa: PLR0913  (each is one thing that a rule may say)
    given: Found,
    key: str = "d5",
    value: int = 0,
    *,
    kind: OfferType = "addon",
    rule: str = "addon_offer",
    causes: tuple[Signal, ...] | None = None,
    reasons: tuple[SuppressionReason, ...] = (),
) -> Proposal:
    """Return what a rule would offer: the text is that of an add-on's offer."""
    signals = causes or given.signals
    return Proposal(
        kind=kind,
        rule=rule,
        key=key,
        causes=signals,
        leading=signals[0],
        value=Decimal(value),
        reasons=reasons,
        build=partial(_offer, given, kind, tuple(signal.id for signal in signals)),
    )


def _offer(given: Found, kind: OfferType, causes: tuple[str, ...], channel: Channel) -> OfferEvent:
    (addon,) = addon_offer.respond(replace(given, signals=(near_limit(),)))
    build: Callable[[Channel], OfferEvent] | None = addon.build
    if build is None:
        raise ValueError("the add-on of the builder fits")
    return replace(build(channel), type=kind, cause=causes)


def made(
    *, at_ms: int = CLOCK_MS, key: str = "d5", offer_id: str = "offer", for_ms: int = DAY, **own: Any
) -> Made:
    """Return an offer that was made by app."""
    given = {"kind": "addon", "channel": "app", "causes": ("id-near-80-data",)} | own
    return Made(offer_id=offer_id, key=key, at_ms=at_ms, expires_ms=at_ms + for_ms, **given)


def contact(*offers: Made, **own: Any) -> Contact:
    """Return a memory of offers."""
    return Contact(made=offers, **own)


def intent() -> Intent:
    """Return that the subscriber looks for more data."""
    return Intent(**_window("intent"), intent="more_data", rule="balance_views", count=5, window_hours=24)


def segment() -> Segment:
    """Return that the subscriber runs out again and again."""
    return Segment(**_window("segment"), segment="data_panic", period="2026-11-01", partial=False)


def _window(name: str) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "subscriber_id": "8613800000001",
        "at": AT,
        "decided_at": AT,
        "evidence": (),
        "decided_by": DecidedBy(rule=name, regime="default", regime_version=1, plan_version=None, build="0"),
    }


# -- lines of a file


def consent(purpose: str = "commercial", *, granted: bool = True, at: str = "2026-01-05T10:00:00Z") -> Line:
    """Return one consent of a profile."""
    return {"purpose": purpose, "granted": granted, "at": at}


CONSENTS: Final = [consent(), consent("profiling")]


def willing(**own: Any) -> Line:
    """Return the profile of an adult who has agreed to offers, by app or SMS."""
    return build.profile(**{"channels": ["app", "sms"], "consents": CONSENTS, **own})


def clock(at: str) -> Line:
    """Return an event that does nothing but move the clock."""
    return event("app.viewed", at=at, page="other")


def responded(offer_id: str, response: str, at: str) -> Line:
    """Return a subscriber's answer to an offer."""
    return event("offer.responded", at=at, offer_id=offer_id, response=response)


def reported(of: str, status: str, at: str, channel: str = "app") -> Line:
    """Return what became of a message."""
    return event("message.reported", at=at, of=of, status=status, channel=channel)


def complaint(step: str, at: str, complaint_id: str = "c1", *, topic: str = "opening_hours") -> Line:
    """Return a step of a complaint."""
    return event(f"complaint.{step}", at=at, complaint_id=complaint_id, topic=topic, channel="hall")
