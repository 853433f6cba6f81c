"""What lies on an application's control topic: the trouble of each partition, and what a person orders.

The newest value of each key counts. A partition writes its own trouble in the transaction that changes it;
it does what an order says with its next one.
"""

from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, field

from schemas.times import MS_PER_MINUTE
from streams.core.breaker import Breaker, Hold, Order, Pause

NUMBERS_EVERY_MS: Final = MS_PER_MINUTE
_TROUBLE: Final = "trouble"
_ORDER: Final = "order"


class Trouble(Struct, frozen=True, omit_defaults=True):
    """What a person must see to in a partition."""

    pause: Pause | None = None
    holds: dict[str, Hold] = field(default_factory=dict)
    """By ``topic/type``."""

    @classmethod
    def of(cls, breaker: Breaker) -> "Trouble":
        """Return what is wrong now."""
        return cls(breaker.pause, breaker.holds)

    def sentences(self) -> list[str]:
        """Return it in words."""
        said = [] if self.pause is None else [f"paused: {self.pause.reason.sentence()}"]
        for what, hold in self.holds.items():
            done = "being sent" if hold.is_sending else "held back"
            said.append(f"{what} {done}: {hold.count} wait")
        return said

    def is_like(self, other: "Trouble") -> bool:
        """Return whether only the numbers differ, if anything."""
        return self.pause == other.pause and _outline(self) == _outline(other)

    def is_none(self) -> bool:
        """Return whether there is nothing to see to."""
        return self.pause is None and not self.holds


def _outline(trouble: Trouble) -> list[tuple[str, int, bool]]:
    return [(what, hold.at_ms, hold.is_sending) for what, hold in trouble.holds.items()]


class Told(NamedTuple):
    """What a partition has written of its trouble, and when by the wall clock."""

    trouble: Trouble
    at_ms: int

    def is_enough(self, trouble: Trouble, *, wall_ms: int) -> bool:
        """Return whether nothing is to be written: numbers alone wait, for they change with each commit."""
        is_soon = wall_ms - self.at_ms < NUMBERS_EVERY_MS
        return self.trouble == trouble or (is_soon and self.trouble.is_like(trouble))


class Key(NamedTuple):
    """Which record it is. ``what``: of an order the held ``topic/type``, empty for the pause."""

    partition: int
    is_order: bool = False
    what: str = ""

    def encode(self) -> bytes:
        """Return the bytes."""
        kind = _ORDER if self.is_order else _TROUBLE
        return f"{kind}/{self.partition}/{self.what}".encode()


def decode_key(data: bytes) -> Key:
    """Return the key that the bytes are. Raises: ValueError if another release wrote them."""
    kind, _, rest = data.decode(errors="replace").partition("/")
    partition, _, what = rest.partition("/")
    if kind not in {_TROUBLE, _ORDER} or not (partition.isascii() and partition.isdecimal()):
        raise ValueError("no key of this release")
    return Key(int(partition), kind == _ORDER, what)


def encode_trouble(trouble: Trouble) -> bytes | None:
    """Return the value, None when there is nothing to see to."""
    return None if trouble.is_none() else msgspec.json.encode(trouble)


def encode_order(order: Order) -> bytes:
    """Return the value."""
    return msgspec.json.encode(order)


def decode_trouble(data: bytes | None) -> Trouble:
    """Return what the value says. Raises: ValueError (msgspec's)."""
    return Trouble() if data is None else msgspec.json.decode(data, type=Trouble)


def decode_order(data: bytes | None) -> Order | None:
    """Return what the value says. Raises: ValueError (msgspec's)."""
    return None if data is None else msgspec.json.decode(data, type=Order)
