"""A worker that falls ill when a file is there, and takes the file away when it is; run by test_health.py.

Its arguments: the illness (`ILLNESSES`), and the file's path.
"""

# ruff: noqa: SLF001, ANN401  (illnesses are of the inside)

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition

from streams.cli import main
from streams.kafka.messages import Message
from streams.kafka.transaction import Transactions
from streams.kafka.worker import Worker

ILLNESS: Final = sys.argv[1]
FILE: Final = Path(sys.argv[2])

has_fallen_ill = asyncio.Event()
commit = Transactions.commit
run = Worker.run


async def stuck(
    self: Transactions, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
) -> int:
    """Commit, but never again once it is ill."""
    if ILLNESS in {"stuck", "paused"} and has_fallen_ill.is_set():
        await asyncio.Event().wait()
    return await commit(self, messages, offsets)


def block(_worker: Worker) -> None:
    """Keep the event loop."""
    FILE.unlink()
    time.sleep(3_600)


def pause(worker: Worker) -> None:
    """Pause every partition, as the breaker does."""
    for partition in worker._partitions.values():
        partition.phase = "paused"


def app_of(worker: Worker) -> Any:
    """Return the Faust application."""
    assert worker._vitals.consumer is not None
    return worker._vitals.consumer.app


ILLNESSES: Final[dict[str, Callable[[Worker], Any]]] = {
    "blocked": block,
    "agent": lambda worker: app_of(worker).agents["inputs"].stop(),
    "fetcher": lambda worker: app_of(worker)._fetcher.stop(),
    "paused": pause,
    "stuck": lambda _worker: None,
}


async def fall_ill(worker: Worker) -> None:
    """Do it when the file is there."""
    while not FILE.exists():  # noqa: ASYNC110 - a file is no event
        await asyncio.sleep(0.05)
    has_fallen_ill.set()
    done = ILLNESSES[ILLNESS](worker)
    if asyncio.iscoroutine(done):
        await done
    FILE.unlink()


async def run_ill(self: Worker) -> int:
    """Run beside the illness."""
    illness = asyncio.create_task(fall_ill(self))
    try:
        return await run(self)
    finally:
        illness.cancel()


Transactions.commit = stuck  # type: ignore[method-assign]
Worker.run = run_ill  # type: ignore[method-assign]
main(["worker"])
