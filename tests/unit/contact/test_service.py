"""Notices: each is sent, at once and on the best channel, save for the subscriber's wish and the night."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.messages import CareEvent, CareType
from schemas.outputs import Output
from schemas.times import format_instant, parse_instant
from streams.core.catalog import Catalog
from streams.core.contact import WAITING_COUNT_MAX
from streams.core.subscriber import Subscriber
from streams.noticing import Notices
from streams.pipeline import Rules
from streams.regimes import shipped
from streams.responses import respond
from streams.responses.found import Found
from streams.turn import Turn
from tests.build import data, plan, profile, replay
from tests.build_contact import MORNING_MS, NIGHT_MS, asked, born, contact
from tests.build_found import CLOCK_MS, found, near_limit, overage, port_query, port_request
from tests.build_found import profile as a_profile

THROTTLE_PLAN = plan({"bucket": "data", "amount": 1_000_000, "beyond": {"action": "throttle"}})


class Desk:
    """Notices of one subscriber on their way out."""

    def __init__(self, jurisdiction: str = "CN", **own: Any) -> None:  # noqa: ANN401  (of a profile)
        self.state = Subscriber(id="8613800000001")
        self.state.set_profile(a_profile(jurisdiction=jurisdiction, **own), arrival_ms=0)
        self.notices = Notices(catalog=Catalog(), rules=Rules.default())

    def notify(self, event: CareEvent, given: Found, *, at_ms: int = CLOCK_MS) -> int:
        """Let a notice out and return how many were sent at once."""
        turn = Turn(self.state, at_ms, [])
        standing = self.notices.standing(turn)
        assert standing is not None
        self.notices.notify(turn, event, standing, given.signals)
        return len(turn.out)

    def wake(self, now_ms: int) -> list[bytes]:
        """Return what is let out when its time has come."""
        turn = Turn(self.state, now_ms, [])
        standing = self.notices.standing(turn)
        assert standing is not None
        self.notices.wake(turn, standing, now_ms)
        return [emitted.value or b"" for emitted in turn.out]


def notice_of(given: Found) -> CareEvent:
    """Return the notice of what was found."""
    out: list[Output] = [one for one in respond(given) if isinstance(one, CareEvent)]
    (notice,) = out
    assert isinstance(notice, CareEvent)
    return notice


def of_type(kind: CareType, *, expires_ms: int = MORNING_MS + 1) -> CareEvent:
    """Return a notice of a kind."""
    return replace(
        notice_of(found(near_limit())), type=kind, expires_at=format_instant(expires_ms), id=f"id-{kind}"
    )


GIVEN = found(near_limit())


@pytest.mark.parametrize(
    ("country", "words", "given", "expected"),
    [
        ("US", ("usage_notice",), found(near_limit()), 0),
        ("US", ("limit_notice",), found(near_limit()), 1),
        ("US", ("limit_notice",), found(overage()), 0),
        ("CN", ("usage_notice", "limit_notice", "overage_steps"), found(near_limit()), 1),
        ("AU", ("usage_notice",), found(near_limit()), 1),
        ("ZA", ("usage_notice",), found(near_limit()), 0),
        ("IN", ("overage_steps",), found(overage(step=1)), 0),
        ("IN", ("overage_steps",), found(overage(step=0)), 1),
        ("IN", ("overage_steps",), found(near_limit(100), overage(step=1)), 1),
        ("IN", ("limit_notice",), found(overage(step=1)), 1),
        ("US", ("port_information", "security_notice"), found(port_query(), plan=None), 1),
        ("US", ("security_notice", "usage_notice"), found(port_request(), plan=None), 1),
    ],
)
def test_a_notice_may_be_opted_out_of_where_the_law_has_it(
    country: str, words: tuple[str, ...], given: Found, expected: int
) -> None:
    """CTIA: alerts may be opted out of; TRAI: those after every 10 MB; elsewhere and for safety never."""
    assert expected == Desk(country, notice_opt_outs=words).notify(notice_of(given), given)


@pytest.mark.parametrize("kind", ["greeting", "gift", "survey"])
@pytest.mark.parametrize("country", ["CN", "US", "GB", "IN", "ZA", "AU", "DE"])
def test_what_no_law_asks_for_may_be_done_without(kind: CareType, country: str) -> None:
    """Greetings, gifts and surveys, anywhere."""
    assert 0 == Desk(country, notice_opt_outs=(kind,)).notify(of_type(kind), GIVEN)
    assert 1 == Desk(country).notify(of_type(kind), GIVEN)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("usage_notice", 1),
        ("throttle_notice", 1),
        ("limit_notice", 1),
        ("bill_notice", 1),
        ("security_notice", 1),
        ("port_information", 1),
        ("roaming_welcome", 1),
        ("complaint_progress", 1),
        ("withdrawn", 1),
        ("greeting", 0),
        ("gift", 0),
        ("survey", 0),
    ],
)
def test_only_what_can_wait_waits_for_the_morning(kind: CareType, expected: int) -> None:
    """What costs or warns is sent at half past ten at night."""
    desk = Desk()

    assert expected == desk.notify(of_type(kind), GIVEN, at_ms=NIGHT_MS)
    assert 1 - expected == len(desk.wake(MORNING_MS))
    assert [] == desk.wake(MORNING_MS)


def test_a_greeting_that_would_be_stale_in_the_morning_is_sent_at_once() -> None:
    """Late is worse than loud."""
    assert 1 == Desk().notify(of_type("greeting", expires_ms=MORNING_MS), GIVEN, at_ms=NIGHT_MS)


def test_no_notice_is_lost_when_too_many_wait() -> None:
    """Those that do not fit are sent."""
    desk = Desk()
    sent = [desk.notify(of_type("greeting"), GIVEN, at_ms=NIGHT_MS) for _ in range(WAITING_COUNT_MAX + 2)]

    assert [0] * WAITING_COUNT_MAX + [1, 1] == sent
    assert WAITING_COUNT_MAX == len(desk.wake(MORNING_MS))


def test_who_has_gone_or_opted_out_in_the_night_gets_no_greeting() -> None:
    """It is looked at once more when it is sent."""
    for now in (a_profile(status="terminated"), a_profile(notice_opt_outs=("greeting",))):
        desk = Desk()
        desk.notify(of_type("greeting"), GIVEN, at_ms=NIGHT_MS)
        desk.state.set_profile(now, arrival_ms=NIGHT_MS)

        assert [] == desk.wake(MORNING_MS)


def test_what_waited_says_when_it_was_decided() -> None:
    """In the morning; it is about the same, and has the same identity."""
    desk = Desk()
    event = of_type("greeting")
    desk.notify(event, GIVEN, at_ms=NIGHT_MS)
    (value,) = desk.wake(MORNING_MS)

    assert f'"decided_at":"{format_instant(MORNING_MS)}"'.encode() in value
    assert f'"id":"{event.id}"'.encode() in value
    assert f'"at":"{event.at}"'.encode() in value


def test_every_legal_duty_has_its_own_notice() -> None:
    """None is swallowed by another, however many fall due with one record or in one hour."""
    given = found(near_limit(80), near_limit(80, bucket="voice"), overage(bucket="sms"), port_query())
    notices = [one for one in respond(given) if isinstance(one, CareEvent)]

    assert [("id-near-80-data",), ("id-near-80-voice",), ("id-overage-sms",), ("id-port-query",)] == sorted(
        notice.cause for notice in notices
    )


@pytest.mark.parametrize("tier", ["person", "enterprise", "vip"])
@pytest.mark.parametrize("age", [17, 30, 80, None])
def test_a_notice_asks_for_no_consent_age_or_hour(tier: str, age: int | None) -> None:
    """Service is for everybody: also at night, to children, to those who want no advertising."""
    own: dict[str, Any] = {
        "account_type": tier,
        "dnd": True,
        "consents": (),
        "born_on": None if age is None else born(age),
    }
    given = asked(**own)

    assert 1 == Desk(**own).notify(notice_of(given), given, at_ms=NIGHT_MS)


def test_a_security_notice_stays_away_from_the_number() -> None:
    """Also where the number is the channel that answered last."""
    desk = Desk(channels=("sms", "app"))
    desk.state.contact = contact(answered_on="sms")
    given = found(port_request(), profile=a_profile(channels=("sms", "app")), plan=None)
    turn = Turn(desk.state, CLOCK_MS, [])
    standing = desk.notices.standing(turn)
    assert standing is not None
    desk.notices.notify(turn, notice_of(given), standing, given.signals)

    assert b'"channel":"app"' in (turn.out[0].value or b"")


def test_the_regimes_are_what_decides() -> None:
    """The shipped ones let nothing wait, and nothing be opted out of, that protects."""
    protected = {"security_notice", "port_information", "withdrawn"}
    for regime in shipped().all:
        assert not protected & regime.contact.notices_that_wait
        assert not protected & regime.contact.notice_opt_outs


def test_an_opt_out_works_from_end_to_end() -> None:
    """The signal is written all the same: only nobody is told."""
    fed = replay([plan(), profile(jurisdiction="US", notice_opt_outs=["usage_notice"]), data(80)])

    assert (1, 0) == (len(fed.signals), len(fed.care))
    assert parse_instant(fed.signals[0].at) > 0
