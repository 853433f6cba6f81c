"""What a person may configure of the pure part."""

from msgspec import Struct, field

from schemas.times import MS_PER_DAY
from streams.regimes import Regimes, shipped
from streams.regimes.care import Care, shipped_care
from streams.regimes.operators import Operators, shipped_operators
from streams.regimes.windows import Windows, shipped_windows


class Rules(Struct, frozen=True, kw_only=True):
    """Business rules, read once at start."""

    regimes: Regimes
    windows: Windows
    care: Care = field(default_factory=shipped_care)
    operators: Operators = field(default_factory=shipped_operators)
    """Whom no text names."""
    dedupe_horizon_ms: int = 3 * MS_PER_DAY
    """How long after its arrival a record's identity is remembered."""
    held_bytes_max: int = 256 * 2**20
    """What a partition's held records may cost in all, else strangers by the million would fill the memory;
    what does not fit is a dead letter."""
    muted_until_ms: int | None = None
    """While a partition's clock is before this, nothing is said to the outside; signals and states go on, and
    what was kept silent is not said later. For a history that is read in: old notices help nobody."""

    @classmethod
    def default(cls) -> "Rules":
        """Return the shipped regimes, windows and rules of care, and the usual horizon."""
        return cls(regimes=shipped(), windows=shipped_windows(), care=shipped_care())

    def is_muted(self, clock_ms: int) -> bool:
        """Tell whether nothing is to be said at that time of the partition's clock."""
        return self.muted_until_ms is not None and clock_ms < self.muted_until_ms
