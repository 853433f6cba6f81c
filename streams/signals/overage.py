"""``overage``: used is above an allowance beyond which the plan charges, and what that costs so far.

Step 0 is the first time. Further ones come with the money and volume steps of the regime.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from schemas.signals import Overage
from streams.core.charge import charge_of
from streams.regimes import Regime
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
