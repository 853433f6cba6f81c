"""What a response would like to offer: the contact policy decides whether, when and where it is said.

A response yields it beside its notices. It must be found again from its own causes alone, with the same
``kind`` and ``key``: of what waits for the end of the quiet hours the causes are kept, and `respond` is asked
once more.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.found import Signal
from schemas.messages import Channel, OfferEvent, OfferType, SuppressionReason

NOTHING: Final = Decimal(0)


class Proposal(Struct, frozen=True, kw_only=True):
    """An offer that may be worth making."""

    kind: OfferType
    rule: str
    """Which rule proposes it; its identity is the rule's with the sorted causes."""
    key: str
    """Id of the plan or add-on, which is one of the offer's options; empty where there is none to offer."""
    causes: tuple[Signal, ...]
    leading: Signal
    """The one of the causes whose time and evidence the offer has."""
    value: Decimal = NOTHING
    """What it saves the subscriber in a month: of several the highest is made, at equal ones the first."""
    is_cheapest: bool = True
    """No cheaper plan or add-on would do."""
    reasons: tuple[SuppressionReason, ...] = ()
    """What speaks against it for the response's own part."""
    build: Callable[[Channel], OfferEvent] | None = None
    """Returns the offer; None only where there are ``reasons``."""

    def __post_init__(self) -> None:
        """Refuse what could neither be made nor explained.

        Raises: ValueError.
        """
        if self.build is None and not self.reasons:
            raise ValueError("a proposal without an offer needs a reason")
        if self.leading not in self.causes:
            raise ValueError("the leading signal is one of the causes")
