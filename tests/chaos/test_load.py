"""What a chaos run feeds: everything that can become of a record, the same for the same seed."""

from pathlib import Path

import orjson

from schemas.times import to_ms
from schemas.topics import BY_NAME
from streams.replay import Replay
from tests.chaos.kinds import DAY_MS, NOON_MS
from tests.chaos.load import FIRST_MS, Load, Spans

LOAD = Load(seed=3, subscriber_count=1_000, record_count=12_000, slice_count=12)


def written(folder: Path, load: Load = LOAD) -> Spans:
    """Return a load in a file."""
    return load.write(folder / f"{load.seed}.jsonl")


def arrivals(spans: Spans, span: range) -> list[tuple[int, int]]:
    """Return when and at which rank each line of a span arrives."""
    lines = map(orjson.loads, spans.lines(span))
    return [(to_ms(line["timestamp"]), BY_NAME[line["topic"]].merge_rank) for line in lines]


def test_the_same_seed_makes_the_same_file(tmp_path: Path) -> None:
    """And another another one."""
    first = written(tmp_path).path.read_bytes()

    assert first == written(tmp_path).path.read_bytes()
    assert first != written(tmp_path, LOAD._replace(seed=4)).path.read_bytes()


def test_spans_are_the_whole_file_in_order_of_arrival(tmp_path: Path) -> None:
    """Each day in two halves, so that what starts a timer is apart from all else."""
    spans = written(tmp_path)
    parts = [spans.opening, *(half for day in spans.days for half in day), spans.closing]

    after = [one for part in parts[1:] for one in arrivals(spans, part)]
    noons = [at_ms for _, noon in spans.days for at_ms, _ in arrivals(spans, noon)]
    assert sorted(after) == after
    assert {True} == {(at_ms - FIRST_MS) % DAY_MS >= NOON_MS for at_ms in noons}
    assert list(range(spans.line_count)) == [number for part in parts for number in part]
    assert spans.line_count == len(spans.path.read_bytes().splitlines())


def test_a_load_has_everything_that_can_become_of_a_record(tmp_path: Path) -> None:
    """Late, corrected, repeated, provisional, dead and held ones, profiles that change, add-ons, groups."""
    replay = Replay()
    with written(tmp_path).path.open("rb") as lines:
        types = {output.type for output in replay.run(lines)}

    found = {what for _, what in replay.pipeline.ledger}
    assert {"applied", "duplicate", "held", "dead", "released", "expired", "unverified"} <= found
    assert {"late_adjustment", "resolved", "expiring", "overage", "throttled", "exhausted"} <= types
    assert {"forecast", "port_query", "port_request", "addon"} <= types
    assert {"unknown_subscriber", "unknown_plan", "conflict", "too_late", "in_future", "not_json"} <= types
