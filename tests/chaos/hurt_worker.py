"""The real worker, with points at which it can be killed, stopped or slowed; started by a chaos run.

With an argument it breaks the delivery guarantee in that way, so that the run must find it out.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.protocol.transaction import EndTxnRequest

from streams.cli import main
from streams.kafka import changelog, guarantee
from streams.kafka.messages import Message
from streams.kafka.transaction import Transactions
from streams.settings import Settings
from tests.chaos.points import FOLDER_VARIABLE, Point, Points

POINTS: Final = Points(Path(os.environ[FOLDER_VARIABLE]))
LONG_MS: Final = 300_000
"""A transaction that nobody fences and that outlives any freeze."""


def strike(point: Point, number: signal.Signals = signal.SIGKILL) -> None:
    """End or stop this process if the point is armed."""
    if POINTS.take(point) is not None:
        os.kill(os.getpid(), number)


class Hurt(Transactions):
    """A partition's transactions, struck at the points: only those that say something to somebody."""

    def __init__(self, settings: Settings, partition: int) -> None:
        super().__init__(settings, partition)
        self._has_outputs = False
        self._hurt()

    async def commit(
        self, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
    ) -> int:
        """Commit, or be struck."""
        self._has_outputs = any(place != self.changelog for place in messages)
        return await super().commit(messages, offsets)

    def _hurt(self) -> None:
        producer, client = self._producer, self._producer.client
        commit, send = producer.commit_transaction, client.send

        async def commit_hurt() -> None:
            if self._has_outputs:
                strike(Point.OFFSETS)
                strike(Point.FREEZE, signal.SIGSTOP)
            await asyncio.sleep(POINTS.delay_ms(Point.SLOW) / 1000)
            await commit()

        async def send_hurt(node_id: int, request: Any, **own: Any) -> Any:  # noqa: ANN401 - aiokafka's
            is_end = self._has_outputs and isinstance(request, EndTxnRequest)
            delay_ms = POINTS.take(Point.COMMIT) if is_end else None
            if delay_ms is None:
                return await send(node_id, request, **own)
            # It is written as soon as it is sent: what is awaited is the answer.
            sent = asyncio.ensure_future(send(node_id, request, **own))
            await asyncio.sleep(delay_ms / 1000)
            os.kill(os.getpid(), signal.SIGKILL)
            return await sent

        producer.commit_transaction, client.send = commit_hurt, send_hurt

    async def _send_offsets(self, offsets: Mapping[str, int]) -> None:
        if self._has_outputs and POINTS.is_armed(Point.OUTPUTS):
            await self._producer.flush()
            strike(Point.OUTPUTS)
        await super()._send_offsets(offsets)


class HurtAtLeastOnce(Hurt, guarantee.AtLeastOnce):
    """The same where outputs are written before the transaction."""


class OffsetsFirst(Hurt):
    """Broken: offsets and states are committed in a transaction of their own, before the outputs."""

    async def commit(
        self, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
    ) -> int:
        """Commit in two steps."""
        end = await super().commit({self.changelog: messages[self.changelog]}, offsets)
        outputs = {place: rows for place, rows in messages.items() if place != self.changelog}
        if outputs:
            strike(Point.BETWEEN)
            await super().commit({**outputs, self.changelog: messages[self.changelog][-1:]}, {})
        return end


class Unfenced(Hurt):
    """Broken: each process has transactional ids of its own, so nobody stops the one before."""

    def __init__(self, settings: Settings, partition: int) -> None:
        super().__init__(settings, partition)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            transactional_id=f"{settings.app_id}-{partition}-{os.getpid()}",
            transaction_timeout_ms=LONG_MS,
            request_timeout_ms=LONG_MS,
        )
        self._timeout_s = LONG_MS / 1000
        self._hurt()


def hurt_restore() -> None:
    """Make restores pass by their point."""
    restore = changelog.Reader.restore

    async def restore_hurt(reader: changelog.Reader, end: int, take: Any, progress: Any) -> Any:  # noqa: ANN401
        def progress_hurt(count: int, position: int) -> None:
            progress(count, position)
            strike(Point.RESTORE)

        return await restore(reader, end, take, progress_hurt)

    changelog.Reader.restore = restore_hurt  # type: ignore[method-assign,assignment]  # wrapped


def read_uncommitted() -> None:
    """Broken: states of aborted transactions are restored too, and nobody compares them with the offsets."""
    consumer = AIOKafkaConsumer

    def uncommitted(**options: Any) -> Any:  # noqa: ANN401 - aiokafka's
        return consumer(**(options | {"isolation_level": "read_uncommitted"}))

    changelog.AIOKafkaConsumer = uncommitted  # type: ignore[attr-defined]  # what it imports
    changelog.check = lambda *_arguments, **_options: None


BROKEN: Final = ("offsets-first", "unfenced", "read-uncommitted")

if __name__ == "__main__":
    way = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = {"offsets-first": OffsetsFirst, "unfenced": Unfenced}.get(way, Hurt)
    setattr(guarantee, "Transactions", chosen)  # noqa: B010  # what it imports
    setattr(guarantee, "AtLeastOnce", HurtAtLeastOnce)  # noqa: B010  # likewise
    if way == "read-uncommitted":
        read_uncommitted()
    hurt_restore()
    main(["worker"])
