"""The Faust application: our transport and one agent, no tables, no folder, no web server of its own."""

from collections.abc import Callable
from typing import Any

import faust
from faust.sensors.prometheus import FaustMetrics, PrometheusMonitor
from faust.tables import TableManager

from schemas.topics import INPUTS
from streams.kafka.consumer_thread import FAUST_LOG
from streams.kafka.merge import Fetch
from streams.kafka.transport import Transport
from streams.metrics import Metrics
from streams.settings import Settings


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


class NoTables(TableManager):  # type: ignore[misc]  # Faust is not typed here
    """Faust's tables, of which there are none: it would wait a second for agents to name theirs."""

    async def on_start(self) -> None:
        """Go on at once."""
        await self._update_channels()
        await self.recovery.start()


def make_app(settings: Settings, metrics: Metrics, receive: Callable[[tuple[Fetch, ...]], None]) -> App:
    """Return an application whose agent gives what is new of a partition to ``receive``."""
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
        TableManager=NoTables,
        worker_redirect_stdouts=False,
    )
    app.settings = settings
    app.monitor = PrometheusMonitor(metrics=FaustMetrics.create(metrics.registry, "usagewatch_faust"))
    # Offsets are committed in our transactions, so Faust is not to keep count of what was acknowledged.
    inputs = app.topic(*(settings.topic(name) for name in INPUTS), value_serializer="raw", acks=False)

    @app.agent(inputs, name="inputs")  # type: ignore[untyped-decorator]
    async def take(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for together in stream:
            receive(together)

    return app
