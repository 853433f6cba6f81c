"""Rows of the source documents on porting queries, tiers and what comes of what is said."""

import pytest

from tests.build import Fed, addon, after, data, event, plan, replay
from tests.build_contact import clock, reported, responded, willing

NOON = "2026-11-10T12:00:00Z"
SHOP = (plan(), addon())


@pytest.mark.parametrize("form", ["CXXZ", "INFO", None])
def test_a2_5_a_question_about_porting_is_a_signal_with_what_was_asked(form: str | None) -> None:
    """A2.5: by SMS, USSD or app, at once; the text of the message is never known here."""
    own = {} if form is None else {"form": form}
    fed = replay([event("port.queried", at=NOON, channel="sms", **own)])

    assert [("port_query", "sms", form)] == [(one.kind(), one.channel, one.form) for one in fed.port]
    assert ["port_information"] == [one.type for one in fed.care]


def test_a2_15_a_new_device_is_an_occasion_once() -> None:
    """A2.15: the same change reported twice is one."""
    change = event("device.changed", at=NOON, model="X1", generation="5g", event_id="d")
    fed = replay([change, change, clock(after(NOON, days=3))])

    assert ["new_5g_device"] == [one.decided_by.rule for one in fed.care]


def test_a4_7_who_is_at_risk_is_asked_for_the_reason_first() -> None:
    """A4.7: first a contact to learn why; what could be offered waits."""
    told = event("competitor.reported", at=NOON, channel="call")
    disputes = event("care.contacted", at=after(NOON, hours=1), channel="call", topic="bill_dispute")
    fed = replay([willing(), told, disputes, data(85, at=after(NOON, hours=2))])

    assert "callback" in [task.kind_ for task in fed.tasks]
    assert [] == fed.offers
    assert ["usage_notice"] == [one.type for one in fed.care]


def test_a5_10_who_tells_us_first_of_a_rival_is_counted_as_a_reason() -> None:
    """A5.10: a report of a rival's approach is an event of its own, and evidence of a risk."""
    fed = replay(
        [event("competitor.reported", at=after(NOON, hours=hour), channel="call") for hour in range(3)]
    )
    risks = [signal for signal in fed.over_time if signal.kind() == "churn_risk"]

    assert all("competitor_reported" in risk.reasons for risk in risks)
    assert risks


def test_a5_11_what_a_subscriber_is_worth_moves_the_channel_not_the_alert() -> None:
    """A5.11: value is a parameter of who calls; a notice goes to everybody alike."""
    small, large = (
        [one.text for one in replay([willing(account_type=kind), data(85)]).care]
        for kind in ("person", "vip")
    )

    assert small == large


def offered() -> Fed:
    """Return an offer's whole way: made, delivered, seen, refused."""
    first = replay([*SHOP, willing(), data(85, at=NOON)])
    (offer,) = first.offers
    ways = [
        reported(offer.id, "delivered", after(NOON, minutes=1)),
        responded(offer.id, "seen", after(NOON, minutes=2)),
        responded(offer.id, "refused", after(NOON, minutes=3)),
    ]
    return replay([*SHOP, willing(), data(85, at=NOON), *ways])


def test_a5_12_acceptance_change_and_termination_are_counted() -> None:
    """A5.12: delivered, seen, refused: the funnel adds up."""
    stages = {stage: count for (_, _, stage), count in offered().pipeline.funnel.stages.items()}

    assert {"made": 1, "delivered": 1, "seen": 1, "refused": 1} == stages


def test_a5_13_every_message_says_whether_it_serves_or_sells() -> None:
    """A5.13: service is care, commerce an offer; no message is without its class."""
    fed = offered()

    assert {"service"} == {one.class_ for one in fed.care}
    assert {"commercial"} == {one.class_ for one in fed.offers}
