"""JSON Schema of every topic's values, made of the same types that decode them."""

from typing import Any, Final

import msgspec

from schemas import cdr, events, found, messages, plans, profile, tasks
from schemas.topics import (
    ADDONS,
    BY_NAME,
    CARE_EVENTS,
    CDR,
    GROUPS,
    OFFER_EVENTS,
    PLANS,
    PORT_SIGNALS,
    SIGNALS,
    SUBSCRIBERS,
    SUPPRESSED_OFFERS,
    TASKS,
    USAGE_EVENTS,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

VALUES: Final[dict[str, Any]] = {
    CDR: cdr.CdrRecord,
    USAGE_EVENTS: events.EventRecord,
    SUBSCRIBERS: profile.Profile,
    GROUPS: profile.Group,
    PLANS: plans.Plan,
    ADDONS: plans.Addon,
    SIGNALS: found.OnSignals,
    PORT_SIGNALS: found.OnPortSignals,
    CARE_EVENTS: messages.CareEvent,
    OFFER_EVENTS: messages.OfferEvent,
    TASKS: tasks.Task,
    SUPPRESSED_OFFERS: messages.SuppressedOffer,
}
"""Dead letters have none: their values are what others sent."""


def json_schema(topic: str) -> bytes:
    """Return the JSON Schema of a topic's values, indented, with a line feed at the end."""
    [schema], definitions = msgspec.json.schema_components([VALUES[topic]], ref_template="#/$defs/{name}")
    document = {
        "$schema": DIALECT,
        "$id": f"urn:usagewatch:{topic}:1",
        "title": topic,
        "description": BY_NAME[topic].what,
        **schema,
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"
