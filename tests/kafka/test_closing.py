"""What an outage leaves in a process that lives on: nothing."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

import pytest
from aiokafka import TopicPartition

from schemas.topics import SIGNALS
from streams.kafka.messages import Message
from streams.kafka.transaction import Transactions
from tests.kafka.broker import Broker
from tests.kafka.build_worker import made

pytestmark = pytest.mark.kafka

HOW: Final[dict[str, tuple[Callable[[Broker], None], Callable[[Broker], None]]]] = {
    "stands still": (
        lambda own: os.kill(own.pid, signal.SIGSTOP),
        lambda own: os.kill(own.pid, signal.SIGCONT),
    ),
    "is away": (Broker.stop, Broker.start),
}


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("how", HOW)
async def test_a_producer_that_is_given_up_leaves_no_task_and_no_connection(prefix: str, how: str) -> None:
    """Each outage would else leave some that ask the broker for ever."""
    goes, comes = HOW[how]
    with Broker() as own:
        if own.is_external:
            pytest.skip("somebody else's broker is not stopped")
        settings = await made(own.bootstrap_servers, prefix)
        before = asyncio.all_tasks()
        transactions = Transactions(settings, 0)
        row = {TopicPartition(settings.topic(SIGNALS), 0): [Message(b"key", b"value")]}
        await transactions.start()
        await transactions.commit(row, {})
        goes(own)
        commit = asyncio.create_task(transactions.commit(row, {}))
        await asyncio.sleep(0.5)

        await transactions.stop()

        commit.cancel()
        await asyncio.gather(commit, return_exceptions=True)
        comes(own)
        assert before == asyncio.all_tasks()
