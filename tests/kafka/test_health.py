"""Health is progress: a worker that stands still says so, and one that waits for good reason does not."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import CDR
from streams.settings import Settings
from tests.build import data, lines_of
from tests.kafka.broker import Broker
from tests.kafka.build_worker import WorkerProcess, caught_up, fed, lag, made, until

pytestmark = pytest.mark.kafka

ILL = str(Path(__file__).with_name("ailing_worker.py"))
SLOW = str(Path(__file__).with_name("slow_worker.py"))
STALL_S = 8
AWAY_S = 14
QUICK = {
    "USAGEWATCH_STALL_TIMEOUT_MS": str(STALL_S * 1000),
    "USAGEWATCH_BROKER_AWAY_TIMEOUT_MS": str(AWAY_S * 1000),
}
USAGE = lines_of([data(10)])


def more(number: int) -> list[bytes]:
    """Return one more usage record."""
    return lines_of([data(1, record_id=f"more{number}")], is_bare=True)


def reason(worker: WorkerProcess, path: str = "/live") -> str | None:
    """Return why a page says no, None if it does not."""
    status, page = worker.ask(path)
    found: dict[str, Any] = json.loads(page) if page else {"reason": "nobody listens", "ok": False}
    assert (status == 200) == found["ok"] == (found["reason"] is None)
    return found["reason"]  # type: ignore[no-any-return]


async def reasons_for(worker: WorkerProcess, seconds: float) -> set[str | None]:
    """Return all that /live says in so long a time."""
    said: set[str | None] = set()
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        said.add(await asyncio.to_thread(reason, worker))
        await asyncio.sleep(0.2)
    return said


@pytest.mark.parametrize(
    ("illness", "words"),
    [
        ("stuck", "partitions with unread records that commit nothing: "),
        ("agent", "the agent is dead: it has taken nothing of what was fetched for "),
        ("fetcher", "the fetcher is dead: no records have been asked for for "),
        ("blocked", "the event loop has been blocked for "),
    ],
)
async def test_what_stands_still_is_said(
    bootstrap_servers: str, prefix: str, tmp_path: Path, illness: str, words: str
) -> None:
    """While there is something to do; the server has a thread of its own and can always say so."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    file = tmp_path / "ill"

    with WorkerProcess(settings, [ILL, illness, str(file)], **QUICK) as worker:
        await caught_up(settings, worker)
        before = reason(worker)
        file.touch()
        await until(lambda: not file.exists(), "it is ill")
        await fed(settings, more(1))
        await until(lambda: reason(worker) is not None, "it says that it stands still")
        live, ready = reason(worker), reason(worker, "/ready")

    assert before is None
    assert live is not None
    assert live.startswith(words)
    assert ready is not None


async def test_a_pause_is_no_fault(bootstrap_servers: str, prefix: str, tmp_path: Path) -> None:
    """A person or the breaker made it: a restart would only bring it back."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    file = tmp_path / "ill"

    with WorkerProcess(settings, [ILL, "paused", str(file)], **QUICK) as worker:
        await caught_up(settings, worker)
        file.touch()
        await until(lambda: "paused" in worker.ask("/ready")[1], "paused")
        await fed(settings, more(1))
        said = await reasons_for(worker, STALL_S * 1.5)

    assert ({None}, 1) == (said, await lag(settings))


@pytest.mark.parametrize(("moves", "wanted"), [(True, {None}), (False, {"0 opening"})])
async def test_a_restore_is_live_while_it_moves_and_never_ready(
    bootstrap_servers: str, prefix: str, tmp_path: Path, *, moves: bool, wanted: set[str | None]
) -> None:
    """However long it takes; one that stands still is a fault like any other."""
    settings = await made(bootstrap_servers, prefix)
    await restorable(settings)
    go = tmp_path / "go"

    with WorkerProcess(settings, [SLOW, str(go), *(["steps"] if moves else [])], **QUICK) as worker:
        await until(lambda: "opening" in (reason(worker, "/ready") or ""), "it restores")
        said = await reasons_for(worker, STALL_S * 1.5)
        ready = reason(worker, "/ready")
        go.touch()
        await caught_up(settings, worker)
        worker.stop()

    words = "partitions with unread records that commit nothing: "
    found = {text and text.removeprefix(words).rpartition(" for ")[0] for text in said}
    assert wanted == (found if moves else found - {None})
    assert not moves or "restoring partition=0" in worker.log
    assert ready is not None
    assert "0 opening" in ready


async def restorable(settings: Settings) -> None:
    """Leave partition 0 with a changelog of many records."""
    people = [f"49152{number:03}" for number in range(400)]
    await fed(settings, lines_of([data(1, subscriber_id=who, record_id=who) for who in people]))
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()


async def test_markers_of_transactions_at_an_inputs_end_are_no_unread_records(
    bootstrap_servers: str, prefix: str
) -> None:
    """Committed and aborted ones: the position is past them, and nothing is left to commit."""
    settings = await made(bootstrap_servers, prefix)
    topic = settings.topic(CDR)

    with WorkerProcess(settings, **QUICK) as worker:
        async with AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers, transactional_id=prefix, acks="all"
        ) as producer:
            for partition in range(4):
                async with producer.transaction():
                    await producer.send_and_wait(topic, b"committed", key=b"s1", partition=partition)
                await producer.begin_transaction()
                await producer.send_and_wait(topic, b"aborted", key=b"s1", partition=partition)
                await producer.abort_transaction()
        await caught_up(settings, worker)
        said = await reasons_for(worker, STALL_S * 1.5)
        worker.stop()

    assert {None} == said


@pytest.mark.usefixtures("broker")
async def test_a_broker_that_is_away_is_waited_for_but_not_for_ever(prefix: str) -> None:
    """Ready no more at once, live for a while; when it comes back all is well again, with no restart."""
    with Broker() as own:
        if own.is_external:
            pytest.skip("somebody else's broker is not killed")
        settings = await made(own.bootstrap_servers, prefix)
        await fed(settings, USAGE)
        with WorkerProcess(settings, **QUICK) as worker:
            await caught_up(settings, worker)
            own.kill()
            await until(lambda: "no broker" in (reason(worker, "/ready") or ""), "it says why")
            short = reason(worker)
            await until(lambda: reason(worker) is not None, "it has waited long enough")
            long = reason(worker)
            own.start()
            await fed(settings, more(2))
            await caught_up(settings, worker)
            after, status = reason(worker), worker.stop()

    assert (None, None, 0) == (short, after, status)
    assert long is not None
    assert int(long.removeprefix("no broker has answered for ").removesuffix(" s")) >= AWAY_S
