"""The situations whose texts ``golden.toml`` holds, by name."""

from typing import Final

from schemas.fields import Money
from schemas.plans import Addon, Beyond
from streams.responses.found import Found
from tests.build_found import (
    ADDON,
    AGREED,
    GB,
    agreed,
    exhausted,
    found,
    near_limit,
    overage,
    plan,
    port_query,
    port_request,
    profile,
    throttled,
)

GIB: Final = 2**30
LAST: Final = 2**53 - 1
THROTTLE: Final = Beyond(action="throttle", to_kbps=128)
PAY_TO_RESTORE: Final = Beyond(action="pay_to_restore")
MINUTE: Final = Beyond(action="charge", price="0.15", per=60)
EACH: Final = Beyond(action="charge", price="0.10", per=1)
UNKNOWN: Final = Beyond(action="charge")
YUAN_15: Final = Money(amount="15.00", currency="CNY")

CASES: Final[dict[str, Found]] = {
    "near_limit_that_charges": found(near_limit(80)),
    "near_limit_at_an_unknown_price": found(near_limit(80), plan=plan(beyond=UNKNOWN)),
    "near_limit_that_slows_down": found(near_limit(80), plan=plan(beyond=THROTTLE)),
    "near_limit_that_slows_down_to_unknown": found(
        near_limit(80), plan=plan(beyond=Beyond(action="throttle"))
    ),
    "near_limit_that_stops": found(near_limit(80), plan=plan(beyond=Beyond(action="block"))),
    "near_limit_that_waits_for_a_purchase": found(near_limit(80), plan=plan(beyond=PAY_TO_RESTORE)),
    "near_limit_all_used": found(near_limit(100)),
    "near_limit_of_1024": found(
        near_limit(80, allowance=20 * GIB),
        plan=plan(unit_base=1024, beyond=Beyond(action="charge", price="5.00", per=GIB)),
    ),
    "near_limit_of_calls": found(
        near_limit(80, bucket="voice", allowance=30_000), plan=plan(bucket="voice", beyond=MINUTE)
    ),
    "near_limit_of_messages": found(
        near_limit(80, bucket="sms", allowance=100), plan=plan(bucket="sms", beyond=EACH)
    ),
    "near_limit_at_a_price_for_each_octet": found(near_limit(80), plan=plan(beyond=EACH)),
    "near_limit_in_new_york": found(
        near_limit(80),
        profile=profile(time_zone="America/New_York"),
        plan=plan(currency="USD", beyond=Beyond(action="charge", price="0.0150", per=1_048_576)),
    ),
    "near_limit_of_the_most": found(near_limit(80, allowance=LAST)),
    "overage_with_its_charge": found(near_limit(100), overage(charge=YUAN_15)),
    "overage_at_an_unknown_price": found(overage(), plan=plan(beyond=UNKNOWN)),
    "overage_by_one_octet": found(overage(used=20 * GB + 1)),
    "overage_of_nothing": found(overage(allowance=0, used=LAST), plan=plan(amount=0, beyond=UNKNOWN)),
    "overage_of_calls": found(
        overage(bucket="voice", allowance=30_000, used=30_061, charge=Money("0.30", "CNY")),
        plan=plan(bucket="voice", beyond=MINUTE),
    ),
    "overage_of_one_roaming_message": found(
        overage(bucket="sms.roaming", allowance=0, used=1), plan=plan(bucket="sms.roaming", beyond=EACH)
    ),
    "throttled": found(throttled(), plan=plan(beyond=THROTTLE)),
    "throttled_from_the_first_octet_to_unknown": found(
        throttled(allowance=0, used=1, to_kbps=None), plan=plan(amount=0, beyond=Beyond(action="throttle"))
    ),
    "exhausted_that_stops": found(exhausted(), plan=plan(beyond=Beyond(action="block"))),
    "exhausted_that_waits_for_a_purchase": found(
        exhausted(action="pay_to_restore"), plan=plan(beyond=PAY_TO_RESTORE)
    ),
    "late_near_limit": found(near_limit(80, late=True)),
    "late_overage": found(overage(late=True, charge=YUAN_15)),
    "late_throttled": found(throttled(late=True), plan=plan(beyond=THROTTLE)),
    "late_exhausted": found(exhausted(late=True), plan=plan(beyond=Beyond(action="block"))),
    "port_query": found(port_query()),
    "port_request": found(port_request()),
    "offer": agreed(near_limit(80)),
    "offer_of_another_validity": agreed(
        near_limit(80), addons=(Addon(addon_id="d1", bucket="data", amount=GB, price="3", valid="7d"),)
    ),
    "offer_with_a_strange_name": agreed(
        near_limit(80),
        addons=(Addon(addon_id="d5", name="{used} %s 100% {0}", bucket="data", amount=ADDON.amount),),
        profile=profile(consents=(AGREED,), time_zone="America/New_York"),
    ),
}
"""Where a record raises a notice and an offer, the golden text is that of the last one."""
