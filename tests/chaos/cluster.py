"""A broker and workers as processes, their logs in one folder, and the load that they are fed."""

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from streams.settings import Settings
from tests.chaos.load import Spans
from tests.chaos.offsets import Offsets, Stand, asking
from tests.chaos.points import FOLDER_VARIABLE, Points
from tests.kafka.broker import Broker
from tests.kafka.build_worker import WorkerProcess, fed, made

SESSION_MS: Final = Settings().session_timeout_ms
TRANSACTION_MS: Final = Settings().transaction_timeout_ms
ERROR: Final = re.compile(r"\d{4}-\S+ \S+ error ")
POLL_S: Final = 0.02
FENCED: Final = "partition fenced"
"""What a worker's log says."""
BEGUN: Final = "listening"
"""What it says first of all."""
GUARANTEE_VARIABLE: Final = "USAGEWATCH_PROCESSING_GUARANTEE"
VARIABLES: Final[dict[str, str]] = {
    "USAGEWATCH_SESSION_TIMEOUT_MS": str(SESSION_MS),
    "USAGEWATCH_TRANSACTION_TIMEOUT_MS": str(TRANSACTION_MS),
    # Small, so that a slice is many transactions and its buffers fill.
    "USAGEWATCH_BATCH_RECORDS": "500",
    "USAGEWATCH_BUFFER_RECORDS": "2000",
    "USAGEWATCH_MAX_OUTPUTS_PER_MINUTE": "0",  # a file holds nothing back
}


async def within(limit_s: float, is_true: Callable[[], bool]) -> bool:
    """Return whether it becomes true within so many seconds."""
    ends_s = time.monotonic() + limit_s
    while not is_true():
        if time.monotonic() > ends_s:
            return False
        await asyncio.sleep(POLL_S)
    return True


class HurtWorker(WorkerProcess):
    """A worker that can be struck at `Point`s; ``way``: how it breaks the guarantee, empty: it does not."""

    def __init__(
        self, settings: Settings, folder: Path, name: str, *, way: str, variables: Mapping[str, str]
    ) -> None:
        own = folder / name
        own.mkdir()
        self.name = name
        self.points = Points(own)
        self.log_path = folder / f"{name}.log"
        program = ["-m", "tests.chaos.hurt_worker", *([way] if way else [])]
        super().__init__(settings, program, **variables, **{FOLDER_VARIABLE: str(own)})

    def has_begun(self) -> bool:
        """Return whether it takes notice of SIGTERM: one that still starts has nothing to end cleanly."""
        return self.log_path is not None and BEGUN in self.log_path.read_text()

    async def ended(self, timeout_s: float) -> bool:
        """Return whether it has ended by itself within so many seconds."""
        return await within(timeout_s, lambda: self.status is not None)


class Cluster:
    """One broker, the workers that run, and those that have gone."""

    def __init__(
        self, broker: Broker, settings: Settings, folder: Path, *, way: str, variables: Mapping[str, str]
    ) -> None:
        self.broker = broker
        self.settings = settings
        self.folder = folder
        self.workers: list[HurtWorker] = []
        self.complaints: list[str] = []
        """What was seen that must not be."""
        self._way = way
        self._variables = {**VARIABLES, **variables}
        self._started_count = 0

    @classmethod
    async def on(
        cls, broker: Broker, prefix: str, folder: Path, *, way: str = "", **variables: str
    ) -> "Cluster":
        """Return a cluster with topics of its own and no worker yet; ``variables`` are the workers'."""
        settings = await made(broker.bootstrap_servers, prefix)
        if guarantee := variables.get(GUARANTEE_VARIABLE):
            settings = replace(settings, processing_guarantee=guarantee)
        return cls(broker, settings, folder, way=way, variables=variables)

    # -- workers

    def start(self) -> HurtWorker:
        """Start one more worker; it is at work some seconds later."""
        self._started_count += 1
        name = f"worker-{self._started_count:02}"
        worker = HurtWorker(self.settings, self.folder, name, way=self._way, variables=self._variables)
        self.workers.append(worker)
        return worker

    async def stop(self, worker: HurtWorker) -> None:
        """Stop a worker with SIGTERM; it must end well."""
        self.workers.remove(worker)
        self.check(worker)
        try:
            status = await asyncio.to_thread(worker.stop)
        except subprocess.TimeoutExpired:
            self.complaints.append(f"{worker.name} does not end after SIGTERM")
            await asyncio.to_thread(worker.kill)
            return
        if status and not (status == -signal.SIGTERM and not worker.has_begun()):
            self.complaints.append(f"{worker.name} ended with {status} after SIGTERM")

    async def kill(self, worker: HurtWorker) -> None:
        """Kill a worker, or see to one that has killed itself."""
        self.workers.remove(worker)
        if worker.status not in (None, -signal.SIGKILL):
            self.complaints.append(f"{worker.name} ended by itself with {worker.status}")
        await asyncio.to_thread(worker.kill)

    def check(self, *workers: HurtWorker) -> None:
        """Complain of workers that have ended by themselves."""
        for worker in workers or tuple(self.workers):
            if worker.status is not None:
                self.complaints.append(f"{worker.name} ended by itself with {worker.status}")

    async def adjust(self, count: int) -> None:
        """Start or stop workers until so many run."""
        self.check()
        self.workers = [worker for worker in self.workers if worker.status is None]
        while len(self.workers) > count:
            await self.stop(self.workers[0])
        while len(self.workers) < count:
            self.start()

    def fence_count(self) -> int:
        """Return how often a partition was fenced, of all workers that there have been."""
        return sum(log.read_text().count(FENCED) for log in self.folder.glob("*.log"))

    def errors(self) -> list[str]:
        """Return what workers logged as an error: of all that is done here, nothing needs a person."""
        return [
            f"{log.stem} logged: {line[24:]}"
            for log in sorted(self.folder.glob("worker-*.log"))
            for line in log.read_text().splitlines()
            if ERROR.match(line)
        ]

    async def end(self) -> None:
        """Kill all that still run."""
        for worker in tuple(self.workers):
            await self.kill(worker)

    # -- load and progress

    async def feed(self, load: Spans, *spans: range) -> None:
        """Write spans of a load, each when the one before it is acknowledged."""
        for span in spans:
            await fed(self.settings, load.lines(span))

    async def stand(self) -> Stand:
        """Return where the group stands now."""
        async with asking(self.settings) as offsets:
            return await offsets.stand()

    async def until_read(self, offsets: Offsets, before: Stand, count: int, *, limit_s: float) -> None:
        """Return when so many offsets were committed since ``before``, or after a while all the same."""
        aim = sum(before.committed.values()) + count
        ends_s = time.monotonic() + limit_s
        while sum((await offsets.stand()).committed.values()) < aim:
            if time.monotonic() > ends_s:
                return
            await asyncio.sleep(POLL_S)


Make = Callable[..., Awaitable[Cluster]]
"""Makes a cluster of a topic prefix, the way in which its workers are broken, and their variables."""
