"""A worker whose pipeline breaks on one record, after it has moved a state; run by test_worker_faults.py."""

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
        if b'"breaks"' in (raw.value or b""):
            raise ZeroDivisionError(raw.value)
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
