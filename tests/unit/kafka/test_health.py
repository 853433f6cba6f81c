"""Health as the outside sees it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, Counter

from streams.kafka.health import Beat, HealthServer, Limits, liveness, readiness

LIMITS = Limits(stall_s=30, away_s=300)
RUNNING = Beat(at_s=100.0, phases={0: "running", 1: "running"}, is_joined=True)


@pytest.fixture
def server() -> Iterator[HealthServer]:
    """Return a server on a free port."""
    registry = CollectorRegistry()
    Counter("tests_total", "Tests.", registry=registry).inc()
    server = HealthServer("127.0.0.1", 0, registry, LIMITS)
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
    assert (None, None) == (liveness(RUNNING, 101.0, LIMITS), readiness(RUNNING, 101.0, LIMITS))


def test_a_blocked_loop_is_not_live() -> None:
    """The beat stands still, and the thread says since when."""
    reason = liveness(RUNNING, RUNNING.at_s + 16, LIMITS)

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
    assert (None, reason) == (liveness(beat, 101.0, LIMITS), readiness(beat, 101.0, LIMITS))


def test_a_worker_without_partitions_is_ready() -> None:
    """There may be more workers than partitions; they stand by."""
    assert readiness(Beat(at_s=100.0, is_joined=True), 101.0, LIMITS) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"moved_s": {0: 70.0, 1: 99.0}}, None),
        (
            {"moved_s": {0: 69.0, 1: 99.0}},
            "partitions with unread records that commit nothing: 0 running for 31 s",
        ),
        ({"moved_s": {0: 0.0}, "back_s": 71.0}, None),
        ({"moved_s": {0: 0.0}, "away_since_s": 90.0}, None),
        ({"away_since_s": -201.0}, "no broker has answered for 301 s"),
        ({"looked_s": 69.0}, "the fetcher is dead: no records have been asked for for 31 s"),
        ({"looked_s": 69.0, "phases": {}}, None),
        ({"given_s": 69.0}, "the agent is dead: it has taken nothing of what was fetched for 31 s"),
        ({"given_s": 71.0}, None),
        ({"is_joined": False, "joining_since_s": 0.0, "moved_s": {0: 0.0}}, None),
        ({"is_joined": False, "joining_since_s": -201.0}, "the group has not been joined for 301 s"),
    ],
)
def test_what_stands_still_is_a_fault_when_there_is_no_reason_for_it(
    change: dict[str, Any], reason: str | None
) -> None:
    """A broker that is away is one, and for a while after; so is a group that is being joined."""
    assert reason == liveness(replace(RUNNING, **change), 100.0, LIMITS)


def test_a_paused_partition_is_shown_and_fails_nothing(server: HealthServer) -> None:
    """A person must see to it; neither a restart nor waiting with a rollout would help."""
    said = ["paused: our own code raised on too many records in a row"]
    phases = {0: "running", 1: "paused"}
    server.beat = Beat(at_s=time.monotonic(), phases=phases, troubles={0: [], 1: said}, is_joined=True)

    answers = [ask(server, path) for path in ("/live", "/ready")]

    assert [200, 200] == [status for status, _ in answers]
    assert [{"1": said}, {"1": said}] == [json.loads(body)["troubles"] for _, body in answers]


def test_the_pages_say_why_in_json(server: HealthServer) -> None:
    """200 or 503, and the reason with each partition's phase."""
    server.beat = Beat(at_s=time.monotonic(), phases={0: "opening"}, is_joined=True)

    status, body = ask(server, "/ready")

    assert (503, 200) == (status, ask(server, "/live")[0])
    assert {
        "ok": False,
        "reason": "partitions not running: 0 opening",
        "partitions": {"0": "opening"},
        "troubles": {},
    } == json.loads(body)


def test_metrics_are_served_and_other_paths_are_not(server: HealthServer) -> None:
    """Query strings do not matter."""
    assert "tests_total 1.0" in ask(server, "/metrics?x=1")[1]
    assert 404 == ask(server, "/")[0]
