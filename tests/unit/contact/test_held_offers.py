"""Offers that wait for the end of the quiet hours: they pass the whole gate again, and are made once."""

import pytest

from tests.build import (
    NOON,
    Fed,
    Line,
    addon,
    after,
    allowance,
    data,
    event,
    plan,
    profile,
    replay,
    tombstone,
    usage,
)
from tests.build_contact import clock, complaint, consent, reported, willing

NIGHT = "2026-11-10T22:30:00Z"
MORNING = "2026-11-11T08:00:00.000Z"
LATER = "2026-11-11T08:01:00Z"
SHOP = [plan(), addon()]


def night(*lines: Line, who: Line | None = None) -> Fed:
    """Return what comes of 80 % at half past ten at night, and of what follows until the morning."""
    return replay([*SHOP, who or willing(), data(80, at=NIGHT), *lines, clock(LATER)])


def told(fed: Fed) -> tuple[list[str], list[list[str]]]:
    """Return when offers were made, and why others were not."""
    reasons = [[str(reason) for reason in one.reasons] for one in fed.suppressed]
    return [offer.decided_at for offer in fed.offers], reasons


def test_an_offer_of_the_night_is_made_in_the_morning() -> None:
    """DOMAIN A3.6: 22:30 local is held to 08:00; the notice is sent at once."""
    fed = night()

    assert ([MORNING], []) == told(fed)
    assert ["2026-11-10T22:30:00.000Z"] == [notice.decided_at for notice in fed.care]
    assert ["2026-11-10T22:30:00.000Z"] == [offer.at for offer in fed.offers]


def test_it_has_the_identity_that_it_would_have_had_at_once() -> None:
    """The same rule and the same cause: when it is made does not matter."""
    at_once = replay([*SHOP, willing(time_zone="America/New_York"), data(80, at=NIGHT)])

    assert ["2026-11-10T22:30:00.000Z"] == [offer.decided_at for offer in at_once.offers]
    assert [offer.id for offer in night().offers] == [offer.id for offer in at_once.offers]


def test_nothing_is_said_before_the_morning() -> None:
    """Neither the offer nor that there is none."""
    fed = replay([*SHOP, willing(), data(80, at=NIGHT), clock("2026-11-11T07:59:59Z")])

    assert ([], []) == told(fed)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (complaint("opened", "2026-11-11T00:10:00Z"), "open_complaint"),
        (event("fault.opened", at="2026-11-11T00:10:00Z", fault_id="f"), "open_fault"),
        (
            event("consent.changed", at="2026-11-11T00:10:00Z", purpose="commercial", granted=False),
            "no_consent",
        ),
        (willing(dnd=True, arrives="2026-11-11T00:10:00Z"), "do_not_disturb"),
        (willing(status="suspended", arrives="2026-11-11T00:10:00Z"), "not_active"),
        (willing(plan_id="q", arrives="2026-11-11T00:10:00Z"), "plan_changed"),
    ],
)
def test_what_has_changed_in_the_night_speaks_against_it(line: Line, reason: str) -> None:
    """The whole gate again; what is not made is told with its reason."""
    fed = replay(
        [*SHOP, plan(plan_id="q"), willing(), data(80, at=NIGHT), line, clock(LATER)],
    )

    assert ([], [[reason]]) == told(fed)


def test_a_cause_that_is_resolved_takes_it_back_at_once() -> None:
    """Who has bought more is not told in the morning that it runs out."""
    bought = event(
        "addon.purchased", at="2026-11-10T23:00:00Z", addon_id="a", bucket="data", amount=5_000_000
    )
    fed = night(bought)

    assert ([], [["cause_resolved"]]) == told(fed)
    assert ["2026-11-10T23:00:00.000Z"] == [one.decided_at for one in fed.suppressed]


def test_one_that_has_become_stale_is_not_made() -> None:
    """At the end of the period there is nothing more to buy for it."""
    last = "2026-11-30T22:30:00Z"
    fed = replay([*SHOP, willing(), data(80, at=last), clock("2026-12-01T08:00:00Z")])

    assert ([], [["period_ended"]]) == told(fed)


def test_the_same_found_again_at_night_is_one_offer() -> None:
    """80 %, then 100 %: the later one stands for both."""
    fed = night(data(20, at="2026-11-10T23:30:00Z"))

    assert ([MORNING], [["outranked"]]) == told(fed)
    assert ["100"] == [offer.template.params["level"] for offer in fed.offers]


def test_several_of_a_night_are_one_offer_in_the_morning() -> None:
    """Home and roaming data both run short: one is made, the other is told why not."""
    both = plan(allowance(), allowance("data.roaming", 1_000_000))
    roaming = usage("data", at="2026-11-10T23:00:00Z", bytes_up=900_000, roaming=True)
    shop = [both, addon(), addon(addon_id="r", bucket="data.roaming"), willing()]
    fed = replay([*shop, data(80, at=NIGHT), roaming, clock(LATER)])

    assert ([MORNING], [["outranked"]]) == told(fed)


def test_when_the_clock_comes_late_it_is_night_again() -> None:
    """A worker that was away until the next night does not write at night for all that was due by day."""
    fed = replay([*SHOP, willing(), data(80, at=NIGHT), clock("2026-11-11T23:00:00Z")])
    assert [MORNING] == [offer.decided_at for offer in fed.offers]  # a file's clock is the timer's own

    fed.pipeline.advance(0)  # a live worker's goes on by itself
    late = replay([*SHOP, willing(), data(80, at=NIGHT)])
    late.pipeline.advance(1_794_438_000_000)  # 2026-11-11T23:00:00Z
    assert [] == late.pipeline.tick(1_794_438_000_000)
    assert [1_794_470_400_000] == [late.pipeline.next_due_ms()]  # 2026-11-12T08:00:00Z


def test_it_is_made_once_over_a_restart() -> None:
    """What waits is in the state; once it is made it waits no more."""
    first = replay([*SHOP, willing(), data(80, at=NIGHT)])
    state = first.state()
    assert state is not None
    assert state.contact is not None
    assert 1 == len(state.contact.waiting)

    assert 1 == len(night(clock("2026-11-11T08:00:00Z")).offers)
    assert 1 == len(night(clock("2026-11-11T08:00:01Z"), clock("2026-11-11T08:00:30Z")).offers)


def test_a_tombstone_cancels_what_waits() -> None:
    """A subscriber who is no more hears nothing."""
    assert ([], []) == told(night(tombstone(arrives="2026-11-11T01:00:00Z")))


def test_quiet_hours_are_the_subscriber_s_own() -> None:
    """Half past ten at night in London is half past seven in the morning in Tokyo, and quiet there too."""
    fed = night(who=willing(time_zone="Asia/Tokyo"))

    assert (["2026-11-10T23:00:00.000Z"], []) == told(fed)


def test_by_day_nothing_waits() -> None:
    """At noon it is made at once."""
    fed = replay([*SHOP, willing(), data(80)])

    assert (["2026-11-10T12:00:00.000Z"], []) == told(fed)
    assert after(NOON, hours=0) == fed.offers[0].at


def test_an_answer_in_the_night_moves_it_to_that_channel() -> None:
    """Where it goes is decided when it is made."""
    fed = night(reported("some-notice", "seen", "2026-11-11T07:30:00Z", "sms"))

    assert ["sms"] == [offer.channel for offer in fed.offers]


def test_who_never_agreed_has_nothing_waiting() -> None:
    """What something else speaks against is told at once."""
    fed = night(who=profile(consents=[consent(granted=False)]))

    assert ([], [["no_consent", "quiet_hours"]]) == told(fed)
