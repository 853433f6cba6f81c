"""Builds what responses respond to, so that in a test only what matters is set."""

# ruff: noqa: ANN401  (`own` are fields of a struct, whose constructor knows their names)

from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from schemas.fields import Bucket
from schemas.found import Signal
from schemas.outputs import DecidedBy, Evidence
from schemas.plans import Addon, Allowance, Beyond, Plan
from schemas.profile import Consent, Profile
from schemas.risk_signals import ChurnRisk
from schemas.signals import (
    Exhausted,
    NearLimit,
    Overage,
    PortFraudSuspect,
    PortQuery,
    PortRequest,
    Throttled,
    Unit,
    UsageSignals,
)
from schemas.times import parse_instant
from streams.regimes import Regime, shipped
from streams.regimes.care import shipped_care
from streams.responses.found import Found

GB: Final = 10**9
ALLOWANCE: Final = 20 * GB
AT: Final = "2026-11-20T08:30:00.000Z"
CLOCK_MS: Final = parse_instant("2026-11-20T08:30:05Z")
PERIOD: Final = "2026-11-01"
PERIOD_ENDS_AT: Final = "2026-11-30T16:00:00.000Z"
"""Midnight in Shanghai."""
CHARGE: Final = Beyond(action="charge", price="5.00", per=GB)
DEFAULT_REGIME: Final = shipped().of("CN")
AGREED: Final = Consent(purpose="commercial", granted=True, at=parse_instant("2025-01-05T02:00:00Z"))
ADDON: Final = Addon(
    addon_id="d5", name="5 GB pack", bucket="data", amount=5 * GB, price="10.00", currency="CNY"
)

_UNITS: Final[dict[str, Unit]] = {"data": "octet", "voice": "second", "sms": "message", "mms": "message"}


def plan(
    *, amount: int | None = ALLOWANCE, beyond: Beyond = CHARGE, bucket: Bucket = "data", **own: Any
) -> Plan:
    """Return a plan with one allowance."""
    given = {"plan_id": "cn-128-20", "version": 3, "price": "128.00", "currency": "CNY", **own}
    return Plan(allowances=(Allowance(bucket=bucket, amount=amount, beyond=beyond),), **given)


def profile(**own: Any) -> Profile:
    """Return an active Chinese subscriber, who reads English unless told otherwise."""
    given: dict[str, Any] = {
        "subscriber_id": "8613800000001",
        "plan_id": "cn-128-20",
        "time_zone": "Asia/Shanghai",
        "cycle_day": 1,
        "jurisdiction": "CN",
        "channels": ("app", "sms"),
        "born_on": date(1990, 5, 2),
    }
    return Profile(**(given | own))


def found(*signals: Signal, **own: Any) -> Found:
    """Return the signals as found for the subscriber of `profile` with the plan of `plan`."""
    given: dict[str, Any] = {
        "profile": profile(),
        "plan": plan(),
        "addons": (ADDON,),
        "regime": DEFAULT_REGIME,
        "clock_ms": CLOCK_MS,
        "care": shipped_care(),
    }
    return Found(signals=signals, **(given | own))


def agreed(*signals: Signal, **own: Any) -> Found:
    """Return `found` for a subscriber who has agreed to offers."""
    return found(*signals, **({"profile": profile(consents=(AGREED,))} | own))


def near_limit(level: int = 80, *, used: int | None = None, **own: Any) -> NearLimit:
    """Return a near-limit signal; ``used`` is just the level unless told otherwise."""
    allowance = int(own.get("allowance", ALLOWANCE))
    usage = allowance * level // 100 if used is None else used
    return NearLimit(level=level, **_usage(f"near-{level}", usage, own))


def overage(*, used: int = 23 * GB, **own: Any) -> Overage:
    """Return an overage signal."""
    over = used - int(own.get("allowance", ALLOWANCE))
    return Overage(**({"over": over, "charge": None, "step": 0} | _usage("overage", used, own)))


def throttled(*, used: int = ALLOWANCE, **own: Any) -> Throttled:
    """Return a throttled signal."""
    return Throttled(**({"to_kbps": 128} | _usage("throttled", used, own)))


def exhausted(*, used: int = ALLOWANCE, **own: Any) -> Exhausted:
    """Return an exhausted signal."""
    return Exhausted(**({"action": "block"} | _usage("exhausted", used, own)))


def port_query(**own: Any) -> PortQuery:
    """Return a port query."""
    return PortQuery(**(_port("query") | own))


def port_request(**own: Any) -> PortRequest:
    """Return a port request."""
    return PortRequest(**(_port("request") | own))


def port_suspect(**own: Any) -> PortFraudSuspect:
    """Return a suspicion after a change of SIM, of a query unless told otherwise."""
    return PortFraudSuspect(
        **(
            _common("port-suspect")
            | {"decided_by": _decided("port_fraud_suspect"), "reason": "sim_swap", "port_ref": None}
            | {"swapped_at": "2026-11-18T01:00:00.000Z", "numbers": None}
            | own
        )
    )


def churn_risk(**own: Any) -> ChurnRisk:
    """Return a risk that has nothing to do with porting, unless told otherwise."""
    return ChurnRisk(
        **(
            _common("churn-risk")
            | {"decided_by": _decided("churn_risk"), "reasons": ("bill_dispute", "few_contracts")}
            | {"score": 50, "tier": "at_risk", "value": "standard", "services": (), "roots": ()}
            | own
        )
    )


def each_usage_signal() -> tuple[tuple[UsageSignals, Plan], ...]:
    """Return one signal of each kind with the plan that raises it."""
    return (
        (near_limit(), plan()),
        (overage(), plan()),
        (throttled(), plan(beyond=Beyond(action="throttle", to_kbps=128))),
        (exhausted(), plan(beyond=Beyond(action="block"))),
        (exhausted(action="pay_to_restore"), plan(beyond=Beyond(action="pay_to_restore"))),
    )


def regime(**own: Any) -> Regime:
    """Return the default regime with some fields replaced."""
    return replace(DEFAULT_REGIME, **own)


def _common(name: str) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "subscriber_id": "8613800000001",
        "at": AT,
        "decided_at": AT,
        "evidence": (Evidence(topic="cdr", partition=0, offset=7, record_id=f"record-{name}"),),
    }


def _decided(rule: str) -> DecidedBy:
    return DecidedBy(rule=rule, regime="default", regime_version=1, plan_version=None, build="0")


def _usage(name: str, used: int, own: dict[str, Any]) -> dict[str, Any]:
    allowance = int(own.get("allowance", ALLOWANCE))
    bucket = str(own.get("bucket", "data"))
    return {
        **_common(f"{name}-{bucket}"),
        "decided_by": DecidedBy(rule=name, regime="default", regime_version=1, plan_version=3, build="0"),
        "bucket": bucket,
        "period": PERIOD,
        "period_ends_at": PERIOD_ENDS_AT,
        "used": used,
        "allowance": allowance,
        "remaining": max(0, allowance - used),
        "unit": _UNITS[bucket.partition(".")[0]],
        "plan_id": "cn-128-20",
        "generation": 0,
        "late": False,
        **own,
    }


def _port(name: str) -> dict[str, Any]:
    return {
        **_common(f"port-{name}"),
        "decided_by": _decided(name),
        "channel": "sms",
        "form": "CXXZ",
        "raised_by": "customer",
        "port_ref": None,
        "queries_30d": 1,
        "risk": (),
    }
