"""Consents: of profile and events the later one wins, at equal times the refusal; absent is refused."""

import pytest

from tests.build import NOON, Line, addon, after, data, event, plan, profile, replay

EARLY, LATE = "2026-11-05T00:00:00Z", "2026-11-06T00:00:00Z"


def consent(at: str, *, granted: bool, purpose: str = "commercial") -> dict[str, object]:
    """Return a consent or refusal of a profile."""
    return {"purpose": purpose, "granted": granted, "channels": ["sms"], "at": at}


def said(at: str, *, granted: bool, purpose: str = "commercial") -> Line:
    """Return a consent or refusal of an event."""
    own = consent(at, granted=granted, purpose=purpose)
    return event("consent.changed", arrives="2026-11-07T00:00:00Z", **own)  # type: ignore[arg-type]


def offered(*lines: Line, consents: list[dict[str, object]] | None = None) -> bool:
    """Return whether 80 % leads to an offer."""
    who = profile(consents=consents or [], channels=["sms"])
    fed = replay([plan(), addon(), who, *lines, data(80)])
    assert 1 == len(fed.offers) + len(fed.suppressed)
    return bool(fed.offers)


def test_absent_is_refused() -> None:
    """No consent, no offer."""
    assert not offered()
    assert not offered(consents=[consent(EARLY, granted=True, purpose="profiling")])
    assert not offered(said(EARLY, granted=True, purpose="profiling"))


def test_either_place_may_grant() -> None:
    """The profile or an event."""
    assert offered(consents=[consent(EARLY, granted=True)])
    assert offered(said(EARLY, granted=True))


@pytest.mark.parametrize(("profile_says", "event_says"), [(True, False), (False, True)])
def test_later_one_wins(*, profile_says: bool, event_says: bool) -> None:
    """By ``at``, wherever it was said."""
    assert event_says == offered(
        said(LATE, granted=event_says), consents=[consent(EARLY, granted=profile_says)]
    )
    assert profile_says == offered(
        said(EARLY, granted=event_says), consents=[consent(LATE, granted=profile_says)]
    )


@pytest.mark.parametrize(("profile_says", "event_says"), [(True, False), (False, True)])
def test_refusal_wins_at_equal_times(*, profile_says: bool, event_says: bool) -> None:
    """In doubt no advertising."""
    assert not offered(said(LATE, granted=event_says), consents=[consent(LATE, granted=profile_says)])


def test_events_are_ordered_by_their_own_time() -> None:
    """An older word that arrives later changes nothing; at equal times the refusal stands."""
    assert offered(said(LATE, granted=True), said(EARLY, granted=False))
    assert not offered(said(LATE, granted=False), said(EARLY, granted=True))
    assert not offered(said(LATE, granted=False), said(LATE, granted=True))
    assert not offered(said(LATE, granted=True), said(LATE, granted=False))


def test_later_event_stands_against_a_new_profile_with_an_older_consent() -> None:
    """A profile replaces the old one whole, but not a later word."""
    old = consent(EARLY, granted=True)
    again = profile(consents=[old], channels=["sms"], arrives="2026-11-08T00:00:00Z")

    assert not offered(said(LATE, granted=False), again, consents=[old])


def test_consent_of_a_profile_that_names_it_no_more_is_gone() -> None:
    """The new profile replaces the old one whole: absent is refused."""
    again = profile(channels=["sms"], arrives="2026-11-08T00:00:00Z")

    assert not offered(again, consents=[consent(EARLY, granted=True)])


def test_event_before_the_profile_is_kept_for_it() -> None:
    """A word that came first is not lost."""
    fed = replay(
        [
            plan(),
            addon(),
            event("consent.changed", purpose="commercial", granted=True, channels=["sms"]),
            profile(channels=["sms"], arrives=after(NOON, hours=1)),
            data(80, at=after(NOON, hours=2)),
        ],
        is_bare=True,
    )

    assert 1 == len(fed.offers)
