"""The small types that records are made of, each with its limits."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

QUANTITY_LAST: Final = 2**53 - 1
"""The largest quantity of one record: what a JSON number carries without loss everywhere."""

MONEY_DIGITS: Final = 64
"""Precision of sums and products of money: an amount has 27 digits, a number of units 19; Python's default of
28 would round."""

# `(?![\s\S])` is the end of the text, also for Python, where `$` would let a line feed pass.
SubscriberId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z+:._-]{1,64}(?![\s\S])")]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
"""A short code of the trade: a channel, a topic, a form, a model."""
Quantity = Annotated[int, Meta(ge=0, le=QUANTITY_LAST)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}(?![\s\S])", description="ISO 3166-1 alpha-2")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}(?![\s\S])", description="ISO 4217")]
DecimalText = Annotated[str, Meta(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,9})?(?![\s\S])")]
PriceText = Annotated[str, Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,9})?(?![\s\S])")]

Bucket = Literal["data", "voice", "sms", "mms", "data.roaming", "voice.roaming", "sms.roaming", "mms.roaming"]
Direction = Literal["out", "in"]


class Money(Struct, frozen=True):
    """An exact amount: never a float on the wire, never one inside."""

    amount: DecimalText
    currency: Currency

    def value(self) -> Decimal:
        """Return the amount."""
        return Decimal(self.amount)
