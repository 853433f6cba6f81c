"""``port_request``: porting out was asked for."""

from typing import Any

import pytest

from tests.build import Line, data, event, profile, replay

CONSENTS = [{"purpose": "commercial", "granted": True, "channels": ["sms"], "at": "2026-01-01T00:00:00Z"}]


def request(**own: Any) -> Line:  # noqa: ANN401 - fields of the event
    """Return a request to port out."""
    return event("port.requested", **{"port_ref": "r1", "form": "SQXZ", "raised_by": "customer", **own})


@pytest.mark.parametrize("raised_by", ["customer", "gaining_operator"])
def test_own_fields_repeat_the_event(raised_by: str) -> None:
    """All own fields of WIRE.md's table; a request is no query."""
    [signal] = replay([request(raised_by=raised_by)]).port

    assert ("port_request", None, "SQXZ", raised_by, "r1", 0, ()) == (
        signal.kind(),
        signal.channel,
        signal.form,
        signal.raised_by,
        signal.port_ref,
        signal.queries_30d,
        signal.risk,
    )


def test_queries_before_the_request_are_counted() -> None:
    """``queries_30d`` of a request: the questions that led to it."""
    fed = replay([event("port.queried", channel="app"), event("port.queried", channel="app"), request()])

    assert 2 == fed.port[-1].queries_30d


def test_request_is_followed_by_a_security_notice_and_never_by_an_offer() -> None:
    """Whoever asked for it, the subscriber hears of it; nobody tries to sell."""
    fed = replay([profile(consents=CONSENTS, channels=["sms"]), request()])

    assert ["security_notice"] == [care.type for care in fed.care]
    assert [] == [*fed.offers, *fed.suppressed]
    assert [signal.id for signal in fed.port] == [cause for care in fed.care for cause in care.cause]


def test_request_does_not_stop_usage_signals() -> None:
    """A port request is not a usage record: levels go on."""
    assert [("near_limit", 80)] == replay([request(), data(80)]).found
