"""A way to a broker that is slow: each answer comes later, and so many bytes a second."""

import asyncio
import contextlib
import threading
from typing import Final, Self

CHUNK_BYTES: Final = 64 * 1024


class SlowProxy:
    """Listens on ``port`` of 127.0.0.1, in a thread of its own, and passes all on to ``target``."""

    def __init__(self) -> None:
        self.target = ("127.0.0.1", 0)
        self.delay_s = 0.0
        """Once an answer."""
        self.bytes_per_s = float("inf")
        """Of each connection's answers."""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Return it, listening."""
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
                try:
                    await asyncio.gather(
                        self._pass(reader, far_writer, is_slow=False),
                        self._pass(far_reader, writer, is_slow=True),
                    )
                finally:
                    far_writer.close()
            finally:
                writer.close()
        self._tasks.discard(task)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_slow: bool
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if is_slow:
                is_last = len(data) < CHUNK_BYTES
                await asyncio.sleep(len(data) / self.bytes_per_s + (self.delay_s if is_last else 0.0))
            writer.write(data)
            await writer.drain()
        writer.close()
