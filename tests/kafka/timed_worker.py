"""A worker that kills itself around a timer of the morning; run by test_worker_timers.py.

Its arguments: when it dies, and from which due time on (milliseconds). ``due``: when the timer would fire;
``written``: with all that it says written and not committed; ``committed``: right after the commit.
"""

import os
import signal
import sys
from typing import Final

from aiokafka import AIOKafkaProducer

from streams.cli import main
from streams.kafka.batch import _Attempt

WHEN: Final = sys.argv[1]
FROM_MS: Final = int(sys.argv[2])

fire = _Attempt._fire  # noqa: SLF001 - the moments around it are what the test is about
commit = AIOKafkaProducer.commit_transaction
fired: list[int] = []


def die(when: str) -> None:
    """Be gone, if it is time."""
    if when == WHEN and fired:
        os.kill(os.getpid(), signal.SIGKILL)


def fire_or_die(self: _Attempt, now_ms: int) -> bool:
    """Fire the timers, unless one of them is the one to die at."""
    due_ms = self._pipeline.next_due_ms()
    if due_ms is not None and FROM_MS <= due_ms:
        fired.append(due_ms)
        die("due")
    return fire(self, now_ms)


async def commit_or_die(self: AIOKafkaProducer) -> None:
    """Commit, or do not."""
    die("written")
    await commit(self)
    die("committed")


_Attempt._fire = fire_or_die  # type: ignore[method-assign]  # noqa: SLF001
AIOKafkaProducer.commit_transaction = commit_or_die
main(["worker"])
