"""Which of the things that are true now are said: what is new, what is true no more, what is true again.

A mark belongs to a generation of its bucket. A signal is raised once in a generation; after that it can only
be resolved and reinstated. When the allowance changes, what the former generation had raised and is true no
more is resolved; what is still true is said anew by the new generation, which takes the former one's place.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from schemas.found import Signal
from schemas.outputs import derive_id
from schemas.signals import Reinstated, Resolved
from schemas.topics import SIGNALS
from streams.regimes import Regime
from streams.signals.change import Truth, UsageChange

Word = TypeVar("Word", Resolved, Reinstated)


def raised(change: UsageChange, found: Iterable[Truth], regime: Regime) -> Iterator[Signal]:
    """Yield what is said of what is true of a bucket now, and remember it."""
    usage = change.usage
    truth = dict(found)
    again = []
    for mark, make in truth.items():
        if mark in usage.raised:
            if usage.is_resolved(mark):
                again.append(mark)
        elif make is not None:
            usage.raised += (mark,)
            yield make()
    gone = [mark for mark in usage.raised if mark not in truth and not usage.is_resolved(mark)]
    if change.former is not None:
        yield from _resolved_of_former(change, truth, regime)
    for mark in gone:
        yield _said(Resolved, change, mark, generation=usage.generation, n=usage.flip(mark), regime=regime)
    for mark in again:
        yield _said(Reinstated, change, mark, generation=usage.generation, n=usage.flip(mark), regime=regime)


def _resolved_of_former(
    change: UsageChange, truth: Mapping[str, object], regime: Regime
) -> Iterator[Resolved]:
    """Yield what the former generation had raised and is true no more."""
    former = change.former
    if former is None:
        return
    for mark in former.raised:
        flips = (former.flips or {}).get(mark, 0)
        if mark not in truth and flips % 2 == 0:
            yield _said(Resolved, change, mark, generation=former.generation, n=flips // 2 + 1, regime=regime)


def _said(  # noqa: PLR0913  (an id is derived from that much)
    kind: type[Word], change: UsageChange, mark: str, *, generation: int, n: int, regime: Regime
) -> Word:
    """Return a word on the signal that a mark stands for."""
    name, _, key = mark.partition("/")
    own: list[object] = [int(key)] if key else []
    keys = [change.bucket, change.period.day, *own, generation]
    of = derive_id(SIGNALS, name, change.cause.subscriber_id, *keys)
    return change.cause.signal(
        kind,
        of,
        n,
        regime=regime,
        plan_version=change.plan.version,
        of=of,
        n=n,
        bucket=change.bucket,
        period=change.period.day,
    )
