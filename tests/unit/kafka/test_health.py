"""Health as the outside sees it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from streams.kafka.health import BEAT_MAX_AGE_S, Beat, HealthServer, liveness, readiness

RUNNING = Beat(at_s=100.0, phases={0: "running", 1: "running"}, is_joined=True)


@pytest.fixture
def server() -> Iterator[HealthServer]:
    """Return a server on a free port."""
    registry = CollectorRegistry()
    Counter("tests_total", "Tests.", registry=registry).inc()
    server = HealthServer("127.0.0.1", 0, registry)
    server.start()
    yield server
    server.stop()


def ask(server: HealthServer, path: str) -> tuple[int, str]:
    """Return status and body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_worker_whose_partitions_run_is_live_and_ready() -> None:
    """No reason, no fault."""
    assert (None, None) == (liveness(RUNNING, 101.0), readiness(RUNNING, 101.0))


def test_a_blocked_loop_is_not_live() -> None:
    """The beat stands still, and the thread says since when."""
    reason = liveness(RUNNING, RUNNING.at_s + BEAT_MAX_AGE_S + 1)

    assert reason == "the event loop has been blocked for 16 s"


@pytest.mark.parametrize(
    ("beat", "reason"),
    [
        (Beat(at_s=100.0), "joining the group"),
        (
            Beat(at_s=100.0, phases={0: "running", 1: "opening", 2: "waiting"}, is_joined=True),
            "partitions not running: 1 opening, 2 waiting",
        ),
    ],
)
def test_a_worker_that_is_on_its_way_is_live_but_not_ready(beat: Beat, reason: str) -> None:
    """A restart would not help it."""
    assert (None, reason) == (liveness(beat, 101.0), readiness(beat, 101.0))


def test_a_worker_without_partitions_is_ready() -> None:
    """There may be more workers than partitions; they stand by."""
    assert readiness(Beat(at_s=100.0, is_joined=True), 101.0) is None


def test_the_pages_say_why_in_json(server: HealthServer) -> None:
    """200 or 503, and the reason with each partition's phase."""
    server.beat = Beat(at_s=time.monotonic(), phases={0: "opening"}, is_joined=True)

    status, body = ask(server, "/ready")

    assert (503, 200) == (status, ask(server, "/live")[0])
    assert {"ok": False, "reason": "partitions not running: 0 opening", "partitions": {"0": "opening"}} == (
        json.loads(body)
    )


def test_metrics_are_served_and_other_paths_are_not(server: HealthServer) -> None:
    """Query strings do not matter."""
    assert "tests_total 1.0" in ask(server, "/metrics?x=1")[1]
    assert 404 == ask(server, "/")[0]
