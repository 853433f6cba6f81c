"""The worker: a Faust application that hands what it fetches to partitions, from its start to its clean stop.

Faust gives group membership, the assignment that keeps partition *p* of all inputs together, and the agent.
What is taken, committed and restored is the partitions' own affair (`streams.kafka.partition`).
"""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import faust
from aiokafka.errors import KafkaError
from faust.sensors.prometheus import FaustMetrics, PrometheusMonitor

from schemas.errors import ConfigError, UsagewatchError
from schemas.topics import BY_NAME, CATALOG, INPUTS
from streams.core.catalog import Catalog
from streams.kafka.catalog import Follower
from streams.kafka.consumer_thread import FAUST_LOG
from streams.kafka.health import BEAT_S, Beat, HealthServer
from streams.kafka.inputs import sort_out
from streams.kafka.merge import Fetch
from streams.kafka.opening import Shared
from streams.kafka.partition import Partition
from streams.kafka.topic_check import problems
from streams.kafka.topics import look
from streams.kafka.transport import Transport
from streams.metrics import Metrics
from streams.pipeline import Pipeline
from streams.settings import Settings

PARK_TIMEOUT_S: Final = 8.0
"""Time to finish a batch when partitions are taken away; the group waits for it."""

log = logging.getLogger(__name__)


class App(faust.App):  # type: ignore[misc]  # Faust is not typed here
    """Faust's application with our transport and without its folder on disk."""

    logger = FAUST_LOG
    settings: Settings

    def _new_transport(self) -> Transport:
        transport = Transport(self.conf.broker_consumer, self)
        transport.settings, transport.inputs = self.settings, INPUTS
        return transport

    def _create_directories(self) -> None:
        """Make none: nothing of ours lies on disk."""


def make_app(settings: Settings, metrics: Metrics, receive: Callable[[Fetch], None]) -> App:
    """Return an application whose agent gives each `Fetch` to ``receive``."""
    app = App(
        settings.app_id,
        broker=[f"kafka://{server}" for server in settings.bootstrap_servers.split(",")],
        value_serializer="raw",
        key_serializer="raw",
        topic_disable_leader=True,
        broker_session_timeout=settings.session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.session_timeout_ms * 3 / 10_000,
        stream_wait_empty=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.settings = settings
    app.monitor = PrometheusMonitor(metrics=FaustMetrics.create(metrics.registry, "usagewatch_faust"))
    # Offsets are committed in our transactions, so Faust is not to keep count of what was acknowledged.
    inputs = app.topic(*(settings.topic(name) for name in INPUTS), value_serializer="raw", acks=False)

    @app.agent(inputs, name="inputs")  # type: ignore[untyped-decorator]
    async def take(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for fetch in stream:
            receive(fetch)

    return app


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
        self._is_joined = False
        self._failure: Exception | None = None
        self._ended = asyncio.Event()

    async def check(self) -> None:
        """Look at the topics. Raises: ConfigError with all that keeps them from being worked on."""
        if grave := await problems(self._settings):
            raise ConfigError(grave)
        found = await look(self._settings, [BY_NAME[name] for name in CATALOG])
        self._catalog_counts = {name: found[name].partition_count for name in CATALOG}

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT, or until only a person can help; return the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        health = self._listen()
        health.start()
        beats = asyncio.create_task(self._beat(health), name="beat")
        try:
            await self._work()
        finally:
            beats.cancel()
            health.stop()
        return 0 if self._failure is None else 1

    def _listen(self) -> HealthServer:
        settings = self._settings
        try:
            server = HealthServer(settings.web_host, settings.web_port, self._metrics.registry)
        except OSError as error:
            where = f"{settings.web_host}:{settings.web_port}"
            raise ConfigError(
                [f"USAGEWATCH_WEB_HOST, _PORT: cannot listen on {where}: {error.strerror}"]
            ) from error
        log.info("listening", extra={"host": settings.web_host, "port": server.port})
        return server

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
        self._shared = Shared(
            settings=self._settings,
            metrics=self._metrics,
            follower=follower,
            source=app.consumer,
            make_pipeline=lambda: self._make_pipeline(self._catalog),
            turn=asyncio.Lock(),
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

    def _receive(self, fetch: Fetch) -> None:
        if partition := self._partitions.get(fetch.partition):
            partition.receive(fetch)

    async def _on_revoked(self, _app: App, revoked: set[Any], **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        self._is_joined = False
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
            self._metrics.forget(number)
        for number in numbers:
            if number not in self._partitions:
                self._partitions[number] = Partition(number, self._shared)
            self._partitions[number].start()
        self._is_joined = True

    # -- own

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
            phases = {number: partition.phase for number, partition in self._partitions.items()}
            self._metrics.show_phases(phases.values())
            health.beat = Beat(
                at_s=time.monotonic(),
                phases=phases,
                is_joined=self._is_joined,
                failure=None if self._failure is None else str(self._failure),
            )
            await asyncio.sleep(BEAT_S)
