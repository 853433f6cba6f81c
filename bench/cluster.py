"""A real broker with topics, and workers as processes, for one measurement."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.kafka.broker import Broker

USAGEWATCH: Final = str(Path(sys.executable).with_name("usagewatch"))
PARTITION_COUNT: Final = 4
LIMIT_S: Final = 120
POLL_S: Final = 0.2
"""Each look makes the worker write all its metrics: fifty a second were a twelfth of its CPU."""


class Cluster:
    """The topics of one measurement, behind a prefix of their own."""

    def __init__(self, broker: Broker, prefix: str, **settings: str) -> None:
        """Make the topics; ``settings`` are more variables of its workers."""
        self.bootstrap_servers = broker.bootstrap_servers
        self.prefix = prefix
        self.environment = {
            **os.environ,
            "USAGEWATCH_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "USAGEWATCH_TOPIC_PREFIX": prefix,
            "USAGEWATCH_APP_ID": "bench",
            "USAGEWATCH_LOG_LEVEL": "error",
            **settings,
        }
        self.run("topics", "create", "--partitions", str(PARTITION_COUNT), "--retention", "forever")

    def run(self, *arguments: str, is_quiet: bool = False) -> None:
        """Run a command to its end; ``is_quiet``: without what it says of its work."""
        subprocess.run(  # noqa: S603  # our own command
            [USAGEWATCH, *arguments],
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if is_quiet else None,
        )

    def feed(self, path: Path) -> None:
        """Write a replay file into the input topics."""
        self.run("feed", str(path))

    @contextmanager
    def worker(self, port: int) -> Iterator["Worker"]:
        """Start a worker; end it with SIGTERM."""
        process = subprocess.Popen(  # noqa: S603  # our own command
            [USAGEWATCH, "worker"], env={**self.environment, "USAGEWATCH_WEB_PORT": str(port)}
        )
        try:
            yield Worker(process, port)
        finally:
            process.terminate()
            process.wait(LIMIT_S)


class Worker:
    """A running worker, seen through its metrics."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.pid = process.pid
        self._process = process
        self._url = f"http://127.0.0.1:{port}/"

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def wait_until_it_has(self, partition_count: int) -> None:
        """Return when it runs so many partitions. Raises: TimeoutError."""
        for _ in self._tries():
            try:
                with urllib.request.urlopen(self._url + "ready", timeout=5) as answer:  # noqa: S310  # our own
                    if len(json.load(answer)["partitions"]) == partition_count:
                        return
            except OSError:
                continue

    def wait_until_ready(self, limit_s: float = LIMIT_S) -> float:
        """Return the monotonic time at which all partitions are open. Raises: TimeoutError."""
        for _ in self._tries(limit_s):
            try:
                with urllib.request.urlopen(self._url + "ready", timeout=5):  # noqa: S310  # our own
                    break
            except OSError:
                continue
        return time.monotonic()

    def wait_for_records(self, topic: str, count: int) -> float:
        """Return the monotonic time at which so many records are committed. Raises: TimeoutError."""
        for _ in self._tries():
            if self.committed(topic) >= count:
                break
        return time.monotonic()

    def committed(self, topic: str) -> int:
        """Return how many records of a topic this worker has committed."""
        name = f'usagewatch_records_total{{disposition="read",topic="{topic}"}}'
        return self.sum_of(name)

    def sum_of(self, name: str) -> int:
        """Return the sum of a metric's samples whose line begins with ``name``."""
        try:
            with urllib.request.urlopen(self._url + "metrics", timeout=5) as answer:  # noqa: S310  # our own
                text = answer.read().decode()
        except OSError:
            return 0
        return sum(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(name))

    def _tries(self, limit_s: float = LIMIT_S) -> Iterator[None]:
        ends_s = time.monotonic() + limit_s
        while time.monotonic() < ends_s:
            if self._process.poll() is not None:
                raise TimeoutError(f"the worker ended with status {self._process.returncode}")
            yield
            time.sleep(POLL_S)
        raise TimeoutError("the worker did not get there in time")


def lines_file(lines: Iterator[bytes]) -> Path:
    """Write lines into a new temporary file and return its path; the caller removes it."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl", delete=False) as file:
        file.writelines(lines)
    return Path(file.name)
