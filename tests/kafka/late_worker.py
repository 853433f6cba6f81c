"""A worker that is late to take what has been fetched, now more, now less; run by test_worker_order.py."""

import asyncio
from itertools import cycle
from typing import Any

from streams.cli import main
from streams.kafka.consumer_thread import ConsumerThread

fetch = ConsumerThread._fetch  # noqa: SLF001 - where its own thread takes it
delays_s = cycle((0.35, 0.05, 0.2))


async def fetch_late(self: ConsumerThread, *arguments: Any) -> Any:  # noqa: ANN401 - as it is
    """Take it, but later: by then the broker has been asked again, for what does not wait here."""
    await asyncio.sleep(next(delays_s))
    return await fetch(self, *arguments)


ConsumerThread._fetch = fetch_late  # type: ignore[assignment,method-assign]  # noqa: SLF001
main(["worker"])
