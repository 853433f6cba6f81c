"""The consumer group of an application as others see it: who is in it."""

import asyncio
from typing import Final

from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
    for_code,
)

from schemas.errors import ConfigError
from streams.kafka.connection import administration
from streams.settings import Settings

TRIES: Final = 50
PAUSE_S: Final = 0.2
"""A broker that has just started, or has never had a group, needs a moment to say who coordinates it."""
_LATER: Final = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)


async def member_count(settings: Settings) -> int:
    """Return how many workers are in the group now; one that was killed is for its session timeout.

    Raises: ConfigError when no broker answers.
    """
    async with administration(settings.bootstrap_servers) as client:
        for _ in range(TRIES):
            try:
                [response] = await client.describe_consumer_groups([settings.app_id])
                [(error_code, _group, _state, _protocol_type, _protocol, members, *_)] = response.groups
                if error_code:
                    raise for_code(error_code)
            except _LATER:
                await asyncio.sleep(PAUSE_S)
                continue
            return len(members)
    raise ConfigError([f"the broker does not say who is in group {settings.app_id}: try again in a while"])


async def refuse_members(settings: Settings) -> None:
    """Raise ConfigError while a worker is at work: what is read or written would change under it."""
    if count := await member_count(settings):
        workers = "worker is" if count == 1 else "workers are"
        timeout_s = settings.session_timeout_ms / 1000
        mistake = (
            f"{count} {workers} in group {settings.app_id}: stop all first; one that was killed leaves after "
            f"its session timeout ({timeout_s:g} s)"
        )
        raise ConfigError([mistake])
