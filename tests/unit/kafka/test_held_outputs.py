"""Outputs held back that are to be sent: what a broker that answers nothing does to it."""

import asyncio

import pytest

from streams.core.breaker import Breaker, Hold
from streams.kafka import closing, held_outputs
from streams.settings import Settings

NOTICE = "care-events/usage_notice"
LIMIT_S = 30.0


async def test_a_broker_that_answers_nothing_is_not_waited_for_without_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes the connection and says no word: that is closed, and the hold stays as it was."""
    monkeypatch.setattr(held_outputs, "STALL_S", 0.2)
    monkeypatch.setattr(closing, "STOP_S", 0.2)
    given_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side closes the connection
        writer.close()
        await writer.wait_closed()
        given_up.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = Settings(bootstrap_servers=f"127.0.0.1:{port}")
        breaker = Breaker(holds={NOTICE: Hold(5, 9, is_sending=True)})

        with pytest.raises(TimeoutError):
            await held_outputs.take_held(settings, 0, NOTICE, breaker, clock_ms=0)
        await asyncio.wait_for(given_up.wait(), LIMIT_S)

    assert Hold(5, 9, is_sending=True) == breaker.holds[NOTICE]
