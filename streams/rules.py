"""What a person may configure of the pure part."""

from msgspec import Struct

from schemas.times import MS_PER_DAY
from streams.regimes import Regimes, shipped


class Rules(Struct, frozen=True, kw_only=True):
    """Business rules, read once at start."""

    regimes: Regimes
    dedupe_horizon_ms: int = 3 * MS_PER_DAY
    """How long after its arrival a record's identity is remembered."""

    @classmethod
    def default(cls) -> "Rules":
        """Return the shipped regimes and the usual horizon."""
        return cls(regimes=shipped())
