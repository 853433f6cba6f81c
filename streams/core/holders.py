"""Who of a partition has held records: found without decoding anybody's state, and bounded in all."""

from typing import NamedTuple

from streams.core.held import held_bytes
from streams.core.subscriber import Subscriber


class Holding(NamedTuple):
    """What is known of one who has held records."""

    cost_bytes: int
    plan_ids: tuple[str, ...]
    """The plans that the subscriber has or had."""


class Holders:
    """Subscribers and groups with held records, by key."""

    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._known: dict[str, Holding] = {}

    def note(self, key: str, state: Subscriber | None) -> None:
        """Note what a state holds; None, or one that holds nothing, is forgotten."""
        known = self._known.pop(key, None)
        if known is not None:
            self._bytes -= known.cost_bytes
        if state is None or not state.held:
            return
        plan_ids = tuple({term.plan_id: None for term in state.terms if term.plan_id is not None})
        self._known[key] = holding = Holding(held_bytes(state.held), plan_ids)
        self._bytes += holding.cost_bytes

    def has_room(self) -> bool:
        """Tell whether one more record may be held."""
        return self._bytes < self._bytes_max

    def keys(self, plan_id: str) -> list[str]:
        """Return those who have or had a plan, ascending."""
        return sorted(key for key, holding in self._known.items() if plan_id in holding.plan_ids)

    def plan_ids(self) -> set[str]:
        """Return the plans of all."""
        return {plan_id for holding in self._known.values() for plan_id in holding.plan_ids}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._known)
