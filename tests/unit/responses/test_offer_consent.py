"""Consent to offers: which one is in force, and to which channels it extends."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from schemas.messages import OfferEvent, SuppressedOffer
from schemas.profile import Consent
from streams.responses import addon_offer
from streams.responses.found import Found
from tests.build_found import AGREED, agreed, near_limit, profile
from tests.said import said


def _one(given: Found) -> OfferEvent | SuppressedOffer:
    (output,) = said(given, response=addon_offer.respond)
    assert isinstance(output, OfferEvent | SuppressedOffer)
    return output


@pytest.mark.parametrize(
    ("consents", "is_granted"),
    [
        ((), False),
        (((True, 1),), True),
        (((False, 1),), False),
        (((True, 1), (False, 2)), False),
        (((False, 1), (True, 2)), True),
        (((True, 1), (False, 1)), False),
    ],
)
def test_the_later_consent_wins_and_at_equal_times_the_refusal(
    consents: tuple[tuple[bool, int], ...], *, is_granted: bool
) -> None:
    """Absent is refused; the order in the profile does not matter."""
    stated = [Consent(purpose="commercial", granted=granted, at=at) for granted, at in consents]
    for order in permutations(stated):
        given = agreed(near_limit(), profile=profile(consents=order))

        assert is_granted == isinstance(_one(given), OfferEvent)


def test_consent_to_profiling_is_none_to_offers() -> None:
    """Each purpose is agreed to by itself."""
    given = agreed(near_limit(), profile=profile(consents=(replace(AGREED, purpose="profiling"),)))

    assert not isinstance(_one(given), OfferEvent)


@pytest.mark.parametrize(
    ("channels", "consented", "expected"),
    [
        (("app", "sms"), (), "app"),
        (("app", "sms"), ("sms",), "sms"),
        (("call", "sms"), (), "sms"),
        ((), (), "sms"),
        ((), ("sms",), "sms"),
        ((), ("app",), "app"),
        (("app",), ("sms",), None),
        (("call",), ("call",), "call"),
        (("call",), (), None),
    ],
)
def test_an_offer_goes_only_where_consent_extends(
    channels: tuple[str, ...], consented: tuple[str, ...], expected: str | None
) -> None:
    """The subscriber's first channel among those agreed to; a call only where just that was agreed to."""
    consent = replace(AGREED, channels=consented)
    output = _one(agreed(near_limit(), profile=profile(channels=channels, consents=(consent,))))

    assert expected == (output.channel if isinstance(output, OfferEvent) else None)
