"""What moves in a worker and what stands still: written by the loop, read by the thread that serves health.

A partition moves when it commits, when a restore reads on, and when there is nothing to do: every
input is read to its end. Position is held against end, not commit against end: markers of transactions
move no commit.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from streams.kafka.closing import close_client
from streams.settings import Settings

PROBE_S: Final = 2.0
"""Between two questions to the broker."""
ANSWER_S: Final = 4.0
"""A broker that takes longer to answer is away: partitions cannot commit with it."""

log = logging.getLogger(__name__)


class Movement:
    """When each partition of a worker last moved, in monotonic seconds."""

    def __init__(self) -> None:
        self._at_s: dict[int, float] = {}

    def moved(self, partition: int) -> None:
        """Note that a partition moves now."""
        self._at_s[partition] = time.monotonic()

    def forget(self, partition: int) -> None:
        """Forget a partition that this worker has no more."""
        self._at_s.pop(partition, None)

    def seconds(self) -> Mapping[int, float]:
        """Return a copy of what is known."""
        return dict(self._at_s)


class BrokerWatch:
    """Asks now and then whether a broker answers: a partition that stands still meanwhile is not to blame."""

    def __init__(self, settings: Settings) -> None:
        self.away_since_s: float | None = None
        """None while a broker answers."""
        self.back_s = time.monotonic()
        """When one answered again after it had been away."""
        self._settings = settings
        self._client: AIOKafkaClient | None = None
        self._back = asyncio.Event()

    async def watch(self) -> None:
        """Ask until cancelled."""
        try:
            while True:
                asked_s = time.monotonic()
                if await self._answers():
                    self._note_answer()
                elif self.away_since_s is None:
                    self.away_since_s = asked_s
                    log.warning("no broker answers, partitions wait for one")
                await asyncio.sleep(PROBE_S)
        finally:
            await self._close()

    async def pause(self, longest_s: float) -> None:
        """Return after so long; at once when a broker comes back that was away."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._back.wait()

    def _note_answer(self) -> None:
        if self.away_since_s is None:
            return
        self.back_s = time.monotonic()
        log.warning("a broker answers again", extra={"away_s": round(self.back_s - self.away_since_s, 1)})
        self.away_since_s = None
        self._back.set()
        self._back = asyncio.Event()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_S):
                if self._client is None:
                    servers = self._settings.bootstrap_servers.split(",")
                    client = AIOKafkaClient(
                        bootstrap_servers=servers, client_id=f"{self._settings.app_id}-watch"
                    )
                    self._client = client
                    await client.bootstrap()
                await self._client.send(self._client.get_random_node(), MetadataRequest([]))
        except (KafkaError, TimeoutError, OSError):
            await self._close()
            return False
        return True

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await close_client(client)
