"""The worker: a Faust application that hands what it fetches to partitions, from its start to its clean stop.

Faust gives group membership, the assignment that keeps partition *p* of all inputs together, and the agent.
What is taken, committed and restored is the partitions' own affair (`streams.kafka.partition`).
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from aiokafka.errors import KafkaError

from schemas.errors import ConfigError, UsagewatchError
from streams.core.catalog import Catalog
from streams.kafka.alarms import Alarms
from streams.kafka.application import App, make_app
from streams.kafka.catalog import Follower, partition_counts
from streams.kafka.health import BEAT_S, HealthServer, listen
from streams.kafka.inputs import lane_bytes, sort_out
from streams.kafka.merge import Fetch
from streams.kafka.opening import RESTORES_MOST, Shared
from streams.kafka.partition import Partition
from streams.kafka.topic_check import problems
from streams.kafka.vitals import Vitals
from streams.metrics import Metrics
from streams.pipeline import Pipeline
from streams.settings import Settings

PARK_TIMEOUT_S: Final = 8.0
"""Time to finish a batch when partitions are taken away; the group waits for it."""

log = logging.getLogger(__name__)


class Worker:
    """One worker process. ``make_pipeline`` makes the pipeline of a partition on the worker's catalogue."""

    def __init__(
        self,
        settings: Settings,
        make_pipeline: Callable[[Catalog], Pipeline],
        *,
        catalog: Catalog | None = None,
    ) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self._catalog = Catalog() if catalog is None else catalog
        self._make_pipeline = make_pipeline
        self._partitions: dict[int, Partition] = {}
        self._catalog_counts: dict[str, int] = {}
        self._vitals = Vitals(settings)
        self._failure: Exception | None = None
        self._ended = asyncio.Event()

    async def check(self) -> None:
        """Look at the topics. Raises: ConfigError with all that keeps them from being worked on."""
        if grave := await problems(self._settings):
            raise ConfigError(grave)
        self._catalog_counts = await partition_counts(self._settings)

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT, or until only a person can help; return the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        health = listen(self._settings, self._metrics.registry)
        tasks = [self._beside(self._beat(health)), self._beside(self._vitals.broker.watch())]
        try:
            await self._work()
        finally:
            for task in tasks:
                task.cancel()
            health.stop()
        return 0 if self._failure is None else 1

    async def _work(self) -> None:
        follower = Follower(
            self._settings,
            self._metrics,
            self._catalog,
            on_plan=self._on_plan,
            on_fatal=self._on_fatal,
        )
        app = make_app(self._settings, self._metrics, self._receive)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._on_assigned)
        self._vitals.consumer = app.consumer
        self._shared = Shared(
            settings=self._settings,
            metrics=self._metrics,
            movement=self._vitals.movement,
            broker=self._vitals.broker,
            follower=follower,
            source=app.consumer,
            alarms=Alarms(self._metrics),
            make_pipeline=lambda: self._make_pipeline(self._catalog),
            turn=asyncio.Lock(),
            restores=asyncio.Semaphore(RESTORES_MOST),
            on_fatal=self._on_fatal,
        )
        try:
            await follower.start(self._catalog_counts)
            started = asyncio.create_task(app.start(), name="faust")
            await self._until_ended(app, started)
        finally:
            await self._stop(app, follower)

    async def _until_ended(self, app: App, started: asyncio.Task[Any]) -> None:
        ended = asyncio.create_task(self._ended.wait())
        await asyncio.wait([started, ended], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            started.result()
        crashed = asyncio.create_task(app._crashed.wait())  # noqa: SLF001 - Faust tells nobody else
        await asyncio.wait([ended, crashed], return_when=asyncio.FIRST_COMPLETED)
        if crashed.done() and self._failure is None:
            self._failure = app.crash_reason or RuntimeError("Faust ended")
            log.error("Faust ended", exc_info=self._failure)
        for task in (ended, crashed):
            task.cancel()

    async def _stop(self, app: App, follower: Follower) -> None:
        """Finish what is open, then leave the group, so that others get the partitions at once."""
        try:
            async with asyncio.timeout(self._settings.shutdown_timeout_ms / 1000):
                await self._park(self._partitions.values())
                await app.stop()
                await follower.stop()
        except TimeoutError:
            log.warning("the clean stop took too long, the rest is left to the broker")
        log.info("stopped")

    def stop(self) -> None:
        """End `run` cleanly, as SIGTERM does."""
        self._ended.set()

    # -- called by Faust

    def _receive(self, together: tuple[Fetch, ...]) -> None:
        self._vitals.received()
        if partition := self._partitions.get(together[0].partition):
            partition.receive(together)

    async def _on_revoked(self, _app: App, revoked: set[Any], **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        self._vitals.parted()
        log.info("partitions revoked", extra={"partitions": sort_out(revoked)[0]})
        await self._park(self._partitions.values())

    async def _on_assigned(self, _app: App, assigned: set[Any], **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        if self._ended.is_set():
            return
        numbers, torn = sort_out(assigned)
        log.info("partitions assigned", extra={"partitions": numbers})
        if torn:
            # While a release with other inputs is being replaced the group keeps those of each apart.
            log.warning(
                "some inputs are another worker's, they wait for it to go", extra={"partitions": torn}
            )
        for number in set(self._partitions) - set(numbers):
            del self._partitions[number]
            self._vitals.movement.forget(number)
            self._metrics.forget(number)
        for number in numbers:
            if number not in self._partitions:
                self._partitions[number] = Partition(number, self._shared)
            self._partitions[number].inputs.lane_bytes = lane_bytes(self._settings.buffer_mib, len(numbers))
            self._partitions[number].start()
        self._vitals.joined(numbers)

    # -- own

    def _beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Return a task that ends the worker when our own code raises in it: nobody else would notice."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and isinstance(error := task.exception(), Exception):
                self._on_fatal(error)

        task = asyncio.create_task(work)
        task.add_done_callback(ended)
        return task

    async def _park(self, partitions: Iterable[Partition]) -> None:
        await asyncio.gather(*(partition.park(PARK_TIMEOUT_S) for partition in partitions))

    def _on_plan(self, plan_id: str) -> None:
        for partition in self._partitions.values():
            partition.on_plan(plan_id)

    def _on_fatal(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error
        is_expected = isinstance(error, UsagewatchError | KafkaError)
        log.error("the worker stops: %s", error, exc_info=None if is_expected else error)
        self._ended.set()

    async def _beat(self, health: HealthServer) -> None:
        while True:
            health.beat = self._vitals.beat(self._partitions, self._failure)
            self._metrics.show_phases(health.beat.phases.values())
            await asyncio.sleep(BEAT_S)
