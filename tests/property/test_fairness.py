"""Two subscribers who differ only in age, language or worth get the same plan, price and time of alert."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Fed, addon, after, allowance, data, plan, replay, voice
from tests.build_contact import clock, willing

EXAMPLES = settings(max_examples=150, derandomize=True, deadline=None)
START = "2026-11-02T00:00:00Z"
SHOP = [
    plan(allowance(), allowance("voice", 3_600), price="100.00"),
    addon(),
    addon(addon_id="b", price="18.00", amount=20_000_000),
]

WHO = st.fixed_dictionaries(
    {
        "born_on": st.dates(min_value=date(1930, 1, 1), max_value=date(2007, 1, 1)),
        "language": st.sampled_from(["zh", "en", "fr"]),
        "channels": st.sampled_from([["app", "sms"], ["sms"], []]),
        "credit_limit": st.sampled_from([None, {"amount": "5000.00", "currency": "CNY"}]),
        "joined_on": st.sampled_from([None, "2001-01-01", "2025-01-01"]),
        "vas": st.sampled_from([[], ["ringtone"]]),
    }
)
USAGE = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["data", "voice"]), st.integers(1, 60)),
    min_size=1,
    max_size=8,
)


def life(who: dict[str, Any], usage: list[tuple[int, str, int]]) -> Fed:
    """Return what comes of the same usage for one of them."""
    lines, hour = [], 0
    for hours, kind, percent in usage:
        hour += hours
        at = after(START, hours=hour)
        lines.append(data(percent, at=at) if kind == "data" else voice(percent * 36, at=at))
    return replay([*SHOP, willing(**who), *lines, clock(after(START, hours=hour + 24))])


@EXAMPLES
@given(WHO, WHO, USAGE)
def test_who_somebody_is_changes_no_plan_price_or_time(
    one: dict[str, Any], other: dict[str, Any], usage: list[tuple[int, str, int]]
) -> None:
    """The channel may differ, and the language of the text."""
    first, second = (life({**who, "born_on": str(who["born_on"])}, usage) for who in (one, other))

    assert [(notice.id, notice.at, notice.due_by, notice.priority) for notice in first.care] == [
        (notice.id, notice.at, notice.due_by, notice.priority) for notice in second.care
    ]
    assert [_terms(offer) for offer in first.offers] == [_terms(offer) for offer in second.offers]
    assert [one.reasons for one in first.suppressed] == [one.reasons for one in second.suppressed]


def _terms(offer: Any) -> tuple[Any, ...]:  # noqa: ANN401  (an offer's own fields)
    options = [(option.id, option.monthly_cost) for option in offer.options]
    prices = [item.price for item in offer.items]
    return offer.id, offer.decided_at, offer.type, options, offer.price_delta, prices, offer.term_months
