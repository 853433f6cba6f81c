"""Open complaints or faults of one subscriber: id → since when, or, bit by bit inverted, when it was closed.

What is closed is remembered for a while: the same complaint may be told on two channels, and the word from
the slower one must not open it again.
"""

from typing import Final

from schemas.times import MS_PER_DAY

CASE_COUNT_MAX: Final = 16
"""Of one kind and one subscriber; the longest closed goes first, then the longest open."""
CLOSED_KEPT_MS: Final = 30 * MS_PER_DAY

Cases = dict[str, int]


def has_open(cases: Cases) -> bool:
    """Return whether any is open."""
    return bool(cases) and any(since_ms >= 0 for since_ms in cases.values())


def opened(cases: Cases, case_id: str, at_ms: int) -> Cases:
    """Return the cases once one was open at an instant; an earlier word than its end changes nothing."""
    at_ms = max(at_ms, 0)
    known = cases.get(case_id)
    if known is not None and (known >= 0 or at_ms <= ~known):
        return cases
    return _bounded({**cases, case_id: at_ms}, at_ms)


def closed(cases: Cases, case_id: str, at_ms: int) -> Cases:
    """Return the cases once one was closed, whether or not it was known to be open."""
    at_ms = max(at_ms, 0)
    return _bounded({**cases, case_id: ~at_ms}, at_ms)


def _bounded(cases: Cases, now_ms: int) -> Cases:
    kept = {
        case_id: since_ms
        for case_id, since_ms in cases.items()
        if since_ms >= 0 or now_ms < ~since_ms + CLOSED_KEPT_MS
    }
    while len(kept) > CASE_COUNT_MAX:
        del kept[min(kept, key=lambda case_id: (kept[case_id] >= 0, abs(kept[case_id])))]
    return kept
