"""The one table of topics: what each is for, how it is keyed, kept and stamped.

Names here are logical. On a cluster each is preceded by ``USAGEWATCH_TOPIC_PREFIX``; changelog and control
topic are named after the application (`changelog`, `control`).
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Role(StrEnum):
    """What a topic is to a worker."""

    INPUT = "input"
    """Keyed by subscriber (or group), merged by arrival time, in the ledger, copartitioned."""
    CATALOG = "catalog"
    """Compacted, read whole by every worker."""
    OUTPUT = "output"
    """Written by workers, partition *p* from input partition *p*."""
    CHANGELOG = "changelog"
    """States and the meta record of each partition; the application's own."""
    INTERNAL = "internal"
    """Copartitioned, read by our own commands and workers only."""
    CONTROL = "control"
    """What is wrong with partitions, and what a person orders: read whole by the application's workers."""


class Topic(Struct, frozen=True):
    """One topic. ``is_compacted``: the newest value of a key is kept for ever; else ``retention`` decides."""

    name: str
    role: Role
    is_compacted: bool
    is_log_append_time: bool
    """The broker stamps records as they arrive; else they carry the producer's time (``CreateTime``)."""
    what: str
    merge_rank: int = 0
    """Inputs: which goes first at equal arrival times (WIRE.md, Time)."""
    is_internal: bool = False
    """Written by workers for workers: nobody else may bring it."""


CDR: Final = "cdr"
USAGE_EVENTS: Final = "usage-events"
SUBSCRIBERS: Final = "subscribers"
GROUPS: Final = "groups"
GROUP_USAGE: Final = "group-usage"
PLANS: Final = "plans"
ADDONS: Final = "addons"
SIGNALS: Final = "signals"
PORT_SIGNALS: Final = "port-signals"
CARE_EVENTS: Final = "care-events"
OFFER_EVENTS: Final = "offer-events"
TASKS: Final = "tasks"
SUPPRESSED_OFFERS: Final = "suppressed-offers"
DEAD_LETTERS: Final = "dead-letters"
HELD_OUTPUTS: Final = "held-outputs"
REDRIVEN: Final = "redriven"


def _input(name: str, what: str, *, rank: int, compacted: bool = False, internal: bool = False) -> Topic:
    return Topic(
        name,
        Role.INPUT,
        compacted,
        is_log_append_time=False,
        what=what,
        merge_rank=rank,
        is_internal=internal,
    )


def _catalog(name: str, what: str) -> Topic:
    return Topic(name, Role.CATALOG, is_compacted=True, is_log_append_time=False, what=what)


def _output(name: str, what: str) -> Topic:
    return Topic(name, Role.OUTPUT, is_compacted=False, is_log_append_time=True, what=what)


def _internal(name: str, what: str, *, compacted: bool = False) -> Topic:
    return Topic(name, Role.INTERNAL, compacted, is_log_append_time=True, what=what, is_internal=True)


TOPICS: Final[tuple[Topic, ...]] = (
    _input(SUBSCRIBERS, "the profile of each subscriber", rank=0, compacted=True),
    _input(GROUPS, "shared allowances", rank=1, compacted=True),
    _input(USAGE_EVENTS, "what subscribers did", rank=2),
    _input(CDR, "usage records", rank=3),
    _input(GROUP_USAGE, "usage on its way to or from a group", rank=4, internal=True),
    _catalog(PLANS, "plans with their allowances"),
    _catalog(ADDONS, "add-ons"),
    _output(SIGNALS, "what was found in the usage of a subscriber"),
    _output(PORT_SIGNALS, "what was found about porting (its own access rights)"),
    _output(CARE_EVENTS, "service notices to send"),
    _output(OFFER_EVENTS, "offers that may be sent"),
    _output(TASKS, "work for people"),
    _output(SUPPRESSED_OFFERS, "offers not made, with every reason"),
    _output(DEAD_LETTERS, "records that could not be taken, byte for byte, with the reason"),
    _internal(HELD_OUTPUTS, "outputs of types that flood, until a person says send or drop"),
    _internal(REDRIVEN, "which dead letters have been sent back to their input", compacted=True),
)
"""Every topic but the application's own, inputs first in the order in which equal arrival times are taken."""

BY_NAME: Final = {topic.name: topic for topic in TOPICS}
INPUTS: Final = tuple(topic.name for topic in TOPICS if topic.role is Role.INPUT)
CATALOG: Final = tuple(topic.name for topic in TOPICS if topic.role is Role.CATALOG)
FROM_OUTSIDE: Final = tuple(name for name in (*INPUTS, *CATALOG) if not BY_NAME[name].is_internal)
"""Topics that files and other producers write."""
CLOCK_TOPICS: Final = (CDR, USAGE_EVENTS)
"""Inputs whose newest arrival is the clock of a partition (WIRE.md, Time)."""
OUTPUTS: Final = tuple(topic.name for topic in TOPICS if topic.role is Role.OUTPUT)


def changelog(app_id: str) -> Topic:
    """Return the changelog topic of the application ``app_id`` (still without prefix)."""
    return Topic(
        f"{app_id}-changelog", Role.CHANGELOG, is_compacted=True, is_log_append_time=True, what="states"
    )


def control(app_id: str) -> Topic:
    """Return the control topic of the application ``app_id`` (still without prefix)."""
    return Topic(
        f"{app_id}-control",
        Role.CONTROL,
        is_compacted=True,
        is_log_append_time=True,
        what="troubles of partitions, and orders",
        is_internal=True,
    )
