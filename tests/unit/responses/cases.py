"""The situations whose texts ``golden.toml`` holds, by name."""

from datetime import date
from typing import Final

from msgspec import structs

from schemas.fields import Money
from schemas.plans import Addon, Beyond
from schemas.profile import Contract
from schemas.times import MS_PER_DAY
from streams.calculator.question import Leaving, Left
from streams.regimes import shipped
from streams.responses.found import Found
from streams.responses.standing import Facts
from tests.build_calculator import BLOCK, LARGER, PRESENT, data, months, pack, voice, yuan
from tests.build_calculator import plan as plan_of
from tests.build_found import (
    ADDON,
    AGREED,
    CLOCK_MS,
    GB,
    agreed,
    churn_risk,
    exhausted,
    found,
    near_limit,
    overage,
    plan,
    port_query,
    port_request,
    port_suspect,
    profile,
    throttled,
)
from tests.unit.responses.build_plan_offers import asking, intent, segment

GIB: Final = 2**30
LAST: Final = 2**53 - 1
THROTTLE: Final = Beyond(action="throttle", to_kbps=128)
PAY_TO_RESTORE: Final = Beyond(action="pay_to_restore")
MINUTE: Final = Beyond(action="charge", price="0.15", per=60)
EACH: Final = Beyond(action="charge", price="0.10", per=1)
UNKNOWN: Final = Beyond(action="charge")
CONTRACTS: Final = (
    Contract(what="plan", ends_on=date(2027, 1, 31), exit_fee=Money("200.00", "CNY")),
    Contract(what="device", ends_on=date(2027, 6, 30)),
    Contract(what="broadband", exit_fee=Money("0.00", "CNY")),
    Contract(what="over", ends_on=date(2026, 11, 19), exit_fee=Money("1.00", "CNY")),
)
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
    "port_query_of_one_who_is_held": found(
        port_query(),
        profile=profile(
            joined_on=date(2026, 10, 1), status="suspended", port_locked=True, contracts=CONTRACTS
        ),
        facts=Facts(owed=(YUAN_15,)),
    ),
    "port_query_in_the_uk_with_what_it_costs": found(
        port_query(form="INFO"),
        profile=profile(time_zone="Europe/London", contracts=CONTRACTS),
        regime=shipped().of("GB"),
        facts=Facts(owed=(Money("12.00", "GBP"),)),
    ),
    "port_query_after_a_swap_in_india": found(
        port_query(form="other"),
        profile=profile(time_zone="Asia/Kolkata", joined_on=date(2015, 1, 1)),
        regime=shipped().of("IN"),
        facts=Facts(swapped_ms=CLOCK_MS - MS_PER_DAY),
    ),
    "port_request_on_a_locked_number": found(port_request(), profile=profile(port_locked=True)),
    "port_request_after_a_swap": found(port_request(), port_suspect(port_ref="r")),
    "port_query_one_of_many": found(
        port_suspect(reason="many_numbers", swapped_at=None, numbers=3), plan=None
    ),
    "churn_risk": found(churn_risk(), plan=None),
    "offer": agreed(near_limit(80)),
    "offer_of_another_validity": agreed(
        near_limit(80), addons=(Addon(addon_id="d1", bucket="data", amount=GB, price="3", valid="7d"),)
    ),
    "offer_with_a_strange_name": agreed(
        near_limit(80),
        addons=(Addon(addon_id="d5", name="{used} %s 100% {0}", bucket="data", amount=ADDON.amount),),
        profile=profile(consents=(AGREED,), time_zone="America/New_York"),
        clock_ms=CLOCK_MS + 7 * 3_600_000,  # not at night
    ),
}
"""Where a record raises a notice and an offer, the golden text is that of the last one."""

_FORTY: Final = months(40, 40, 40)
_OLD: Final = structs.replace(
    PRESENT, name="Old 20", closed=True, replaces_on_leaving="cn-158-50", benefits=("video membership",)
)
_BINDING: Final = structs.replace(LARGER, name="50 GB", term_months=24, exit_fee="300.00")
_TALKER: Final = plan_of("young-89", "89.00", data(100), voice(100), name="Young 100 GB")

CASES.update(
    {
        "offer_of_a_plan": asking(overage(), used=_FORTY),
        "offer_of_a_plan_that_binds": asking(
            intent(),
            used=_FORTY,
            plan=_OLD,
            plans=(_BINDING,),
            leaving=Leaving(fee=yuan("200.00"), until=date(2027, 1, 31)),
            left=(Left(bucket="data", amount=3 * GB, expires_ms=CLOCK_MS + 40 * MS_PER_DAY, fits=None),),
        ),
        "offer_of_a_plan_where_the_present_one_stops": asking(
            near_limit(100),
            used=_FORTY,
            plan=plan_of("p", "100.00", data(20, BLOCK), name="20 GB, then stop"),
        ),
        "offer_of_less": asking(
            segment("basic"),
            used=months(8, 8, 8),
            plan=plan_of("large", "199.00", data(100), name="100 GB"),
            plans=(plan_of("small", "59.00", data(10), name="10 GB"),),
        ),
        "offer_to_share": asking(
            segment("voice_heavy"),
            used=months(15, 15, 15, minutes=600),
            plan=plan_of("solo", "99.00", data(20), voice(300), name="Solo"),
            plans=(plan_of("family", "240.00", data(200), voice(2400), lines=3, name="Family 200 GB"),),
            household_lines=3,
        ),
        "offer_of_a_voice_pack": asking(
            segment("voice_heavy"),
            used=months(8, 8, 8, minutes=320),
            plan=_TALKER,
            plans=(),
            addons=(pack("v300", "20.00", 18_000, "voice", name="300 minutes"),),
        ),
        "offer_of_a_pack_for_data_panic": asking(
            segment("data_panic"),
            used=months(25, 22, 31),
            addons=(pack("d5", "10.00", 5 * GB, name="5 GB pack"),),
        ),
    }
)
