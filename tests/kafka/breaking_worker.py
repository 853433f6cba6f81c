"""A worker whose pipeline breaks on one record, after it has moved a state, or on every timer; run by tests.

``BREAKS=timers`` in the environment: on timers instead.
"""

import asyncio
import os
import sys

from schemas.envelope import Emitted, Raw
from streams import settings
from streams.cli.logs import set_up
from streams.kafka.worker import Worker
from streams.pipeline import Pipeline, Rules


class Breaking(Pipeline):
    """Raises on a record that says ``breaks``, when it has been taken already."""

    def take(self, raw: Raw, *, hold: bool = True, wall_ms: int | None = None) -> list[Emitted]:
        """Take the record, then break."""
        outputs = super().take(raw, hold=hold, wall_ms=wall_ms)
        if b'"breaks"' in (raw.value or b"") and os.environ.get("BREAKS") != "timers":
            raise ZeroDivisionError(raw.value)
        return outputs

    def tick(self, now_ms: int, *, most: int = 1000) -> list[Emitted]:
        """Fire the timers, then break."""
        outputs = super().tick(now_ms, most=most)
        if os.environ.get("BREAKS") == "timers":
            raise ZeroDivisionError(now_ms)
        return outputs


async def main() -> int:
    """Run the worker."""
    worker = Worker(
        settings.load(os.environ), lambda catalog: Breaking(catalog=catalog, rules=Rules.default())
    )
    await worker.check()
    set_up("info", "text")
    return await worker.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
