"""A worker that kills itself with outputs written and nothing committed; run by test_guarantee.py.

Its argument: after how many commits.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

from aiokafka import TopicPartition

from streams.cli import main
from streams.kafka.guarantee import AtLeastOnce
from streams.kafka.messages import Message

AFTER: Final = int(sys.argv[1])
NUMBERS: Final = count(1)

write = AtLeastOnce._write  # noqa: SLF001 - the moment after it is what the test is about


async def write_and_die(self: AtLeastOnce, outputs: Mapping[TopicPartition, Sequence[Message]]) -> None:
    """Write, and be gone before the commit."""
    await write(self, outputs)
    if next(NUMBERS) > AFTER:
        os.kill(os.getpid(), signal.SIGKILL)


AtLeastOnce._write = write_and_die  # type: ignore[method-assign]  # noqa: SLF001
main(["worker"])
