"""Builds the calculator's questions, so that in a test only what matters is set.

Without more said, the present plan is ¥128 for 20 GB, ¥5 for each GB begun beyond; one for ¥158 has 50 GB.
"""

# ruff: noqa: ANN401  (`own` are fields of a struct, whose constructor knows their names)

from decimal import Decimal
from typing import Any, Final

from schemas.fields import Bucket
from schemas.plans import Addon, Allowance, Beyond, Plan
from schemas.times import parse_instant
from streams.calculator import Answer, Option, Question, answer
from streams.calculator.use import MonthUse

GB: Final = 10**9
MINUTE: Final = 60
DAYS: Final = ("2026-08-01", "2026-09-01", "2026-10-01")
BY_GB: Final = Beyond(action="charge", price="5.00", per=GB)
BY_MINUTE: Final = Beyond(action="charge", price="0.15", per=MINUTE)
EACH: Final = Beyond(action="charge", price="0.10", per=1)
UNKNOWN: Final = Beyond(action="charge")
SLOW: Final = Beyond(action="throttle", to_kbps=1024)
BLOCK: Final = Beyond(action="block")


def data(gb: float | None, beyond: Beyond = BY_GB, **own: Any) -> Allowance:
    """Return so many GB."""
    return Allowance(bucket="data", amount=None if gb is None else int(gb * GB), beyond=beyond, **own)


def voice(minutes: int | None, beyond: Beyond = BY_MINUTE, **own: Any) -> Allowance:
    """Return so many minutes."""
    amount = None if minutes is None else minutes * MINUTE
    return Allowance(bucket="voice", amount=amount, beyond=beyond, **own)


def plan(plan_id: str, price: str, *allowances: Allowance, **own: Any) -> Plan:
    """Return a plan."""
    return Plan(**({"plan_id": plan_id, "price": price, "currency": "CNY", "allowances": allowances} | own))


def pack(addon_id: str, price: str, amount: int, bucket: Bucket = "data", **own: Any) -> Addon:
    """Return an add-on."""
    given: dict[str, Any] = {
        "addon_id": addon_id,
        "price": price,
        "amount": amount,
        "bucket": bucket,
        "currency": "CNY",
    }
    return Addon(**(given | own))


PRESENT: Final = plan("cn-128-20", "128.00", data(20))
LARGER: Final = plan("cn-158-50", "158.00", data(50))


def month(gb: float = 0, minutes: int = 0, *, day: str = DAYS[0], **own: Any) -> MonthUse:
    """Return a month of so much data and so many minutes, and whatever else is given."""
    counted: dict[Bucket, int] = {"data": int(gb * GB), "voice": minutes * MINUTE}
    given: dict[str, Any] = {
        "counted": counted | own.pop("more", {}),
        "both_ways": {"voice": minutes * MINUTE},
    }
    return MonthUse(day=day, **(given | own))


def months(*gb: float, minutes: int = 0, **own: Any) -> tuple[MonthUse, ...]:
    """Return months of so much data each."""
    return tuple(month(one, minutes, day=day, **own) for one, day in zip(gb, DAYS, strict=False))


def question(*used: MonthUse, **own: Any) -> Question:
    """Return a question about these months; ``plans`` are what is sold besides."""
    given: dict[str, Any] = {
        "plan": PRESENT,
        "months": used,
        "plans": (LARGER,),
        "addons": (),
        "changes_ms": parse_instant("2026-11-30T16:00:00Z"),
    }
    return Question(**(given | own))


def answered(*used: MonthUse, **own: Any) -> Answer:
    """Return what the calculator says."""
    return answer(question(*used, **own))


def best(*used: MonthUse, **own: Any) -> str:
    """Return the id of what is recommended."""
    return answered(*used, **own).recommended.id


def option(said: Answer, option_id: str) -> Option:
    """Return one of the alternatives."""
    return next(one for one in said.options if one.id == option_id)


def yuan(text: str) -> Decimal:
    """Return an amount."""
    return Decimal(text)
