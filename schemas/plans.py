"""The catalogue: plans with their allowances (topic ``plans``) and add-ons (topic ``addons``)."""

from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from schemas.fields import Bucket, Currency, Identifier, PriceText, Quantity, Word

Action = Literal["charge", "throttle", "block", "pay_to_restore"]
Version = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Rounding = Annotated[str, Meta(pattern=r"^[0-9]{1,5}/[1-9][0-9]{0,4}(?![\s\S])")]


class Beyond(Struct, frozen=True, kw_only=True):
    """What happens beyond an allowance. ``price`` is for each ``per`` units begun, in the plan's currency."""

    action: Action
    price: PriceText | None = None
    per: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    to_kbps: Quantity | None = None


class Allowance(Struct, frozen=True, kw_only=True):
    """What a plan includes of one bucket in a billing period."""

    bucket: Bucket
    amount: Quantity | None
    """Octets, seconds or messages; None is unlimited."""
    beyond: Beyond
    rounding: Rounding = "1/1"
    """``first/next`` in seconds, of each call by itself; 0 s stays 0."""
    counts: Literal["out", "both"] = "out"


NO_ALLOWANCE: Final[dict[str, Allowance]] = {}
"""Filled below: what holds for a bucket that the plan does not name."""


class Plan(Struct, frozen=True, kw_only=True):
    """A plan: its price, its allowances, its terms."""

    plan_id: Identifier
    currency: Currency
    allowances: Annotated[tuple[Allowance, ...], Meta(max_length=8)]
    version: Version = 1
    name: str = ""
    price: PriceText = "0.00"
    unit_base: Literal[1000, 1024] = 1000
    """How volumes are spoken of in texts; ``amount`` is octets already."""
    closed: bool = False
    term_months: Annotated[int, Meta(ge=0, le=1200)] = 0
    exit_fee: PriceText = "0.00"
    benefits: Annotated[tuple[str, ...], Meta(max_length=64)] = ()
    replaces_on_leaving: Identifier | None = None
    lines: Annotated[int, Meta(ge=1, le=1024)] = 1
    """How many lines may share the allowances; more than one: a family plan."""

    TIMES: ClassVar[tuple[str, ...]] = ()
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Name a nameless plan by its id, and refuse two allowances for one bucket."""
        if not self.name:
            force_setattr(self, "name", self.plan_id)
        if len({allowance.bucket for allowance in self.allowances}) != len(self.allowances):
            raise ValueError("allowances name one bucket twice")

    def names(self, bucket: str) -> bool:
        """Return whether the plan has an allowance for ``bucket``."""
        return any(allowance.bucket == bucket for allowance in self.allowances)

    def allowance(self, bucket: Bucket) -> Allowance:
        """Return the allowance for ``bucket``; where the plan does not name it, nothing at no known price."""
        for allowance in self.allowances:
            if allowance.bucket == bucket:
                return allowance
        return NO_ALLOWANCE[bucket]


class Addon(Struct, frozen=True, kw_only=True):
    """An amount of one bucket that is bought beside a plan."""

    addon_id: Identifier
    bucket: Bucket
    amount: Quantity
    version: Version = 1
    name: str = ""
    price: PriceText = "0.00"
    currency: Currency | None = None
    valid: Word = "period"
    fits: Annotated[tuple[Identifier, ...], Meta(max_length=1024)] = ()
    """Plans to which it can be added; empty is every plan."""

    TIMES: ClassVar[tuple[str, ...]] = ()
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Name a nameless add-on by its id."""
        if not self.name:
            force_setattr(self, "name", self.addon_id)


for _bucket in Bucket.__args__:  # type: ignore[attr-defined]  # a Literal has them
    NO_ALLOWANCE[_bucket] = Allowance(bucket=_bucket, amount=0, beyond=Beyond(action="charge"))
