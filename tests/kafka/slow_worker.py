"""A worker whose partition 0 restores slowly; run by test_restore.py and test_health.py.

Its argument is a path: the restore goes on when a file is there. With ``steps`` as a second one it gives one
record at a time all the while, so that it moves.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

from streams.cli import main
from streams.kafka.changelog import Reader

SLOW: Final = 0
PAUSE_S: Final = 0.2
GO: Final = Path(sys.argv[1])
MOVES: Final = "steps" in sys.argv

read = Reader.records


async def records(
    self: Reader, end: int, *, start: int | None = None
) -> AsyncGenerator[tuple[list[Any], int], None]:
    """Yield what there is, later."""
    async for some, position in read(self, end, start=start):
        if self.partition == SLOW:
            for record in some if MOVES else ():
                if GO.exists():
                    break
                yield [], record.offset
                await asyncio.sleep(PAUSE_S)
            while not MOVES and not GO.exists():  # noqa: ASYNC110 - a file is no event
                await asyncio.sleep(PAUSE_S)
        yield some, position


Reader.records = records  # type: ignore[method-assign]
main(["worker"])
