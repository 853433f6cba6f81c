"""How far a partition's clock is behind the wall while it goes on with the time that passes.

Live it is next to nothing; a history that is fed in goes on on its own time, by as much as it is old::

    wall    ---- 22:59 | nobody runs ------------ 07:00 | reads the last record, of 23:30
    clock   ---- 22:59 | ------------------------ 23:30 | 07:00, and on: what is due at 08:00 is due then

Were the clock to go on from 23:30, what is due at 08:00 would come at 15:30, if no record came before.
"""

from streams.core.stored import Meta


def lag_after(lag_ms: int, *, before_ms: int, clock_ms: int, wall_ms: int) -> int:
    """Return the lag when records have moved the clock from ``before_ms`` to ``clock_ms``.

    The first record says how old the history is; later ones only bring the clock nearer to the wall, for how
    long they have waited says nothing about how old they were when they came.
    """
    if clock_ms == before_ms:
        return lag_ms
    found_ms = max(wall_ms - clock_ms, 0)
    return min(lag_ms, found_ms) if before_ms else found_ms


def lag_of(meta: Meta | None, *, written_ms: int) -> int:
    """Return the lag that was committed; ``written_ms`` is when, for releases that did not write it down."""
    if meta is None:
        return 0
    return max(written_ms - meta.clock_ms, 0) if meta.lag_ms is None else meta.lag_ms
