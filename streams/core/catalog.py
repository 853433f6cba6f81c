"""The plans and add-ons that are in force: read whole by every worker, the newest record of each id wins."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from schemas.decode import decode
from schemas.envelope import Raw
from schemas.errors import Reason, SchemaError
from schemas.plans import Addon, Plan
from schemas.topics import PLANS

PLANS_MAX: Final = 100_000
ADDONS_MAX: Final = 10_000
"""Far more than any operator sells: a producer that makes one of each subscriber would fill the memory of all
workers, and each offer looks at every add-on."""


class Catalog:
    """Plans and add-ons by their ids; at most `PLANS_MAX` and `ADDONS_MAX`."""

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}
        self._addons: dict[str, Addon] = {}
        self._open: tuple[Plan, ...] | None = None

    def apply(self, raw: Raw) -> str | None:
        """Take one record of ``plans`` or ``addons``; a null value takes the entry away.

        Returns the id of a plan that is there now (new or changed), None for all else.
        Raises: SchemaError when the record is bad, or one too many; the last good version stays.
        """
        self._open = None
        if raw.value is None:
            self._remove(raw)
            return None
        record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
        match record:
            case Plan():
                _check(self._plans, record.plan_id, PLANS_MAX, "plan_id: too many plans")
                self._plans[record.plan_id] = record
                return record.plan_id
            case Addon():
                _check(self._addons, record.addon_id, ADDONS_MAX, "addon_id: too many add-ons")
                self._addons[record.addon_id] = record
                return None
            case _:
                raise TypeError(f"no topic of the catalogue: {raw.topic}")

    def copy(self) -> "Catalog":
        """Return a catalogue that does not move with this one."""
        twin = Catalog()
        twin.restore(self)
        return twin

    def restore(self, other: "Catalog") -> None:
        """Become as the other one is."""
        self._plans, self._addons = other._plans.copy(), other._addons.copy()  # noqa: SLF001  (its own class)
        self._open = None

    def plan(self, plan_id: str) -> Plan | None:
        """Return the plan in force, None if there is none of that id."""
        return self._plans.get(plan_id)

    def addons(self) -> tuple[Addon, ...]:
        """Return every add-on."""
        return tuple(self._addons.values())

    def open_plans(self) -> tuple[Plan, ...]:
        """Return every plan that is still sold, the lowest fee first. Sorted once after each change."""
        if self._open is None:
            sold = (plan for plan in self._plans.values() if not plan.closed)
            self._open = tuple(sorted(sold, key=lambda plan: (Decimal(plan.price), plan.plan_id)))
        return self._open

    def size(self) -> int:
        """Return how many plans and add-ons there are."""
        return len(self._plans) + len(self._addons)

    def _remove(self, raw: Raw) -> None:
        key = (raw.key or b"").decode("utf-8", "replace")
        (self._plans if raw.topic == PLANS else self._addons).pop(key, None)


def _check(known: Mapping[str, object], key: str, most: int, detail: str) -> None:
    """Raise SchemaError ``bad_field`` for a new one when there are enough."""
    if key not in known and len(known) >= most:
        raise SchemaError(Reason.BAD_FIELD, detail)
