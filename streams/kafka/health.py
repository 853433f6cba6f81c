"""/live, /ready and /metrics, served from a thread of its own: a server inside a blocked loop cannot say so.

The loop writes a `Beat` some times a second; the thread reads the newest one. Nothing else is shared.
"""

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from msgspec import Struct, field
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

BEAT_S: Final = 0.5
BEAT_MAX_AGE_S: Final = 15.0
"""An event loop that has not come round for so long is blocked: a batch takes a tenth of a second."""
REQUEST_TIMEOUT_S: Final = 5.0


class Beat(Struct, frozen=True):
    """The worker as its loop last saw itself."""

    at_s: float
    """Monotonic time."""
    phases: Mapping[int, str] = field(default_factory=dict)
    """Of each partition."""
    is_joined: bool = False
    """The group has given this worker its share, which may be none."""
    failure: str | None = None
    """Why the worker has ended."""


def liveness(beat: Beat, now_s: float) -> str | None:
    """Return why the process should be restarted, None if it should not."""
    if beat.failure is not None:
        return beat.failure
    age_s = now_s - beat.at_s
    if age_s > BEAT_MAX_AGE_S:
        return f"the event loop has been blocked for {age_s:.0f} s"
    return None


def readiness(beat: Beat, now_s: float) -> str | None:
    """Return why the worker does not do its work just now, None if it does."""
    if reason := liveness(beat, now_s):
        return reason
    if not beat.is_joined:
        return "joining the group"
    if busy := sorted(number for number, phase in beat.phases.items() if phase != "running"):
        return "partitions not running: " + ", ".join(f"{number} {beat.phases[number]}" for number in busy)
    return None


class HealthServer:
    """Serves health and metrics on ``host``:``port`` until `stop`; port 0 takes a free one."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        """Bind at once. Raises: OSError when the address is taken or not ours."""
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: HealthServer
    registry: CollectorRegistry


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        """Answer one of the three paths."""
        beat, now_s = self.server.owner.beat, time.monotonic()
        match self.path.partition("?")[0]:
            case "/live":
                self._say(liveness(beat, now_s), beat)
            case "/ready":
                self._say(readiness(beat, now_s), beat)
            case "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
            case _:
                self._send(404, "text/plain; charset=utf-8", b"/live /ready /metrics\n")

    def _say(self, reason: str | None, beat: Beat) -> None:
        partitions = {str(number): phase for number, phase in sorted(beat.phases.items())}
        body = {"ok": reason is None, "reason": reason, "partitions": partitions}
        self._send(200 if reason is None else 503, "application/json", json.dumps(body).encode() + b"\n")

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - http.server's signature
        """Say nothing: probes come every few seconds."""
