"""``overage``: used is above an allowance beyond which the plan charges, and what that costs so far.

Step 0 is the first time. Further ones come with the money and volume steps of the regime, once a generation:
the roaming limit of the EU at 40, 50 and 100 euros, every 10 MB of one who has no data pack in India.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from msgspec import UNSET

from schemas.fields import Money
from schemas.signals import Overage
from streams.core.charge import charge_of
from streams.regimes import OverageSteps, Regime
from streams.signals.change import Change, Truth, UsageChange

KIND: Final = "overage"
STEP: Final = 0


def detect(change: Change, regime: Regime) -> Iterator[Truth]:
    """Yield it when the allowance is passed, and each step that is reached."""
    if not isinstance(change, UsageChange) or change.amount is None:
        return
    over = change.usage.used - change.amount
    if change.allowance.beyond.action != "charge" or over <= 0:
        return
    charge = charge_of(change.usage, change.allowance.beyond, change.plan.currency)
    signal = partial(change.signal, Overage, regime=regime, over=over, charge=charge)
    yield f"{KIND}/{STEP}", partial(signal, STEP, step=STEP)
    steps = regime.steps_of(change.bucket)
    if steps is None or (steps.only_without_allowance and change.allowance.amount):
        return
    if steps.scope == "account" and change.account_id is not None:
        return  # `streams.accounts` adds up the lines of the account
    consent = change.consent if steps.needs_consent else UNSET
    for step, cap in reached(steps, over, charge):
        yield f"{KIND}/{step}", partial(signal, step, step=step, cap=cap, consent=consent)


def reached(steps: OverageSteps, over: int, charge: Money | None) -> Iterator[tuple[int, Money | None]]:
    """Yield the steps that are reached, from 1 on, each with the amount of money that it stands for."""
    if steps.every is not None:
        for step in range(1, min(over // steps.every, steps.count_max or 0) + 1):
            yield step, None
        return
    if charge is None or charge.currency != steps.currency:
        return
    for step, amount in enumerate(steps.money, start=1):
        if charge.value() >= amount:
            yield step, Money(amount=f"{amount:f}", currency=charge.currency)


def next_step(steps: OverageSteps, over: int, charge: Money | None) -> int | Money | None:
    """Return the quantity beyond, or the amount of money, at which the next step is; None if none is left."""
    if steps.every is not None:
        step = max(0, over) // steps.every + 1
        return step * steps.every if step <= (steps.count_max or 0) else None
    if steps.currency is None or (charge is not None and charge.currency != steps.currency):
        return None
    left = (amount for amount in steps.money if charge is None or charge.value() < amount)
    amount = next(left, None)
    return None if amount is None else Money(amount=f"{amount:f}", currency=steps.currency)
