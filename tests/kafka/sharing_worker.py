"""A worker whose pipeline sends usage to groups and back; run by test_worker_groups.py.

``before`` as its argument: it is a worker of the release before, which does not know of `group-usage`.
"""

import asyncio
import os
import sys

from schemas import topics

if "before" in sys.argv:
    # First of all, so that whoever imports the table has it so.
    topics.INPUTS = tuple(  # type: ignore[misc]  # a constant to all but this
        name for name in topics.INPUTS if name != topics.GROUP_USAGE
    )

from streams import settings
from streams.cli.logs import set_up
from streams.kafka.worker import Worker
from streams.pipeline import Pipeline, Rules
from tests.sharing import Sharing


async def main() -> int:
    """Run the worker."""
    kind = Pipeline if "before" in sys.argv else Sharing
    worker = Worker(settings.load(os.environ), lambda catalog: kind(catalog=catalog, rules=Rules.default()))
    await worker.check()
    set_up("info", "text")
    return await worker.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
