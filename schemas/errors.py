"""The one tree of expected faults.

::

    UsagewatchError
    ├── SchemaError       a record from outside is not as WIRE.md says: becomes a dead letter
    ├── PlanMissingError  a record's plan is not in the catalogue: read that again, or hold the record
    ├── StateError        a stored state cannot be used by this release: the worker stops and says why
    └── ConfigError       settings, regimes or topics are wrong: every mistake is listed, nothing starts
"""

from collections.abc import Sequence
from enum import StrEnum


class Reason(StrEnum):
    """Why a record is a dead letter: the closed list, in the order in which a first one is chosen."""

    NULL_VALUE = "null_value"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    KEY_MISMATCH = "key_mismatch"
    UNKNOWN_TYPE = "unknown_type"
    NO_TIME_ZONE = "no_time_zone"
    BAD_FIELD = "bad_field"
    NEGATIVE_QUANTITY = "negative_quantity"
    NO_QUANTITY = "no_quantity"
    IN_FUTURE = "in_future"
    TOO_LATE = "too_late"
    CONFLICT = "conflict"
    UNKNOWN_SUBSCRIBER = "unknown_subscriber"
    UNKNOWN_PLAN = "unknown_plan"
    DEFECT = "defect"


class UsagewatchError(Exception):
    """Base of all expected faults; never raised itself."""


class SchemaError(UsagewatchError):
    """A record is not as WIRE.md says. ``detail`` names the field, never its content."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class PlanMissingError(UsagewatchError):
    """The record's subscriber has a plan that the catalogue does not have; nothing was changed."""

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan not in the catalogue: {plan_id}")
        self.plan_id = plan_id


class StateError(UsagewatchError):
    """A stored state cannot be read by this release; the message says what to do."""


class ConfigError(UsagewatchError):
    """What a person configured is wrong. ``mistakes`` holds one sentence each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)
