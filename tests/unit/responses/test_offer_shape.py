"""An offer that keeps something from the subscriber cannot be built."""

from typing import Any

import pytest
from msgspec.structs import asdict, replace

from schemas.messages import Item, OfferEvent, SuppressedOffer
from streams.responses import addon_offer
from tests.build_found import agreed, found, near_limit
from tests.said import said


def _offer() -> OfferEvent:
    (offer,) = said(agreed(near_limit()), response=addon_offer.respond)
    assert isinstance(offer, OfferEvent)
    return offer


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"cause": ()}, "cause"),
        ({"options": ()}, "stay"),
        ({"items": ()}, "items"),
        ({"price_delta": "10.01"}, "items"),
        ({"how_to_cancel": " "}, "how_to_cancel"),
        ({"how_to_opt_out": ""}, "how_to_opt_out"),
        ({"effective_on": ""}, "effective_on"),
    ],
)
def test_an_offer_that_keeps_something_back_cannot_be_built(change: dict[str, Any], match: str) -> None:
    """No cause, no way to stay, no way out, or a bill that does not add up."""
    offer = _offer()

    with pytest.raises(ValueError, match=match):
        replace(offer, **change)


@pytest.mark.parametrize(
    "name",
    [
        *("cause", "options", "price_delta", "currency", "term_months", "exit_fee", "effective_on", "items"),
        *("how_to_accept", "how_to_cancel", "how_to_opt_out", "revert_until", "irreversible", "gives_up"),
        "current_plan_closed",
    ],
)
def test_an_offer_without_a_field_cannot_be_built(name: str) -> None:
    """None of them has a default that could hide it."""
    fields = asdict(_offer())
    del fields[name]

    with pytest.raises(TypeError, match=name):
        OfferEvent(**fields)


def test_a_suppressed_offer_needs_a_reason() -> None:
    """One without would explain nothing."""
    (suppressed,) = said(found(near_limit()), response=addon_offer.respond)
    assert isinstance(suppressed, SuppressedOffer)

    with pytest.raises(ValueError, match="reason"):
        replace(suppressed, reasons=())


def test_a_long_bill_is_checked_to_its_last_digit() -> None:
    """Eleven items of 27 digits have a sum of 29, one more than decimals have unless told otherwise."""
    items = tuple(Item(name=str(place), price="999999999999999999.999999999") for place in range(11))
    total = "10999999999999999999.999999989"

    assert replace(_offer(), items=items, price_delta=total).price_delta == total
    with pytest.raises(ValueError, match="items"):
        replace(_offer(), items=items, price_delta=total[:-1] + "8")
