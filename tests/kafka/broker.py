"""Apache Kafka itself for tests, benchmarks and chaos runs: one broker in KRaft mode, no container.

The jars come from Maven Central (``make jars``) and lie in ``.kafka/jars``. With
``KAFKA_BOOTSTRAP_SERVERS`` set, that broker is used instead; it is not ours, so it can be neither
stopped nor killed. By itself::

    python -m tests.kafka.broker         # prints its address, runs until Ctrl-C
"""

import argparse
import base64
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Self

from tests.kafka.ports import free_port

REPOSITORY: Final = Path(__file__).resolve().parents[2]
JARS: Final = REPOSITORY / ".kafka" / "jars"
VARIABLE: Final = "KAFKA_BOOTSTRAP_SERVERS"
HELP: Final = f"no broker: install Java 17 and Maven and run `make jars`, or set {VARIABLE}"
START_LIMIT_S: Final = 90
LARGE: Final = ("-Xmx1g",)
SMALL: Final = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""One that lives for minutes never earns what it costs to compile it well: starts take a third less of a
processor, whole tests a sixth less (4 min 0 s to 3 min 20 s of tests on deliveries and redrives)."""
STOP_LIMIT_S: Final = 30


class BrokerError(Exception):
    """There is no broker, and the message says what to do about it."""


def missing() -> str | None:
    """Return the one line that says what to install or set, or None when a broker can be had."""
    if os.environ.get(VARIABLE):
        return None
    if shutil.which("java") and any(JARS.glob("kafka-server-*.jar")):
        return None
    return HELP


class Broker:
    """One broker on 127.0.0.1 with a folder of its own, which survives `kill` and `restart`, not `close`.

    ``is_big``: for a load that lasts. ``settings`` are added to ``server.properties`` and win over what is
    there.
    """

    def __init__(self, *, is_big: bool = False, settings: dict[str, str] | None = None) -> None:
        if line := missing():
            raise BrokerError(line)
        self.is_external = bool(os.environ.get(VARIABLE))
        self._jvm = LARGE if is_big else SMALL
        self._process: subprocess.Popen[bytes] | None = None
        if self.is_external:
            self.bootstrap_servers = os.environ[VARIABLE]
            return
        self._folder = Path(tempfile.mkdtemp(prefix="usagewatch-kafka-"))
        self._port, self._controller_port = free_port(), free_port()
        self.bootstrap_servers = f"127.0.0.1:{self._port}"
        self._properties = self._folder / "server.properties"
        self._properties.write_text(
            "".join(f"{key}={value}\n" for key, value in (self._defaults() | (settings or {})).items())
        )
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # In one word: an id that begins with a hyphen would be taken for an option, one in 64.
        cluster = f"--cluster-id={cluster_id}"
        self._run_once("kafka.tools.StorageTool", "format", cluster, "-c", str(self._properties))

    def __enter__(self) -> Self:
        """Return the broker, answering."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it and remove its folder."""
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the running broker, for those who stop it with SIGSTOP."""
        return self._running().pid

    def start(self) -> None:
        """Start the broker (again, on the same port and data) and return when it answers."""
        if self.is_external:
            return
        if self._process is not None:
            raise BrokerError("the broker runs already")
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._properties)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C on a test run must not take the broker before the tests
            )
        try:
            self._wait_until_it_answers(time.monotonic() + START_LIMIT_S)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the broker in good order; its data stay."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the broker as a power cut would; its data stay."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order and start on the same port and data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop the broker and remove its folder. Does nothing to somebody else's broker."""
        if self.is_external:
            return
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def log(self) -> str:
        """Return the end of the broker's own log."""
        return (self._folder / "broker.log").read_bytes()[-8192:].decode(errors="replace")

    def _running(self) -> subprocess.Popen[bytes]:
        if self.is_external:
            raise BrokerError(f"the broker of {VARIABLE} is not ours to stop")
        if self._process is None:
            raise BrokerError("the broker does not run")
        return self._process

    def _end(self, number: signal.Signals) -> None:
        process = self._running()
        process.send_signal(number)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def _defaults(self) -> dict[str, str]:
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            # Tests wait for groups and for fences, so nothing is to be slow on purpose.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # After a kill the broker registers anew only when its old registration has run out (9 s).
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "2000",
            "log.cleaner.dedupe.buffer.size": "16777216",
        }

    def _command(self, *arguments: str) -> list[str]:
        return [
            "java",
            *self._jvm,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            f"-Dkafka.logs.dir={self._folder}",
            "-cp",
            f"{JARS}/*",
            *arguments,
        ]

    def _run_once(self, *arguments: str) -> None:
        done = subprocess.run(
            self._command(*arguments), capture_output=True, check=False, timeout=START_LIMIT_S
        )
        if done.returncode:
            raise BrokerError((done.stdout + done.stderr).decode(errors="replace"))

    def _wait_until_it_answers(self, limit_s: float) -> None:
        """Return when the broker names itself in its metadata; raise with its log when it ended or hangs."""
        process = self._running()
        while time.monotonic() < limit_s:
            if process.poll() is not None:
                raise BrokerError(f"the broker ended with {process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError, struct.error):
                if _broker_count(self._port):
                    return
            time.sleep(0.1)
        raise BrokerError(f"the broker did not answer within {START_LIMIT_S} s:\n{self.log()}")


def _broker_count(port: int) -> int:
    """Return how many brokers the metadata name: 0 while this one is still fenced by the controller.

    Raises: OSError or struct.error while nothing answers.
    Source: Kafka protocol guide, Metadata request and response version 1.
    """
    client = b"tests"
    #                      API 3 = Metadata, version, correlation   client id             no topics
    request = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", 0)
    with socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.settimeout(5)
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            (length,) = struct.unpack(">i", stream.read(4))
            _correlation, brokers = struct.unpack_from(">ii", stream.read(length))
    return int(brokers)


def main() -> None:
    """Run one broker in the foreground, its address on standard output, until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description="Run Apache Kafka on 127.0.0.1 until Ctrl-C.")
    parser.add_argument("--big", action="store_true", help="for a load that lasts: 1 GiB heap")
    is_big = parser.parse_args().big

    def ends(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, ends)
    try:
        with contextlib.suppress(KeyboardInterrupt), Broker(is_big=is_big) as broker:
            print(broker.bootstrap_servers, flush=True)  # noqa: T201 - it is what this command is for
            signal.pause()
    except BrokerError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
