"""/live, /ready and /metrics, served from a thread of its own: a server inside a blocked loop cannot say so.

The loop writes a `Beat` some times a second; the thread reads the newest one. Nothing else is shared.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from typing import Any, Final

from msgspec import Struct, field
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from schemas.errors import ConfigError
from streams.settings import Settings

BEAT_S: Final = 0.5
REQUEST_TIMEOUT_S: Final = 5.0
READY: Final = frozenset({"running", "paused"})

log = logging.getLogger(__name__)


class Beat(Struct, frozen=True):
    """The worker as its loop last saw itself."""

    at_s: float
    """Monotonic time."""
    phases: Mapping[int, str] = field(default_factory=dict)
    """Of each partition."""
    troubles: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """What a person must see to in each partition, in words."""
    moved_s: Mapping[int, float] = field(default_factory=dict)
    """When each partition last moved (`movement`)."""
    is_joined: bool = False
    """The group has given this worker its share, which may be none."""
    joining_since_s: float | None = None
    """While it is not joined."""
    looked_s: float | None = None
    """When records were last asked for."""
    given_s: float | None = None
    """Since when the agent has taken nothing of what is there for it; None while it takes all."""
    away_since_s: float | None = None
    """Since when no broker answers; None while one does."""
    back_s: float = -inf
    """When a broker that was away answered again: nothing is blamed for what was before."""
    failure: str | None = None
    """Why the worker has ended."""


class Limits(Struct, frozen=True):
    """From when on standing still is a fault."""

    stall_s: float = 30.0
    """Of a partition, of the fetcher and of the agent; the event loop has half of it."""
    away_s: float = 300.0
    """Of a broker that is away, and of a group that is never joined."""


def liveness(beat: Beat, now_s: float, limits: Limits) -> str | None:
    """Return why the process should be restarted, None if it should not.

    A broker that is away is waited for: while it is, nothing else is blamed. What a person or the breaker
    paused moves by itself (`vitals.AT_REST`).
    """
    if beat.failure is not None:
        return beat.failure
    age_s = now_s - beat.at_s
    if age_s > limits.stall_s / 2:
        return f"the event loop has been blocked for {age_s:.0f} s"
    if beat.away_since_s is not None:
        away_s = now_s - beat.away_since_s
        return f"no broker has answered for {away_s:.0f} s" if away_s > limits.away_s else None
    if not beat.is_joined:
        return _unjoined(beat, now_s, limits)
    return _still(beat, now_s, limits)


def _unjoined(beat: Beat, now_s: float, limits: Limits) -> str | None:
    since_s = now_s - max(beat.joining_since_s or now_s, beat.back_s)
    return f"the group has not been joined for {since_s:.0f} s" if since_s > limits.away_s else None


def _still(beat: Beat, now_s: float, limits: Limits) -> str | None:
    """Return what of a joined worker stands still."""
    for name, since_s in (
        ("the fetcher is dead: no records have been asked for", beat.looked_s),
        ("the agent is dead: it has taken nothing of what was fetched", beat.given_s),
    ):
        if since_s is not None and beat.phases and now_s - max(since_s, beat.back_s) > limits.stall_s:
            return f"{name} for {now_s - since_s:.0f} s"
    stuck = {
        number: now_s - max(moved_s, beat.back_s)
        for number, moved_s in sorted(beat.moved_s.items())
        if now_s - max(moved_s, beat.back_s) > limits.stall_s
    }
    if stuck:
        said = ", ".join(
            f"{number} {beat.phases.get(number, '')} for {s:.0f} s" for number, s in stuck.items()
        )
        return f"partitions with unread records that commit nothing: {said}"
    return None


def readiness(beat: Beat, now_s: float, limits: Limits) -> str | None:
    """Return why the worker does not do its work just now, None if it does.

    A paused partition waits for a person, on whatever worker: a rollout of what mends it must not wait.
    """
    if reason := liveness(beat, now_s, limits):
        return reason
    if beat.away_since_s is not None:
        return f"no broker has answered for {now_s - beat.away_since_s:.0f} s"
    if not beat.is_joined:
        return "joining the group"
    if busy := sorted(number for number, phase in beat.phases.items() if phase not in READY):
        return "partitions not running: " + ", ".join(f"{number} {beat.phases[number]}" for number in busy)
    return None


class HealthServer:
    """Serves health and metrics on ``host``:``port`` until `stop`; port 0 takes a free one."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry, limits: Limits) -> None:
        """Bind at once. Raises: OSError when the address is taken or not ours."""
        self.limits = limits
        self.beat = Beat(at_s=time.monotonic())
        self._server = _Server((host, port), _Handler)
        self._server.owner = self
        self._server.registry = registry
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def listen(settings: Settings, registry: CollectorRegistry) -> HealthServer:
    """Return a server that answers from now on. Raises: ConfigError when the address is taken or not ours."""
    limits = Limits(settings.stall_timeout_ms / 1000, settings.broker_away_timeout_ms / 1000)
    try:
        server = HealthServer(settings.web_host, settings.web_port, registry, limits)
    except OSError as error:
        where = f"{settings.web_host}:{settings.web_port}"
        raise ConfigError(
            [f"USAGEWATCH_WEB_HOST, _PORT: cannot listen on {where}: {error.strerror}"]
        ) from error
    server.start()
    log.info("listening", extra={"host": settings.web_host, "port": server.port})
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: HealthServer
    registry: CollectorRegistry


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        """Answer one of the three paths."""
        owner, now_s = self.server.owner, time.monotonic()
        beat, limits = owner.beat, owner.limits
        match self.path.partition("?")[0]:
            case "/live":
                self._say(liveness(beat, now_s, limits), beat)
            case "/ready":
                self._say(readiness(beat, now_s, limits), beat)
            case "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
            case _:
                self._send(404, "text/plain; charset=utf-8", b"/live /ready /metrics\n")

    def _say(self, reason: str | None, beat: Beat) -> None:
        partitions = {str(number): phase for number, phase in sorted(beat.phases.items())}
        troubles = {str(number): said for number, said in sorted(beat.troubles.items()) if said}
        body = {"ok": reason is None, "reason": reason, "partitions": partitions, "troubles": troubles}
        self._send(200 if reason is None else 503, "application/json", json.dumps(body).encode() + b"\n")

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - http.server's signature
        """Say nothing: probes come every few seconds."""
