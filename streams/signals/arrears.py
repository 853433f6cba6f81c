"""``arrears``: more is owed than the credit limit; with a limit of 0, which is prepaid, anything at all."""

from collections.abc import Iterator
from typing import Final

from schemas.window_signals import Arrears
from streams.core.bill import ARREARS
from streams.regimes import Regime
from streams.signals.window_change import BillChange, WindowChange

KIND: Final = ARREARS


def detect(change: WindowChange, regime: Regime) -> Iterator[tuple[str, Arrears]]:
    """Yield (mark, signal) when the credit limit is passed and that is not yet told."""
    if not isinstance(change, BillChange) or change.limit != "credit_limit" or KIND in change.keeper.raised:
        return
    if change.owed.value() > change.amount.value():
        yield (
            KIND,
            change.cause.signal(
                Arrears,
                change.generation,
                regime=regime,
                plan_version=None,
                owed=change.owed,
                amount=change.amount,
                generation=change.generation,
            ),
        )
