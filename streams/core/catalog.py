"""The plans and add-ons that are in force: read whole by every worker, the newest record of each id wins."""

from schemas.decode import decode
from schemas.envelope import Raw
from schemas.plans import Addon, Plan
from schemas.topics import PLANS


class Catalog:
    """Plans and add-ons by their ids. Bounded by what the operator sells."""

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}
        self._addons: dict[str, Addon] = {}

    def apply(self, raw: Raw) -> str | None:
        """Take one record of ``plans`` or ``addons``; a null value takes the entry away.

        Returns the id of a plan that is there now (new or changed), None for all else.
        Raises: SchemaError when the record is bad; the last good version stays.
        """
        if raw.value is None:
            self._remove(raw)
            return None
        record = decode(raw.topic, raw.key, raw.value, is_keyed=raw.is_keyed)
        match record:
            case Plan():
                self._plans[record.plan_id] = record
                return record.plan_id
            case Addon():
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

    def plan(self, plan_id: str) -> Plan | None:
        """Return the plan in force, None if there is none of that id."""
        return self._plans.get(plan_id)

    def addons(self) -> tuple[Addon, ...]:
        """Return every add-on."""
        return tuple(self._addons.values())

    def size(self) -> int:
        """Return how many plans and add-ons there are."""
        return len(self._plans) + len(self._addons)

    def _remove(self, raw: Raw) -> None:
        key = (raw.key or b"").decode("utf-8", "replace")
        (self._plans if raw.topic == PLANS else self._addons).pop(key, None)
