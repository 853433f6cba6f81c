"""Outputs as sentences."""

from typing import Any, get_args

import pytest

from schemas.fields import Money
from schemas.found import Signal
from schemas.messages import OfferEvent, SuppressedOffer, SuppressionReason
from schemas.outputs import DecidedBy, emit
from schemas.signals import Forecast, LateAdjustment, Reinstated, Resolved
from schemas.window_signals import (
    Arrears,
    BillShock,
    BillWarning,
    DroppedCalls,
    Expiring,
    Intent,
    Segment,
    UsageSpike,
)
from streams.core.catalog import Catalog
from streams.explain.sentences import label, read, sentence
from streams.explain.words import Raised, Words
from streams.responses import usage_notice
from tests.build_found import (
    AT,
    GB,
    PERIOD,
    PERIOD_ENDS_AT,
    agreed,
    churn_risk,
    exhausted,
    found,
    near_limit,
    overage,
    port_query,
    port_request,
    port_suspect,
    throttled,
)
from tests.said import said

WORDS = Words(
    catalog=Catalog(), time_zone="Asia/Shanghai", unit_base=1000, raised={"id-1": Raised("80 % of data", 12)}
)
COMMON: dict[str, Any] = {
    "id": "id-2",
    "subscriber_id": "8613800000001",
    "at": AT,
    "decided_at": AT,
    "decided_by": DecidedBy(rule="r", regime="default", regime_version=1, plan_version=None, build="0"),
    "evidence": (),
}
DATA: dict[str, Any] = {"bucket": "data", "unit": "octet"}
OF_PERIOD: dict[str, Any] = {**DATA, "period": PERIOD, "plan_id": "cn-128-20"}


def cny(amount: str) -> Money:
    """Return so many yuan."""
    return Money(amount=amount, currency="CNY")


def euro(amount: str) -> Money:
    """Return so many euros."""
    return Money(amount=amount, currency="EUR")


SIGNALS: list[tuple[Signal, str]] = [
    (churn_risk(), "the subscriber may be about to leave, 50 points: bill dispute, few contracts"),
    (
        port_suspect(),
        "the number was asked for soon after it moved to another SIM, on 18 Nov 2026 09:00",
    ),
    (
        near_limit(80, used=17 * GB),
        "80 % of data is reached: 17 GB of 20 GB are used, 85 %; 3 GB left until 1 Dec 2026 00:00",
    ),
    (
        near_limit(80, late=True),
        (
            "80 % of data is reached: 16 GB of 20 GB are used, 80 %; 4 GB left until 1 Dec 2026 00:00, "
            "by a record that came late"
        ),
    ),
    (overage(charge=cny("15.00")), "3 GB beyond the 20 GB of data, CNY 15.00 so far"),
    (overage(), "3 GB beyond the 20 GB of data, at no price that is known"),
    (
        overage(charge=euro("51.20"), step=2, cap=euro("50.00"), consent=False),
        (
            "3 GB beyond the 20 GB of data, EUR 51.20 so far; step 2 at EUR 50.00 is reached, and the "
            "subscriber has not agreed to go on"
        ),
    ),
    (
        overage(step=3, consent=True),
        (
            "3 GB beyond the 20 GB of data, at no price that is known; step 3 is "
            "reached, and the subscriber has agreed to go on"
        ),
    ),
    (throttled(), "data is used up, 20 GB of 20 GB: the plan slows down to 128 kbit/s, at no charge"),
    (throttled(to_kbps=None), "data is used up, 20 GB of 20 GB: the plan slows down, at no charge"),
    (
        exhausted(),
        (
            "data is used up, 20 GB of 20 GB: it stops until something is bought or the period ends on "
            "1 Dec 2026 00:00"
        ),
    ),
    (
        exhausted(action="pay_to_restore"),
        (
            "data is used up, 20 GB of 20 GB: it stops until something is paid or the period ends on "
            "1 Dec 2026 00:00"
        ),
    ),
    (
        Resolved(**COMMON, of="id-1", n=1, bucket="data", period=PERIOD),
        "80 % of data, raised with line 12, is true no more; nobody is alerted",
    ),
    (
        Reinstated(**COMMON, of="id-1", n=1, bucket="data", period=PERIOD),
        "80 % of data, raised with line 12, is true again; nobody is alerted",
    ),
    (
        Resolved(**COMMON, of="unknown", n=1, bucket="data", period=PERIOD),
        "what was raised of data is true no more; nobody is alerted",
    ),
    (
        LateAdjustment(
            **COMMON, **OF_PERIOD, used_before=GB, used_after=2 * GB, charge_before=None, charge_after=None
        ),
        "data of the period from 2026-11-01, long over, was 1 GB and is 2 GB",
    ),
    (
        LateAdjustment(
            **COMMON,
            **OF_PERIOD,
            used_before=GB,
            used_after=2 * GB,
            charge_before=None,
            charge_after=cny("5"),
        ),
        (
            "data of the period from 2026-11-01, long over, was 1 GB and is 2 GB; "
            "its charge was nothing and is CNY 5"
        ),
    ),
    (
        Forecast(
            **COMMON,
            **OF_PERIOD,
            period_ends_at=PERIOD_ENDS_AT,
            runs_out_at="2026-11-25T04:00:00.000Z",
            rate_per_day=800_000_000,
            used=16 * GB,
            allowance=20 * GB,
            n=1,
        ),
        (
            "data runs out on 25 Nov 2026 12:00, before the period ends on 1 Dec 2026 00:00: 16 GB of 20 GB "
            "are used, and 800 MB a day"
        ),
    ),
    (port_query(), "the subscriber asked about leaving, by sms, form CXXZ; asked once in 30 days"),
    (
        port_query(form=None, queries_30d=2),
        "the subscriber asked about leaving, by sms; asked 2 times in 30 days",
    ),
    (
        port_request(form="SQXZ", port_ref="p-1", raised_by="gaining_operator"),
        "the gaining operator asked for the number to go, form SQXZ, reference p-1; asked once in 30 days",
    ),
    (
        port_request(form="SQXZ", port_ref="p-1", queries_30d=0),
        "the subscriber asked for the number to go, form SQXZ, reference p-1; asked 0 times in 30 days",
    ),
    (
        Segment(**COMMON, segment="data_panic", period=PERIOD, partial=True),
        (
            "data_panic: data runs out again and again, in the period from 2026-11-01, as far as less than "
            "six months say"
        ),
    ),
    (
        Segment(**COMMON, segment="basic", period=PERIOD, partial=False),
        "basic: little is spent, month after month, in the period from 2026-11-01",
    ),
    (
        Intent(**COMMON, intent="more_data", rule="plans-viewed", count=3, window_hours=72),
        "more data is wanted: 3 times within 72 hours, by rule plans-viewed",
    ),
    (
        UsageSpike(**COMMON, **DATA, last_24h=5 * GB, mean_day=GB // 2),
        "5 GB of data in 24 hours, where a day has 500 MB",
    ),
    (
        BillShock(**COMMON, window_hours=24, charge=euro("30.00"), plan_price=euro("40.00")),
        "roaming has cost EUR 30.00 within 24 hours; the plan costs EUR 40.00 a month",
    ),
    (DroppedCalls(**COMMON, count=3, window_hours=24), "3 calls were cut off within 24 hours"),
    (
        BillWarning(
            **COMMON,
            limit="credit_limit",
            level=80,
            owed=cny("81.00"),
            amount=cny("100"),
            generation=0,
            period=None,
        ),
        "80 % of the credit limit is reached: CNY 81.00 of CNY 100",
    ),
    (
        BillWarning(
            **COMMON,
            limit="bill_limit",
            level=80,
            owed=cny("81.00"),
            amount=cny("100"),
            generation=0,
            period=PERIOD,
        ),
        "80 % of the bill limit is reached: CNY 81.00 of CNY 100 in the period from 2026-11-01",
    ),
    (
        Arrears(**COMMON, owed=cny("105.20"), amount=cny("100.00"), generation=0),
        "CNY 105.20 is owed, more than the credit limit of CNY 100.00",
    ),
    (
        Expiring(**COMMON, **DATA, addon_id="d5", left=2 * GB, expires_at=PERIOD_ENDS_AT),
        "2 GB of data from add-on d5 lapse on 1 Dec 2026 00:00",
    ),
]


@pytest.mark.parametrize(("signal", "words"), SIGNALS)
def test_signal_says_what_was_found_and_why(signal: Signal, words: str) -> None:
    """In the plan's units and the subscriber's time, read back from what is written."""
    assert words == sentence(read(emit(signal)), WORDS)


def test_every_kind_of_signal_has_a_sentence() -> None:
    """None is told by its fields."""
    assert set(get_args(Signal)) == {type(signal) for signal, _ in SIGNALS}


def test_notice_is_told_with_its_channel_and_its_reason() -> None:
    """The text as it was written."""
    [notice] = usage_notice.respond(found(near_limit(80)))
    words = sentence(read(emit(notice)), WORDS)

    assert words == f"by {notice.channel}: “{notice.text}” Because: {notice.why}"


def test_offer_is_told_with_its_price() -> None:
    """What accepting adds to the month."""
    [offer] = [one for one in said(agreed(near_limit(80))) if isinstance(one, OfferEvent)]

    assert sentence(read(emit(offer)), WORDS).startswith(f"by {offer.channel}, for CNY 10.00: “")


@pytest.mark.parametrize("reason", set(SuppressionReason) - {SuppressionReason.BLOCKED})
def test_offer_that_was_not_made_has_every_reason_in_words(reason: SuppressionReason) -> None:
    """Not as a code."""
    offer = SuppressedOffer(**COMMON, type="addon", cause=("id-1",), reasons=(reason, reason))
    one, two = sentence(read(emit(offer)), WORDS).split(", ")

    assert one == two
    assert reason.value not in one


def test_only_what_may_be_taken_back_has_a_label() -> None:
    """That is what a word that it is true no more refers to."""
    taken_back: list[Signal] = [near_limit(80), overage(), throttled(), exhausted()]

    assert ["80 % of data", "overage of data", "throttled of data", "exhausted of data"] == [
        label(signal) for signal in taken_back
    ]
    assert label(port_query()) is None
