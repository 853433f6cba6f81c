"""On which channel a subscriber is reached."""

from collections.abc import Container
from typing import Final, get_args

from schemas.messages import Channel
from schemas.profile import Profile

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
FALLBACK: Final[Channel] = "sms"
"""Every subscriber has a number."""

AWAY_FROM_THE_NUMBER: Final[frozenset[Channel]] = frozenset({"app", "wechat", "email", "account_manager"})
"""Still the subscriber's own after the number has moved, and reached without going anywhere.

Source: US FCC 23-95: notice of a port-out request by means reasonably designed to reach the customer.
"""
ON_THE_NUMBER: Final[frozenset[Channel]] = frozenset({"sms", "call"})


def service_channel(profile: Profile) -> Channel:
    """Return the first channel of the profile on which messages can be sent."""
    return first_of(profile, CHANNELS) or FALLBACK


def security_channel(profile: Profile) -> Channel:
    """Return a channel other than the number that may be in wrong hands, where the profile has one."""
    return first_of(profile, AWAY_FROM_THE_NUMBER) or first_of(profile, ON_THE_NUMBER) or FALLBACK


def first_of(profile: Profile, allowed: Container[str]) -> Channel | None:
    """Return the first channel in the profile's order that is in ``allowed``; None if there is none."""
    return next((channel for channel in known_of(profile) if channel in allowed), None)


def known(profile: Profile, name: str) -> Channel | None:
    """Return a channel by its name if it is one of the profile's."""
    return next((channel for channel in known_of(profile) if channel == name), None)


def known_of(profile: Profile) -> list[Channel]:
    """Return the profile's channels; it may have other words, on which nobody can send yet."""
    return [channel for name in profile.channels for channel in CHANNELS if channel == name]
