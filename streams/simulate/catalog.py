"""Eight invented plans with their add-ons.

Between them they have every kind of ``beyond.action``, an unlimited allowance, allowances of zero, `.roaming`
buckets and several roundings. Names and prices are fictional.
"""

from typing import Final

from schemas.plans import Addon, Allowance, Beyond, Plan

GB: Final = 1_000_000_000

_DATA_CN: Final = Beyond(action="charge", price="5.00", per=GB)
_VOICE_CN: Final = Beyond(action="charge", price="0.15", per=60)
_MMS_CN: Final = Allowance(bucket="mms", amount=20, beyond=Beyond(action="charge", price="0.30", per=1))
_MMS: Final = Allowance(bucket="mms", amount=None, beyond=Beyond(action="charge"))
_SMS_CN: Final = Beyond(action="charge", price="0.10", per=1)

PLANS: Final = (
    Plan(
        plan_id="cn-128-20",
        version=3,
        name="20 GB",
        price="128.00",
        currency="CNY",
        closed=True,
        benefits=("video membership",),
        allowances=(
            Allowance(bucket="data", amount=20 * GB, beyond=_DATA_CN),
            Allowance(bucket="voice", amount=30_000, rounding="60/60", beyond=_VOICE_CN),
            Allowance(bucket="sms", amount=100, beyond=_SMS_CN),
            _MMS_CN,
        ),
    ),
    Plan(
        plan_id="cn-98-slow",
        name="10 GB, then slow",
        price="98.00",
        currency="CNY",
        term_months=12,
        exit_fee="100.00",
        allowances=(
            Allowance(bucket="data", amount=10 * GB, beyond=Beyond(action="throttle", to_kbps=1024)),
            Allowance(bucket="voice", amount=18_000, rounding="60/60", beyond=_VOICE_CN),
            Allowance(bucket="sms", amount=100, beyond=_SMS_CN),
            _MMS_CN,
        ),
    ),
    Plan(
        plan_id="amer-30-8",
        name="Americas 8 GB",
        price="30.00",
        currency="USD",
        allowances=(
            Allowance(bucket="data", amount=8 * GB, beyond=Beyond(action="charge", price="10.00", per=GB)),
            Allowance(bucket="data.roaming", amount=GB // 2, beyond=Beyond(action="block")),
            Allowance(
                bucket="voice",
                amount=36_000,
                rounding="60/60",
                counts="both",
                beyond=Beyond(action="charge", price="0.05", per=60),
            ),
            Allowance(bucket="sms", amount=None, beyond=Beyond(action="charge")),
            _MMS,
        ),
    ),
    Plan(
        plan_id="in-299-28",
        name="28 GB pack",
        price="299.00",
        currency="INR",
        allowances=(
            Allowance(bucket="data", amount=28 * GB, beyond=Beyond(action="block")),
            Allowance(bucket="voice", amount=None, beyond=Beyond(action="charge")),
            Allowance(bucket="sms", amount=300, beyond=Beyond(action="charge", price="1.00", per=1)),
            _MMS,
        ),
    ),
    Plan(
        plan_id="au-45-15",
        name="15 GB",
        price="45.00",
        currency="AUD",
        term_months=12,
        exit_fee="90.00",
        allowances=(
            Allowance(bucket="data", amount=15 * GB, beyond=Beyond(action="charge", price="10.00", per=GB)),
            Allowance(
                bucket="data.roaming", amount=GB, beyond=Beyond(action="charge", price="5.00", per=GB // 10)
            ),
            Allowance(bucket="voice", amount=None, beyond=Beyond(action="charge")),
            Allowance(bucket="sms", amount=None, beyond=Beyond(action="charge")),
            _MMS,
        ),
    ),
    Plan(
        plan_id="za-199-6",
        name="6 GB bundle",
        price="199.00",
        currency="ZAR",
        unit_base=1024,
        allowances=(
            Allowance(bucket="data", amount=6 * 1024**3, beyond=Beyond(action="pay_to_restore")),
            Allowance(bucket="voice", amount=12_000, beyond=Beyond(action="charge", price="0.60", per=60)),
            Allowance(bucket="sms", amount=0, beyond=Beyond(action="charge", price="0.50", per=1)),
            _MMS,
        ),
    ),
    Plan(
        plan_id="gb-18-12",
        name="12 GB",
        price="18.00",
        currency="GBP",
        term_months=24,
        exit_fee="60.00",
        allowances=(
            Allowance(bucket="data", amount=12 * GB, beyond=Beyond(action="charge", price="6.00", per=GB)),
            Allowance(
                bucket="data.roaming", amount=5 * GB, beyond=Beyond(action="charge", price="3.00", per=GB)
            ),
            Allowance(
                bucket="voice",
                amount=30_000,
                rounding="60/1",
                beyond=Beyond(action="charge", price="0.35", per=60),
            ),
            Allowance(bucket="sms", amount=None, beyond=Beyond(action="charge")),
            _MMS,
        ),
    ),
    Plan(
        plan_id="de-40-flat",
        name="Flat",
        price="40.00",
        currency="EUR",
        allowances=(
            Allowance(bucket="data", amount=None, beyond=Beyond(action="charge")),
            Allowance(bucket="data.roaming", amount=GB, beyond=Beyond(action="throttle", to_kbps=64)),
            Allowance(bucket="voice", amount=None, beyond=Beyond(action="charge")),
            Allowance(bucket="sms", amount=None, beyond=Beyond(action="charge")),
            _MMS,
        ),
    ),
)

ADDONS: Final = (
    Addon(
        addon_id="cn-d5",
        name="流量小包",
        price="10.00",
        currency="CNY",
        bucket="data",
        amount=5 * GB,
        fits=("cn-128-20",),
    ),
    Addon(
        addon_id="cn-d10",
        name="流量大包",
        price="18.00",
        currency="CNY",
        bucket="data",
        amount=10 * GB,
        fits=("cn-128-20",),
    ),
    Addon(
        addon_id="amer-d2",
        name="Data pack",
        price="8.00",
        currency="USD",
        bucket="data",
        amount=2 * GB,
        fits=("amer-30-8",),
    ),
    Addon(
        addon_id="in-d6",
        name="Data pack",
        price="61.00",
        currency="INR",
        bucket="data",
        amount=6 * GB,
        fits=("in-299-28",),
    ),
    Addon(
        addon_id="za-d1",
        name="Data pack",
        price="85.00",
        currency="ZAR",
        bucket="data",
        amount=1024**3,
        fits=("za-199-6",),
    ),
    Addon(
        addon_id="gb-d5",
        name="Data pack",
        price="6.00",
        currency="GBP",
        bucket="data",
        amount=5 * GB,
        fits=("gb-18-12",),
    ),
)
"""The Australian plan has none: nothing can be offered there."""
