"""What came of a run on Kafka, held against what a replay of the same file makes of it.

Left out, because lines of a group are in several partitions and reach it in no certain order: the group's
forecasts, and in its state the newest records and the last forecast.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import orjson
from msgspec import Struct, field

from schemas.topics import OUTPUTS
from streams.core.canonical import canonical
from streams.core.stored import Meta, decode_state
from streams.groups import PREFIX
from streams.kafka import changelog
from streams.kafka.tail import tail
from streams.ledger import APPLIED, DEAD, DUPLICATE, EXPIRED, HELD, READ, RELEASED, from_plain
from streams.lines import output_line
from streams.replay import Replay
from streams.settings import AT_LEAST_ONCE, Settings
from tests.kafka.build_worker import PARTITIONS

SHOWN: Final = 5
FORECAST: Final = "forecast"

Ledger = Counter[tuple[str, str]]


class Verdict(Struct):
    """What is right and what is wrong; nothing was lost, doubled or miscounted where every list is empty."""

    expected: int = 0
    """Outputs of the replay."""
    states: int = 0
    """States of the replay."""
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    """Outputs that are there more often than in the replay, or not at all in it."""
    repeats: int = 0
    """Outputs that are there again where that is allowed."""
    wrong: dict[str, bytes] = field(default_factory=dict)
    """Of each state that differs, or that only one side has: both as JSON."""
    ledger: list[str] = field(default_factory=list)
    """Sentences on counts that do not add up."""

    def problems(self) -> list[str]:
        """Return a sentence for each thing that is wrong, with the first few examples."""
        found = {
            "outputs lost": self.lost,
            "outputs twice": self.twice,
            "states wrong": list(self.wrong),
            "ledger": self.ledger,
        }
        return [
            f"{len(some):,} {what}: " + "; ".join(one[:200] for one in some[:SHOWN])
            for what, some in found.items()
            if some
        ]


async def judge(settings: Settings, path: Path) -> Verdict:
    """Return the verdict on what the application made of the file; at least once, outputs may repeat."""
    verdict, replay = Verdict(), Replay()
    wanted: Counter[str] = Counter()
    with path.open("rb") as lines:
        for emitted in replay.run(lines):
            if name := _name(output_line(emitted)):
                wanted[name] += 1
    verdict.expected = wanted.total()
    await _compare_outputs(settings, wanted, verdict)
    await _compare_states(settings, replay, verdict)
    return verdict


async def _compare_outputs(settings: Settings, wanted: Counter[str], verdict: Verdict) -> None:
    left = wanted.copy()
    for topic in OUTPUTS:
        async for lines in tail(settings, topic, from_beginning=True, until_end=True):
            for line in lines:
                if name := _name(line):
                    left[name] -= 1
    verdict.lost = [name for name, count in left.items() if count > 0]
    extra = {name: -count for name, count in left.items() if count < 0}
    may_repeat = settings.processing_guarantee == AT_LEAST_ONCE
    verdict.twice = [name for name in extra if not may_repeat or name not in wanted]
    verdict.repeats = sum(extra.values()) if may_repeat else 0


async def _compare_states(settings: Settings, replay: Replay, verdict: Verdict) -> None:
    left = dict(replay.pipeline.states())
    verdict.states = len(left)
    sums: Ledger = Counter()
    for number in range(PARTITIONS):
        states: dict[bytes, bytes | None] = {}
        async with changelog.reader(settings, number) as reader:
            committed = await reader.committed()
            end = committed.changelog_end
            meta, _ = await reader.restore(end, states.__setitem__, lambda _count, _position: None)
        waiting: Counter[str] = Counter()
        for raw_key, data in states.items():
            if data is None:
                continue
            key = raw_key.decode()
            mine = left.pop(key, None)
            state = decode_state(data)
            waiting.update(held.topic for held in state.held)
            if mine is None or _facts(key, data) != _facts(key, mine):
                verdict.wrong[key] = _pair(key, data, mine)
        verdict.ledger += _at_end(committed, meta, settings.app_id)
        if meta is not None:
            own: Ledger = from_plain(meta.ledger)
            verdict.ledger += [f"partition {number}: {said}" for said in _adds_up(own, waiting)]
            sums.update(own)
    verdict.wrong |= {key: _pair(key, None, mine) for key, mine in left.items()}
    mine_all = +replay.pipeline.ledger
    verdict.ledger += [
        f"{topic} {what}: {sums[topic, what]} on Kafka, {mine_all[topic, what]} in the replay"
        for topic, what in sorted(sums.keys() | mine_all.keys())
        if sums[topic, what] != mine_all[topic, what]
    ]


def _name(line: bytes) -> str | None:
    """Return what tells an output from all others, None for what is left out."""
    found = orjson.loads(line)
    if "raw" in found:
        return f"{found['topic']} {found['headers']['reason']} {found['raw']}"
    value = found["value"]
    if value["type"] == FORECAST and "line" in value:
        return None
    return f"{found['topic']} {value['type']} {value['subscriber_id']} {value['id']}"


def _pair(key: str, on_kafka: bytes | None, in_replay: bytes | None) -> bytes:
    """Return both states of a key as one line of JSON."""
    both = {"kafka": on_kafka, "replay": in_replay}
    facts = {side: None if data is None else _facts(key, data) for side, data in both.items()}
    return orjson.dumps({"key": key, **facts}, option=orjson.OPT_APPEND_NEWLINE)


def _facts(key: str, data: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = canonical(decode_state(data))
    if key.startswith(PREFIX):
        for period in facts.get("periods", ()):
            for bucket in period.get("buckets", {}).values():
                bucket.pop("tail", None)
                bucket.pop(FORECAST, None)
    return facts


def _at_end(committed: changelog.Committed, meta: Meta | None, app_id: str) -> list[str]:
    """Return where offsets, state and inputs' ends differ."""
    said = changelog.disagreements(committed, meta, app_id=app_id)
    if meta is None:
        return [*said, f"partition {committed.partition}: no state is committed"]
    return said + [
        f"partition {committed.partition}: {topic} was read to {meta.offsets.get(topic, 0)} of {end}"
        for topic, end in committed.log_ends.items()
        if meta.offsets.get(topic, 0) != end
    ]


def _adds_up(ledger: Ledger, waiting: Counter[str]) -> list[str]:
    """Return a sentence for each topic whose counts do not add up; ``waiting`` are its held records."""
    said = []
    for topic in sorted({topic for topic, _ in ledger}):
        parts = {what: ledger[topic, what] for what in (APPLIED, DUPLICATE, HELD, DEAD)}
        if ledger[topic, READ] != sum(parts.values()):
            said.append(f"{topic}: {ledger[topic, READ]} read, but {parts}")
        gone = ledger[topic, RELEASED] + ledger[topic, EXPIRED]
        if ledger[topic, HELD] != gone + waiting[topic]:
            said.append(f"{topic}: {ledger[topic, HELD]} held, {gone} gone, but {waiting[topic]} wait")
    return said
