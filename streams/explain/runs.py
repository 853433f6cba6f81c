"""Puts together the steps in a row in which nothing happened but usage."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from streams.explain.moves import BucketMove
from streams.explain.step import ANOTHER, NotRaised, Step
from streams.explain.why_levels import OWNER_IS_TOLD
from streams.ledger import APPLIED
from streams.signals import forecast

_USED: Final = frozenset(["data", "voice", "sms", "mms", ANOTHER, "charge.accrued"])
"""What may move totals in a run."""
_SEEN: Final = frozenset(["app.viewed", "care.contacted", "vas.used", "message.reported"])
"""What moves nothing, and comes often. All else is told by itself."""
_CHANGES: Final = ("corrects", "replaces")

Place = tuple[bool, str | None, str | None]
"""Whether it is the group's, the bucket, the period."""


class Run(Struct, kw_only=True):
    """Steps in a row that raised nothing, as one. It grows; its size does not depend on how many they are."""

    first: Step
    last: Step
    from_ms: int
    """The earliest event; late records are not told in the order in which they happened."""
    until_ms: int
    """The latest one."""
    counts: Counter[str]
    """What → steps."""
    moved: dict[Place, BucketMove]
    """Each bucket from before the first to after the last."""
    owed: tuple[str, str] | None
    coming: dict[Place, tuple[NotRaised, ...]]
    """Why nothing was raised: what is next of each bucket, as it is after the last."""
    no_forecast: dict[Place, dict[str, NotRaised]]
    """Why nothing was foreseen: each reason once, in order."""
    uncounted: Counter[str]
    """Why a record changed no total → records."""

    @classmethod
    def of(cls, step: Step) -> "Run":
        """Return a run of one step."""
        run = cls(
            first=step,
            last=step,
            from_ms=step.shown_ms,
            until_ms=step.shown_ms,
            counts=Counter(),
            moved={},
            owed=None,
            coming={},
            no_forecast={},
            uncounted=Counter(),
        )
        run.add(step)
        return run

    def add(self, step: Step) -> None:
        """Take in one more step."""
        self.last = step
        self.from_ms, self.until_ms = min(self.from_ms, step.shown_ms), max(self.until_ms, step.shown_ms)
        self.counts[step.what] += 1
        for move in step.moved:
            place: Place = (move.is_shared, move.bucket, move.period)
            before = self.moved.get(place, move)
            self.moved[place] = replace(
                move, used=(before.used[0], move.used[1]), charge=(before.charge[0], move.charge[1])
            )
        if step.owed is not None:
            self.owed = ((self.owed or step.owed)[0], step.owed[1])
        coming: dict[Place, list[NotRaised]] = {}
        for silence in step.why_not:
            place = (silence.is_shared, silence.bucket, silence.period)
            if silence.signal == forecast.KIND:
                self.no_forecast.setdefault(place, {})[silence.why] = silence
            elif silence.signal or silence.bucket:
                coming.setdefault(place, []).append(silence)
            else:
                self.uncounted[silence.text] += 1
        self.coming |= {place: tuple(silences) for place, silences in coming.items()}


def is_ordinary(step: Step) -> bool:
    """Return whether there is nothing to tell of a step but how totals moved."""
    if step.outputs or step.refused or step.released or step.membership or step.became not in {APPLIED, ""}:
        return False
    if step.what not in _USED | _SEEN or any(name in step.record for name in _CHANGES):
        return False
    if any(silence.why == OWNER_IS_TOLD for silence in step.why_not):
        return False
    return not any(move.is_rearmed for move in step.moved)


def in_runs(steps: Iterable[Step]) -> Iterator[Step | Run]:
    """Yield the steps that have something to tell, and runs of those in between; one alone is no run.

    Late records make runs of their own.
    """
    run: Run | None = None
    for step in steps:
        is_told = not is_ordinary(step)
        if run is not None and (is_told or run.first.is_late is not step.is_late):
            yield _run_or_step(run)
            run = None
        if is_told:
            yield step
        elif run is None:
            run = Run.of(step)
        else:
            run.add(step)
    if run is not None:
        yield _run_or_step(run)


def _run_or_step(run: Run) -> Step | Run:
    return run if run.counts.total() > 1 else run.first
