"""What is said about porting out: informs and protects, never persuades."""

import pytest

from schemas.messages import CareEvent
from schemas.signals import PortSignals
from schemas.times import LAST_MS, MS_PER_DAY, format_instant
from streams.responses.found import Found
from tests.build_found import AGREED, CLOCK_MS, agreed, found, near_limit, port_query, port_request, profile
from tests.said import said


def _one(given: Found) -> CareEvent:
    (notice,) = said(given)
    assert isinstance(notice, CareEvent)
    return notice


def test_a_query_is_answered_with_information() -> None:
    """A question gets an answer, within the minute that the UK allows."""
    notice = _one(found(port_query(), plan=None))

    assert notice.type == "port_information"
    assert notice.decided_by.rule == "port_information"
    assert notice.decided_by.plan_version is None
    assert notice.priority == 4
    assert format_instant(CLOCK_MS + 60_000) == notice.due_by


@pytest.mark.parametrize("raised_by", ["customer", "gaining_operator"])
def test_a_request_is_a_security_notice(raised_by: str) -> None:
    """Only the subscriber can tell a move from a theft, so every request is told at once."""
    notice = _one(found(port_request(raised_by=raised_by), plan=None))

    assert notice.type == "security_notice"
    assert notice.decided_by.rule == "port_security"
    assert notice.priority == 1
    assert format_instant(CLOCK_MS + 2_000) == notice.due_by
    assert format_instant(CLOCK_MS + 30 * MS_PER_DAY) == notice.expires_at


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (("sms", "app"), "app"),
        (("call", "hall", "email"), "email"),
        (("hall", "call"), "call"),
        (("sms",), "sms"),
        (("hall",), "sms"),
        ((), "sms"),
    ],
)
def test_a_security_notice_avoids_the_number_that_is_being_moved(
    channels: tuple[str, ...], expected: str
) -> None:
    """Who has taken the number reads its messages; and nobody learns at a counter what cannot wait."""
    assert expected == _one(found(port_request(), profile=profile(channels=channels))).channel


@pytest.mark.parametrize("status", ["prospect", "active", "suspended", "terminated"])
def test_a_security_notice_is_sent_whatever_the_status(status: str) -> None:
    """It is never withheld."""
    assert _one(found(port_request(), profile=profile(status=status))).type == "security_notice"


@pytest.mark.parametrize("signal", [port_query(), port_request()])
def test_beside_anything_about_porting_there_is_no_offer(signal: PortSignals) -> None:
    """Nor a suppressed one: its reason would tell sales what only ``port-signals`` may tell."""
    given = agreed(near_limit(), signal, profile=profile(consents=(AGREED,)))
    outputs = said(given)

    assert {"care-events"} == {output.TOPIC for output in outputs}
    assert len(outputs) == 2


def test_times_end_with_the_year_9999() -> None:
    """A history may be played at any time that RFC 3339 can write."""
    notice = _one(found(port_request(), clock_ms=LAST_MS))

    assert notice.due_by == "9999-12-31T23:59:59.999Z"
