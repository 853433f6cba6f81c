"""What a person may configure of the pure part."""

from msgspec import Struct

from schemas.times import MS_PER_DAY
from streams.regimes import Regimes, shipped
from streams.regimes.windows import Windows, shipped_windows


class Rules(Struct, frozen=True, kw_only=True):
    """Business rules, read once at start."""

    regimes: Regimes
    windows: Windows
    dedupe_horizon_ms: int = 3 * MS_PER_DAY
    """How long after its arrival a record's identity is remembered."""
    muted_until_ms: int | None = None
    """While a partition's clock is before this, nothing is said to the outside; signals and states go on, and
    what was kept silent is not said later. For a history that is read in: old notices help nobody."""

    @classmethod
    def default(cls) -> "Rules":
        """Return the shipped regimes and windows, and the usual horizon."""
        return cls(regimes=shipped(), windows=shipped_windows())

    def is_muted(self, clock_ms: int) -> bool:
        """Tell whether nothing is to be said at that time of the partition's clock."""
        return self.muted_until_ms is not None and clock_ms < self.muted_until_ms
