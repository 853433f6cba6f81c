"""Stories of records, so that in a test only what matters is set."""

from collections.abc import Sequence
from typing import Any, Final

from streams.explain import Step, story
from streams.pipeline import Rules
from tests.build import NOON, SUBSCRIBER, Line, lines_of

OTHER: Final = "4915100000099"


def told(*records: Line, subscriber: str = SUBSCRIBER, rules: Rules | None = None) -> list[Step]:
    """Return the steps of a subscriber's story, after the usual plan and profile where none is given."""
    return list(story(lines_of(records), subscriber, rules or Rules.default()))


def last(*records: Line, subscriber: str = SUBSCRIBER, rules: Rules | None = None) -> Step:
    """Return the last step of a story."""
    return told(*records, subscriber=subscriber, rules=rules)[-1]


def silences(step: Step, signal: str | None = None) -> list[str]:
    """Return why nothing more was raised, of one kind of signal or of all."""
    return [one.text for one in step.why_not if signal is None or one.signal == signal]


def sentences(step: Step) -> list[str]:
    """Return what followed, as ``type: sentence``."""
    return [f"{output['type']}: {output['sentence']}" for output in step.outputs]


def names(steps: Sequence[Step]) -> list[str]:
    """Return what each step was."""
    return [step.what for step in steps]


def group(*members: str, owner: str = SUBSCRIBER, arrives: str = NOON, **own: Any) -> Line:  # noqa: ANN401
    """Return a group's record."""
    value: dict[str, Any] = {"group_id": "g", "owner_id": owner, "plan_id": "p", "members": list(members)}
    value |= {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN", **own}
    return {"topic": "groups", "timestamp": arrives, "value": value}
