"""What is said to the outside about what was found. Pure.

Each module is one response: ``respond(found)`` yields its notices, and a `Proposal` for what it would offer;
the contact policy (`policy`) decides whether that is made, when and where. A new one is a file here, a line
in `RESPONSES` and a test file; tests/unit/responses/test_every_response.py runs over all of them.
"""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.outputs import Output
from streams.responses import (
    addon_offer,
    callback,
    care_rule,
    expiring_notice,
    port_information,
    port_security,
    upgrade_offer,
    usage_notice,
)
from streams.responses.found import Found
from streams.responses.proposal import Proposal

__all__ = ["RESPONSES", "Found", "respond"]

RESPONSES: Final[tuple[Callable[[Found], Iterator[Output | Proposal]], ...]] = (
    port_security.respond,
    usage_notice.respond,
    expiring_notice.respond,
    port_information.respond,
    care_rule.respond,
    callback.respond,
    upgrade_offer.respond,
    addon_offer.respond,
)
"""Registered by hand, in the order in which their outputs are written."""


def respond(found: Found) -> Iterator[Output | Proposal]:
    """Yield everything that is said about what was found, and what may be offered."""
    for response in RESPONSES:
        yield from response(found)
