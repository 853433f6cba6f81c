"""A worker process on a real broker: started, watched through its own health port, stopped or killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, Self

import click
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families

from schemas.topics import INPUTS, OUTPUTS, TOPICS
from streams.cli import usagewatch
from streams.core.canonical import canonical
from streams.core.stored import decode_state
from streams.groups import PREFIX
from streams.kafka.feed import feed
from streams.kafka.states import read_states
from streams.kafka.tail import tail
from streams.kafka.topic_rules import FOREVER_MS
from streams.kafka.topics import Options, create, look
from streams.lines import output_line
from streams.replay import Replay
from streams.rules import Rules
from streams.settings import Settings
from streams.simulate import simulate
from tests.kafka.ports import free_port

REPOSITORY: Final = Path(__file__).resolve().parents[2]
USUAL: Final = ("-c", "from streams.cli import main; main(['worker'])")
LIMIT_S: Final = 120.0
"""Far above what any step takes: a busy machine must not fail a test."""
PARTITIONS: Final = 4
SHOWN: Final = ("usagewatch_partition", "usagewatch_held", "usagewatch_failures", "usagewatch_restore")
SHOWN_LINES: Final = 60
"""Of metrics and log, when a test has failed: most failures come on a machine that nobody can look at."""


def _opened(log_path: Path | None) -> IO[str]:
    return tempfile.TemporaryFile("w+", errors="replace") if log_path is None else log_path.open("a+")


class WorkerProcess:
    """One worker; ``program`` is what the interpreter is given, the real command unless told."""

    log_path: Path | None = None
    """Where it writes its log, after what is there. None: a file that is gone afterwards; a pipe would stop a
    worker that has more to say than fits in."""

    def __init__(self, settings: Settings, program: Sequence[str] = USUAL, **variables: str) -> None:
        self.port = free_port()
        self.log = ""
        """What it wrote to standard error, once it has ended."""
        self._is_finished = False
        environment = environment_of(settings) | {
            "USAGEWATCH_WEB_PORT": str(self.port),
            "USAGEWATCH_SESSION_TIMEOUT_MS": "6000",
            "PYTHONPATH": str(REPOSITORY),
        }
        with contextlib.ExitStack() as files:
            self._said = files.enter_context(_opened(self.log_path))
            self._process = subprocess.Popen(
                [sys.executable, *program],
                env=os.environ | environment | variables,
                cwd=REPOSITORY,
                stderr=self._said,
            )
            files.pop_all()

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Kill what still runs; when a test has failed, show what the worker said."""
        if kind is None:
            self.kill()
            return
        shown = [line for line in self.ask("/metrics")[1].splitlines() if line.startswith(SHOWN)]
        heading = f"worker {self.pid}, status {self.status}: {self.ask('/ready')}"
        self.kill()
        click.echo("\n".join([heading, *shown, *self.log.splitlines()[-SHOWN_LINES:]]))

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

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
            self._process.wait(LIMIT_S)
            self._is_finished = True
            with self._said as said:
                said.seek(0)
                self.log = said.read()

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


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that name the broker and the application."""
    return {
        "USAGEWATCH_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "USAGEWATCH_APP_ID": settings.app_id,
        "USAGEWATCH_TOPIC_PREFIX": settings.topic_prefix,
    }


async def command(settings: Settings, *arguments: str | Path, typed: str | None = None) -> Result:
    """Return what a command did on the cluster; ``typed`` is its standard input."""
    return await asyncio.to_thread(
        CliRunner().invoke,
        usagewatch,
        [str(argument) for argument in arguments],
        env=environment_of(settings),
        input=typed,
    )


async def until(is_true: Callable[[], bool], what: str) -> None:
    """Return when it is so; fail after `LIMIT_S`."""
    limit_s = time.monotonic() + LIMIT_S
    while not await asyncio.to_thread(is_true):
        assert time.monotonic() < limit_s, f"not within {LIMIT_S:.0f} s: {what}"
        await asyncio.sleep(0.05)


async def made(bootstrap_servers: str, prefix: str, *, partition_count: int = PARTITIONS) -> Settings:
    """Return the settings of a new application whose topics keep all that is old, profiles too."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id=prefix + "app")
    await create(settings, Options(partition_count=partition_count, retention_ms=FOREVER_MS))
    return settings


async def states(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the canonical states that are committed."""
    async with aclosing(read_states(settings)) as found:
        return {key: _compared(key, data) async for key, data in found}


def replayed(lines: Iterable[bytes], *, rules: Rules | None = None) -> dict[str, dict[str, Any]]:
    """Return the canonical states of a replay."""
    run = Replay(rules=rules)
    for _ in run.run(lines):
        pass
    return {key: _compared(key, data) for key, data in run.pipeline.states()}


def _compared(key: str, data: bytes) -> dict[str, Any]:
    """Return a state without what depends on which of a group's partitions is ahead: its newest records."""
    state: dict[str, Any] = canonical(decode_state(data))
    if key.startswith(PREFIX):
        for period in state.get("periods", ()):
            for usage in period.get("buckets", {}).values():
                usage.pop("tail", None)
    return state


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
    return Counter(filter(None, (_name(output_line(output)) for output in Replay().run(lines))))


async def emitted(settings: Settings, topics: Iterable[str] = OUTPUTS) -> Counter[str]:
    """Return what readers of committed records see: each output's topic and id, with how often.

    What only time has brought is left out: how far its clock has come is each partition's own affair.
    """
    return Counter(
        [
            name
            for topic in topics
            async for some in tail(settings, topic, from_beginning=True, until_end=True)
            for line in some
            if (name := _name(line)) is not None
        ]
    )


def _name(line: bytes) -> str | None:
    """Return topic and id of an output, None if a timer made it."""
    found = orjson.loads(line)
    if "raw" in found:
        return f"{found['topic']} {found['headers']['reason']} {found['raw']}"
    return f"{found['topic']} {found['value']['id']}" if found["value"]["evidence"] else None


async def lag(settings: Settings) -> int:
    """Return how many offsets the group is behind the inputs' ends."""
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers, group_id=settings.app_id, enable_auto_commit=False
    ) as consumer:
        topics = [settings.topic(name) for name in INPUTS]
        counts = {found.name: found.partition_count for found in (await look(settings, TOPICS)).values()}
        tps = [TopicPartition(topic, number) for topic in topics for number in range(counts[topic])]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        return sum([end - (await consumer.committed(tp) or 0) for tp, end in ends.items()])


async def caught_up(settings: Settings, *workers: WorkerProcess) -> None:
    """Return when the workers run and the group has committed all that the inputs have."""
    limit_s = time.monotonic() + LIMIT_S
    while not all(worker.is_ready() for worker in workers) or await lag(settings):
        assert time.monotonic() < limit_s, "the workers do not catch up"
        await asyncio.sleep(0.1)
