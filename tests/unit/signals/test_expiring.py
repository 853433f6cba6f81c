"""``expiring``: a reminder before an add-on lapses, found by a timer with no record of its own."""

# ruff: noqa: ANN401  (`own` are fields of a record)

from typing import Any

import pytest

from tests.build import NOON, Fed, Line, after, data, event, plan, profile, replay, sms

EXPIRES = "2026-11-20T00:00:00Z"


def bought(**own: Any) -> Line:
    """Return 5 MB that were bought at noon of the 10th and last until the 20th."""
    given = {"addon_id": "pack", "bucket": "data", "amount": 5_000_000, "expires_at": EXPIRES, **own}
    return event("addon.purchased", event_id="e1", **given)


def at(text: str) -> Line:
    """Return a record that moves the clock and nothing else."""
    return sms(0, at=text)


def told(fed: Fed) -> list[tuple[str, int]]:
    """Return when it was due and how much was left of each reminder."""
    return [(signal.at, signal.left) for signal in fed.over_time if signal.kind() == "expiring"]


@pytest.mark.parametrize(("span", "count"), [({"hours": -24, "ms": -1}, 0), ({"hours": -24}, 1)])
def test_reminder_is_a_day_before_the_expiry(span: dict[str, int], count: int) -> None:
    """The regime's ``expiry_reminder_hours``, 24; due at the instant, whenever the next record comes."""
    fed = replay([bought(), at(after(EXPIRES, **span))])

    assert [("2026-11-19T00:00:00.000Z", 5_000_000)] * count == told(fed)


def test_reminder_is_told_once() -> None:
    """However many records come after."""
    assert 1 == len(told(replay([bought(), *(at(after(EXPIRES, hours=hour)) for hour in range(-23, 30, 3))])))


def test_used_up_pack_needs_no_reminder() -> None:
    """Nothing is left that could lapse."""
    assert [] == told(replay([bought(), data(60), at(EXPIRES)]))


def test_what_is_left_is_of_the_pack() -> None:
    """Used before the plan's own, which lasts longer."""
    assert [2_000_000] == [left for _, left in told(replay([bought(), data(30), at(EXPIRES)]))]


def test_pack_bought_within_the_last_day_has_no_reminder() -> None:
    """It was on the subscriber's mind an hour ago."""
    assert [] == told(replay([bought(expires_at=after(NOON, hours=24)), at(after(NOON, hours=30))]))


def test_unlimited_allowance_makes_a_pack_useless_and_its_reminder_too() -> None:
    """Nothing lapses that anybody could use."""
    unlimited = plan({"bucket": "data", "amount": None, "beyond": {"action": "charge"}})

    assert [] == told(replay([unlimited, bought(), at(EXPIRES)]))


def test_subscriber_reads_how_much_and_until_when() -> None:
    """A notice of service, in the plan's units and the subscriber's time."""
    fed = replay([profile(time_zone="Asia/Shanghai", language="en"), bought(), at(EXPIRES)])
    [notice] = [one for one in fed.care if one.decided_by.rule == "expiring_notice"]

    assert ("usage_notice", "expiring") == (notice.type, notice.template.id)
    assert "5 MB of what you bought besides your plan is left" in notice.text
    assert "20 Nov 2026 08:00" in notice.text
    assert () == notice.evidence
