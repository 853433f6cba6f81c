"""A worker process on a real broker: started, watched through its own health port, stopped or killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Self

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from schemas.topics import INPUTS, OUTPUTS
from streams.kafka.feed import feed
from streams.kafka.tail import tail
from streams.kafka.topic_rules import FOREVER_MS
from streams.kafka.topics import Options, create
from streams.lines import output_line
from streams.replay import Replay
from streams.settings import Settings
from streams.simulate import simulate

REPOSITORY: Final = Path(__file__).resolve().parents[2]
USUAL: Final = ("-c", "from streams.cli import main; main(['worker'])")
LIMIT_S: Final = 120.0
"""Far above what any step takes: a busy machine must not fail a test."""
PARTITIONS: Final = 4


class WorkerProcess:
    """One worker; ``program`` is what the interpreter is given, the real command unless told."""

    def __init__(self, settings: Settings, program: Sequence[str] = USUAL, **variables: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = ""
        """What it wrote to standard error, once it has ended."""
        self._is_finished = False
        environment = {
            "USAGEWATCH_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "USAGEWATCH_APP_ID": settings.app_id,
            "USAGEWATCH_TOPIC_PREFIX": settings.topic_prefix,
            "USAGEWATCH_WEB_PORT": str(self.port),
            "USAGEWATCH_SESSION_TIMEOUT_MS": "6000",
            "PYTHONPATH": str(REPOSITORY),
        }
        self._process = subprocess.Popen(
            [sys.executable, *program],
            env=os.environ | environment | variables,
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what still runs."""
        self.kill()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process.poll() is None:
            self._process.kill()
        self._finish()

    def stop(self) -> int:
        """Stop it with SIGTERM and return its exit status."""
        self.send(signal.SIGTERM)
        return self.end()[0]

    def end(self) -> tuple[int, str]:
        """Return exit status and log when it has ended."""
        self._finish()
        return self._process.returncode, self.log

    def _finish(self) -> None:
        if not self._is_finished:
            _, self.log = self._process.communicate(timeout=LIMIT_S)
            self._is_finished = True

    def ask(self, path: str) -> tuple[int, str]:
        """Return status and body of a page of the health port, 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def sample(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples that carry ``labels``."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.ask("/metrics")[1])
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def read_count(self) -> float:
        """Return how many input records it has read and committed."""
        return self.sample("usagewatch_records_total", disposition="read")

    def is_ready(self) -> bool:
        """Tell whether it says so."""
        return self.ask("/ready")[0] == 200

    def partitions(self) -> list[int]:
        """Return the partitions that it runs."""
        status, body = self.ask("/ready")
        return sorted(map(int, orjson.loads(body)["partitions"])) if status == 200 else []


async def until(is_true: Callable[[], bool], what: str) -> None:
    """Return when it is so; fail after `LIMIT_S`."""
    limit_s = time.monotonic() + LIMIT_S
    while not await asyncio.to_thread(is_true):
        assert time.monotonic() < limit_s, f"not within {LIMIT_S:.0f} s: {what}"
        await asyncio.sleep(0.05)


async def made(bootstrap_servers: str, prefix: str) -> Settings:
    """Return the settings of a new application whose topics keep all that is old, profiles too."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id=prefix + "app")
    await create(settings, Options(partition_count=PARTITIONS, retention_ms=FOREVER_MS))
    return settings


@cache
def month_of(subscribers: int) -> tuple[bytes, ...]:
    """Return a month's records of so many subscribers, well-formed lines only, none of them from the future.

    The latest of them arrive some 60 days after the month.
    """
    lines = simulate(11, subscribers, month=f"{datetime.now(UTC) - timedelta(days=130):%Y-%m}")
    return tuple(line for line in lines if _is_envelope(line))


def _is_envelope(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


async def fed(settings: Settings, lines: Iterable[bytes], *, rate_per_s: int | None = None) -> None:
    """Write lines into the input topics."""
    await feed(settings, lines, rate_per_s=rate_per_s, say=lambda _: None)


def expected(lines: Iterable[bytes]) -> Counter[str]:
    """Return what a replay emits, as `emitted` shows it."""
    return Counter(_name(output_line(output)) for output in Replay().run(lines))


async def emitted(settings: Settings, topics: Iterable[str] = OUTPUTS) -> Counter[str]:
    """Return what readers of committed records see: each output's topic and id, with how often."""
    return Counter(
        [
            _name(line)
            for topic in topics
            async for some in tail(settings, topic, from_beginning=True, until_end=True)
            for line in some
        ]
    )


def _name(line: bytes) -> str:
    found = orjson.loads(line)
    if "raw" in found:
        return f"{found['topic']} {found['headers']['reason']} {found['raw']}"
    return f"{found['topic']} {found['value']['id']}"


async def lag(settings: Settings) -> int:
    """Return how many offsets the group is behind the inputs' ends."""
    tps = [TopicPartition(settings.topic(name), number) for name in INPUTS for number in range(PARTITIONS)]
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers, group_id=settings.app_id, enable_auto_commit=False
    ) as consumer:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        return sum([end - (await consumer.committed(tp) or 0) for tp, end in ends.items()])


async def caught_up(settings: Settings, *workers: WorkerProcess) -> None:
    """Return when the workers run and the group has committed all that the inputs have."""
    limit_s = time.monotonic() + LIMIT_S
    while not all(worker.is_ready() for worker in workers) or await lag(settings):
        assert time.monotonic() < limit_s, "the workers do not catch up"
        await asyncio.sleep(0.1)
