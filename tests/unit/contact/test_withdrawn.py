"""``withdrawn``: an offer that does not hold any more is taken back, once, with the reason."""

from typing import Any

import pytest

from schemas.outputs import derive_id
from tests.build import (
    SUBSCRIBER,
    Fed,
    Line,
    addon,
    after,
    data,
    event,
    plan,
    replay,
    tombstone,
)
from tests.build_contact import complaint, responded, willing

OFFERED = [plan(), addon(), willing(), data(80)]
LATER = "2026-11-11T09:00:00Z"


def withdrawn(*lines: Line) -> list[tuple[Any, Any]]:
    """Return what was taken back after an offer was made: of which, and why."""
    fed = replay([*OFFERED, *lines])
    (offer,) = fed.offers
    return [(one.of == offer.id, one.reason) for one in fed.care if one.type == "withdrawn"]


def offer_id() -> str:
    """Return the id of the offer."""
    (offer,) = replay(OFFERED).offers
    return offer.id


def consent_ends(purpose: str = "commercial") -> Line:
    """Return that a consent is taken back."""
    return event("consent.changed", at=LATER, purpose=purpose, granted=False)


def correction() -> Line:
    """Return a correction of the record that led to the offer: 80 % was 10 %."""
    return data(
        10,
        at="2026-11-10T12:00:00Z",
        arrives=LATER,
        corrects={"record_id": "r3", "was": {"bytes_up": 8_000_000}},
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (consent_ends(), "consent"),
        (willing(consents=[], arrives=LATER), "consent"),
        (complaint("opened", LATER), "complaint"),
        (complaint("progressed", LATER), "complaint"),
        (
            event("port.requested", at=LATER, port_ref="x", form="SQXZ", raised_by="customer"),
            "port_request",
        ),
        (
            event("port.requested", at=LATER, port_ref="x", form="PAC", raised_by="gaining_operator"),
            "port_request",
        ),
        (correction(), "correction"),
        (willing(status="suspended", arrives=LATER), "not_active"),
        (willing(dnd=True, arrives=LATER), "do_not_disturb"),
    ],
)
def test_what_voids_an_open_offer_takes_it_back(line: Line, reason: str) -> None:
    """Consent, a complaint, a request to leave, a correction, a wish: `withdrawn` follows at once."""
    assert [(True, reason)] == withdrawn(line)


@pytest.mark.parametrize(
    "line",
    [
        event("fault.opened", at=LATER, fault_id="f"),
        event("port.queried", at=LATER, channel="sms"),
        consent_ends("profiling"),
        willing(arrives=LATER),
        event(
            "consent.changed", at="2025-01-01T00:00:00Z", arrives=LATER, purpose="commercial", granted=False
        ),
        complaint("closed", LATER),
        data(1, at=LATER),
    ],
)
def test_what_voids_nothing_takes_nothing_back(line: Line) -> None:
    """A fault, a question, an older word, a consent that the offer did not need."""
    assert [] == withdrawn(line)


@pytest.mark.parametrize("response", ["accepted", "refused"])
def test_an_offer_that_is_answered_is_not_taken_back(response: str) -> None:
    """It is open no more."""
    assert [] == withdrawn(responded(offer_id(), response, "2026-11-11T08:00:00Z"), consent_ends())


def test_one_that_is_only_seen_is() -> None:
    """Looking is no answer."""
    assert [(True, "consent")] == withdrawn(
        responded(offer_id(), "seen", "2026-11-11T08:00:00Z"), consent_ends()
    )


def test_an_offer_is_taken_back_once() -> None:
    """Whatever else comes then."""
    assert [(True, "complaint")] == withdrawn(complaint("opened", LATER), consent_ends(), correction())


def test_an_offer_that_has_ended_is_not_taken_back() -> None:
    """It expired with the billing period."""
    assert [] == withdrawn(complaint("opened", "2026-12-02T09:00:00Z"))


def test_who_buys_what_was_offered_is_not_told_that_it_is_withdrawn() -> None:
    """The purchase resolves what led to the offer; it is an acceptance."""
    bought = event("addon.purchased", at=LATER, addon_id="a", bucket="data", amount=5_000_000)
    fed = replay([*OFFERED, bought])

    assert ["near_limit", "resolved"] == [signal.kind() for signal in fed.signals]
    assert ["usage_notice"] == [notice.type for notice in fed.care]
    assert 1 == fed.pipeline.funnel.stages["addon", "app", "accepted"]


def test_who_buys_something_else_needs_the_offer_no_more() -> None:
    """It is as true for the subscriber as a correction."""
    bought = event("addon.purchased", at=LATER, addon_id="z", bucket="data", amount=5_000_000)

    assert [(True, "correction")] == withdrawn(bought)


def test_a_withdrawal_says_what_when_and_by_which_record() -> None:
    """It goes where the offer went, at once, with the same words whatever the reason."""
    fed = replay([*OFFERED, complaint("opened", LATER)])
    (offer,) = fed.offers
    (notice,) = [one for one in fed.care if one.type == "withdrawn"]
    expected = derive_id("care-events", "withdrawn", SUBSCRIBER, "withdrawn", [offer.id])

    assert (expected, "service", "app", (offer.id,)) == (
        notice.id,
        notice.class_,
        notice.channel,
        notice.cause,
    )
    assert ("2026-11-11T09:00:00.000Z", after(LATER, minutes=1)) == (notice.at, notice.due_by)
    assert notice.expires_at == offer.expires_at
    assert ["r4"] == [evidence.record_id for evidence in notice.evidence]
    assert "complaint" not in notice.text


def test_a_tombstone_takes_nothing_back() -> None:
    """There is nobody to tell, and nothing of it is left."""
    fed: Fed = replay([*OFFERED, tombstone(arrives=LATER)])

    assert [] == [one for one in fed.care if one.type == "withdrawn"]
    assert fed.state() is None
