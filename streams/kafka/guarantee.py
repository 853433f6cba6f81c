"""What a deployment wants of its outputs: each once, or sooner and perhaps twice (``processing_guarantee``).

::

    exactly_once    ┌──────────── transaction ────────────┐
                    │ outputs · states · hops · offsets   │ ── outputs can be read
                    └─────────────────────────────────────┘
    at_least_once              ┌───── transaction ────────┐
                    outputs ── │ states · hops · offsets  │
                       └ can be read
                               └──────────────────────────┘

States are exact either way, so nothing is lost and nothing is counted twice. With at_least_once a partition
that dies between the two writes its outputs again, with the ids that they had; and what a batch said that was
taken back has been said. Usage on its way to a group is an input of another partition, which could not tell
the second from the first; what is held back is counted by the partition's state, so a copy would be one too
many. Both stay in the transaction, as does what is said of a pause.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import GROUP_USAGE, HELD_OUTPUTS, control
from streams.kafka.messages import Message
from streams.kafka.transaction import (
    BATCH_MAX_BYTES,
    RETRY_BACKOFF_MS,
    Transactions,
    batches_of,
)
from streams.settings import AT_LEAST_ONCE, Settings

__all__ = ["AtLeastOnce", "transactions_of"]


class AtLeastOnce(Transactions):
    """Writes outputs, has them acknowledged, and then commits the rest in one transaction."""

    def __init__(self, settings: Settings, partition: int) -> None:
        super().__init__(settings, partition)
        inside = (GROUP_USAGE, HELD_OUTPUTS, control(settings.app_id).name)
        self._inside: Final = frozenset({self.changelog.topic, *map(settings.topic, inside)})
        self._limit_s = settings.transaction_timeout_ms / 1000
        self._outputs = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id=f"{settings.app_id}-{partition}-outputs",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=max(settings.transaction_timeout_ms, 10_000),
            max_batch_size=BATCH_MAX_BYTES,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )

    async def start(self) -> None:
        """Become the partition's only writer of states; the former owner's outputs may still come."""
        await super().start()
        await self._outputs.start()

    async def commit(
        self, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
    ) -> int:
        """Write outputs, then commit the rest and ``offsets``; raises as `Transactions.commit`."""
        outputs = {place: rows for place, rows in messages.items() if place.topic not in self._inside}
        if outputs:
            async with asyncio.timeout(self._limit_s):
                await self._write(outputs)
        rest = {place: rows for place, rows in messages.items() if place not in outputs}
        return await super().commit(rest, offsets)

    async def _write(self, outputs: Mapping[TopicPartition, Sequence[Message]]) -> None:
        """Return when the broker has all of them."""
        deliveries = [
            await self._outputs.send_batch(batch, place.topic, partition=place.partition)
            for place, rows in outputs.items()
            for batch in batches_of(self._outputs, rows)
        ]
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def stop(self) -> None:
        """Close the connections; what is still on its way is given up after a moment."""
        await super().stop()
        await self._stop(self._outputs)


def transactions_of(settings: Settings, partition: int) -> Transactions:
    """Return what commits a partition, as the settings want it; not yet started."""
    kind = AtLeastOnce if settings.processing_guarantee == AT_LEAST_ONCE else Transactions
    return kind(settings, partition)
