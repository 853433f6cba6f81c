"""An answer as plain values, for JSON: amounts of money as decimal texts, quantities as whole numbers."""

from decimal import Decimal
from typing import Any

from streams.calculator import Answer, Option
from streams.calculator.question import Leaving
from streams.calculator.use import MonthUse


def plain(answer: Answer) -> dict[str, Any]:
    """Return what the calculator says; the options cheapest sufficient first."""
    question = answer.question
    return {
        "plan_id": question.plan.plan_id,
        "currency": question.plan.currency,
        "months": [_month(month) for month in question.months],
        "so_far": None if question.so_far is None else _month(question.so_far),
        "needs_upgrade": answer.needs_upgrade,
        "recommended": answer.recommended.id,
        "kind": answer.recommended.kind,
        "monthly_fee": _text(answer.stay.fee),
        "new_monthly_fee": _text(answer.recommended.fee),
        "fee_delta": _text(answer.fee_delta),
        "monthly_cost": _text(answer.stay.monthly),
        "new_monthly_cost": _text(answer.recommended.monthly),
        "paid_monthly": _text(answer.paid),
        "saves": _text(answer.saves),
        "saves_against_paid": _text(answer.saves_against_paid),
        "is_content": question.is_content,
        "leaving": _leaving(question.leaving),
        "options": [_option(option) for option in answer.options],
        "left_out": answer.left_out,
    }


def _month(month: MonthUse) -> dict[str, Any]:
    return {"day": month.day, "used": dict(month.counted), "paid": _text(month.paid)}


def _leaving(leaving: Leaving) -> dict[str, Any]:
    return {"fee": _text(leaving.fee), "until": None if leaving.until is None else leaving.until.isoformat()}


def _option(option: Option) -> dict[str, Any]:
    is_change = option.kind == "plan"
    return {
        "kind": option.kind,
        "id": option.id,
        "name": option.name,
        "monthly_fee": _text(option.fee),
        "monthly_cost": _text(option.monthly),
        "first_year_cost": _text(option.year),
        "sufficient": option.is_sufficient,
        "lacks": list(option.lacks),
        "packs": list(option.packs),
        "term_months": option.plan.term_months if is_change else 0,
        "exit_fee": option.plan.exit_fee if is_change else "0.00",
        "leaving_fee": _text(option.leaving_fee),
        "shared_by": option.shared_by,
        "estimate": option.is_estimate,
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
