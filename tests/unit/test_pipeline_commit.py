"""Commit and rollback: what was accepted stands, what was not has never been."""

import orjson
import pytest
from msgspec.structs import replace

from schemas.envelope import Raw
from schemas.errors import PlanMissingError, StateError
from streams.core.catalog import Catalog
from streams.core.store import LIVE_COUNT_MAX
from streams.core.stored import (
    META_KEY,
    VERSION,
    Meta,
    decode_meta,
    decode_state,
    encode_meta,
    encode_state,
    read_header,
)
from streams.pipeline import Pipeline, Rules
from streams.regimes import Regimes
from tests.build import NOON, SUBSCRIBER, Line, after, data, event, ms, plan, profile, replay, sms, tombstone

NOON_MS = ms(NOON)


class Broken(int):
    """A level that cannot be compared: stands for a defect of our own in the middle of a record."""

    def __mul__(self, other: object) -> int:
        """Fail as a defect would."""
        raise ArithmeticError("injected")


def raw_of(line: Line, offset: int = 0) -> Raw:
    """Return a line as a record from Kafka."""
    value = line["value"]
    if value is not None:
        identity = {"cdr": "record_id", "usage-events": "event_id"}.get(line["topic"], "pad")
        value = {identity: f"o{offset}", **value}
    key = (line.get("key") or next(value[name] for name in ("subscriber_id", "plan_id") if name in value)).encode()
    at = line.get("timestamp") or (value or {}).get("started_at") or (value or {}).get("at") or NOON
    return Raw(line["topic"], 0, offset, ms(at), key, None if value is None else orjson.dumps(value))


def pipeline_of(*lines: Line, rules: Rules | None = None) -> Pipeline:
    """Return a pipeline that has taken the lines, with nothing accepted yet."""
    pipeline = Pipeline(catalog=Catalog(), rules=rules or Rules.default())
    feed(pipeline, *lines)
    return pipeline


def feed(pipeline: Pipeline, *lines: Line, first: int = 0) -> None:
    """Let a pipeline take lines as records from Kafka."""
    for offset, line in enumerate(lines, start=first):
        raw = raw_of(line, offset)
        while pipeline.is_due(raw):
            pipeline.tick(raw.timestamp_ms)
        pipeline.take(raw)


def commit(pipeline: Pipeline) -> dict[bytes, bytes | None]:
    """Return what is committed, and accept it."""
    changes = dict(pipeline.changes())
    pipeline.accept()
    return changes


def look(pipeline: Pipeline) -> tuple[object, ...]:
    """Return everything that a rollback must bring back."""
    return (
        pipeline.clock_ms,
        dict(pipeline.ledger),
        dict(pipeline.rejected),
        pipeline.next_due_ms(),
        {name: size for name, size in pipeline.sizes().items() if name != "live"},
        pipeline.waits_for("p"),
    )


LATER = after(NOON, hours=1)
SECOND: list[list[Line]] = [
    [data(30, at=LATER)],
    [sms(subscriber_id="new", at=LATER)],
    [profile(plan_id="q", cycle_day=5, arrives=LATER)],
    [tombstone(arrives=LATER)],
    [tombstone(arrives=LATER), profile(arrives=LATER), data(1, at=LATER)],
    [data(bytes_up=-1, at=LATER)],
    [event("port.queried", channel="sms", at=LATER)],
    [event("consent.changed", purpose="commercial", granted=True, at=LATER)],
    [sms(at=after(NOON, days=5), subscriber_id="z")],
    [profile(subscriber_id="waits", arrives=LATER)],
]


@pytest.mark.parametrize("second", SECOND, ids=range(len(SECOND)))
def test_rollback_brings_back_what_was_accepted(second: list[Line]) -> None:
    """States, timers, clock and ledger; doing it again gives the same bytes as doing it once."""
    first = [plan(), profile(), data(60), sms(subscriber_id="waits"), event("port.queried", channel="sms")]
    pipeline, straight = pipeline_of(*first), pipeline_of(*first)
    assert commit(pipeline) == commit(straight)
    before = look(pipeline)

    feed(pipeline, *second, first=50)
    pipeline.changes()
    pipeline.rollback()

    assert before == look(pipeline)
    assert [] == pipeline.changes()
    feed(pipeline, *second, first=50)
    feed(straight, *second, first=50)
    assert commit(straight) == commit(pipeline)
    assert look(straight) == look(pipeline)


def test_rollback_without_changes_read_brings_back_too() -> None:
    """The driver may fail before it has asked for the changes."""
    pipeline = pipeline_of(plan(), profile(), data(60))
    commit(pipeline)
    feed(pipeline, data(30, at=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, data(1, at=LATER), first=60)

    assert 6_100_000 == used(commit(pipeline))


def used(changes: dict[bytes, bytes | None], key: bytes = SUBSCRIBER.encode()) -> int:
    """Return the octets used in the only period of a committed state."""
    state = decode_state(changes[key] or b"")
    return sum(usage.used for period in state.periods for usage in period.buckets.values())


@pytest.mark.parametrize("is_committed", [False, True])
def test_record_on_which_our_own_code_fails_leaves_no_trace(*, is_committed: bool) -> None:
    """DESIGN, delivery 6: the half-moved state is taken back to what was committed."""
    #  |--- 60 % (accepted) --- a record half done, rolled back --- 1 % ---|
    regime = Rules.default().regimes.of("CN")
    regimes = Regimes([regime, replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))])
    rules = replace(Rules.default(), regimes=regimes)
    unlimited = plan({"bucket": "data", "amount": None, "beyond": {"action": "charge"}}, plan_id="all")
    setting = [plan(), unlimited, profile(jurisdiction="BR", plan_id="all"), data(60)]
    pipeline = pipeline_of(*setting, rules=rules)
    if is_committed:
        commit(pipeline)
        feed(pipeline, plan(plan_id="all"), first=40)
    else:
        feed(pipeline, plan(plan_id="all"), first=40)
    with pytest.raises(ArithmeticError):
        feed(pipeline, data(30, at=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, unlimited, first=60)
    if not is_committed:
        feed(pipeline, *setting[2:], first=2)
    pipeline.defect(raw_of(data(30, at=LATER), 50))
    feed(pipeline, data(1, at=LATER), first=70)

    assert 6_100_000 == used(commit(pipeline))


def test_profile_on_which_our_own_code_fails_leaves_no_trace() -> None:
    """A change of profile that fails half-way is not in force after the rollback."""
    regime = Rules.default().regimes.of("CN")
    regimes = Regimes([regime, replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))])
    pipeline = pipeline_of(plan(), profile(), data(60), rules=replace(Rules.default(), regimes=regimes))
    commit(pipeline)
    with pytest.raises(ArithmeticError):
        feed(pipeline, profile(jurisdiction="BR", arrives=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, data(1, at=LATER), first=60)

    changes = commit(pipeline)
    assert "CN" == decode_state(changes[SUBSCRIBER.encode()] or b"").jurisdiction


def test_changes_are_each_touched_state_once() -> None:
    """A key, its bytes; None for a deleted one; nothing twice."""
    pipeline = pipeline_of(plan(), profile(), data(1), sms(subscriber_id="a"), profile(subscriber_id="b"))
    feed(pipeline, tombstone("b"), first=90)
    changes = pipeline.changes()

    assert [SUBSCRIBER.encode(), b"a", b"b"] == [key for key, _ in changes]
    assert dict(changes)[b"b"] is None
    assert changes == pipeline.changes()


def test_nothing_changes_without_a_record() -> None:
    """What was accepted is not written again."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    commit(pipeline)

    assert [] == pipeline.changes()


@pytest.mark.parametrize("line", [data(1, record_id="a"), data(bytes_up=-1, record_id="b")], ids=["again", "dead"])
def test_duplicate_and_dead_letter_write_no_state(line: Line) -> None:
    """Counted, nothing else."""
    pipeline = pipeline_of(plan(), profile(), data(1, record_id="a"))
    commit(pipeline)
    feed(pipeline, line, first=9)

    assert [] == pipeline.changes()


def test_restored_pipeline_goes_on_as_if_it_had_never_stopped() -> None:
    """States, timers, clock and ledger come back from their bytes."""
    first = [plan(), profile(), data(79), sms(subscriber_id="waits")]
    second = [data(2, at=LATER), sms(at=after(NOON, days=4), subscriber_id="z")]
    straight = pipeline_of(*first)
    written = commit(straight)
    meta = decode_meta(encode_meta(straight.meta(offsets={"cdr": 4}, partition_count=1)))

    again = pipeline_of(plan())
    for key, value in written.items():
        again.restore(key, value)
    again.restored(meta)

    assert look(straight) == look(again)
    feed(straight, *second, first=60)
    feed(again, *second, first=60)
    assert commit(straight) == commit(again)
    assert look(straight) == look(again)


def test_restore_takes_the_newest_state_and_the_deletion() -> None:
    """Oldest first; None deletes, timers included."""
    written = commit(pipeline_of(sms(subscriber_id="waits"), sms(subscriber_id="stays")))
    pipeline = pipeline_of()
    for key, value in [*written.items(), (b"waits", None)]:
        pipeline.restore(key, value)
    pipeline.restored(None)

    assert (1, ms(after(NOON, days=3))) == (pipeline.sizes()["subscribers"], pipeline.next_due_ms())
    feed(pipeline, sms(at=after(NOON, days=4), subscriber_id="z"))
    assert 1 == pipeline.ledger["cdr", "expired"]


def test_plan_missing_changes_nothing() -> None:
    """With ``hold`` False the record waits outside; taken again it is as if it came for the first time."""
    pipeline, straight = pipeline_of(profile()), pipeline_of(profile())
    commit(pipeline)
    commit(straight)
    before, raw = look(pipeline), raw_of(data(80, at=LATER), 9)
    with pytest.raises(PlanMissingError):
        pipeline.take(raw, hold=False)

    assert (before, []) == (look(pipeline), pipeline.changes())
    pipeline.take(raw)
    straight.take(raw)
    assert commit(straight) == commit(pipeline)


def test_wall_clock_refuses_arrivals_far_ahead() -> None:
    """A live worker: more than 5 minutes ahead of its wall clock is ``in_future``, and moves no clock."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    clock_ms = pipeline.clock_ms
    wall_ms = NOON_MS + 3_600_000
    raw = raw_of(data(1, at=after(NOON, hours=1, minutes=5)), 8)
    ahead = raw_of(data(1, at=after(NOON, hours=1, minutes=5, ms=1)), 9)

    assert ["in_future"] == [emitted.type for emitted in pipeline.take(ahead, wall_ms=wall_ms)]
    assert clock_ms == pipeline.clock_ms
    assert [] == pipeline.take(raw, wall_ms=wall_ms)


def test_clock_is_the_newest_arrival_of_usage_and_events_and_never_goes_back() -> None:
    """Profiles, plans and groups do not move it."""
    pipeline = pipeline_of(plan())
    clocks = [pipeline.clock_ms]
    for line in (profile(arrives=NOON), data(1), sms(at=after(NOON, days=-1)), event("sim.swapped", at=LATER)):
        feed(pipeline, line, first=len(clocks))
        clocks.append(pipeline.clock_ms)

    assert [0, 0, NOON_MS, NOON_MS, ms(LATER)] == clocks
    pipeline.advance(NOON_MS)
    assert ms(LATER) == pipeline.clock_ms
    pipeline.advance(ms(LATER) + 1)
    assert ms(LATER) + 1 == pipeline.clock_ms


def test_tick_fires_at_most_so_many_subscribers() -> None:
    """Timers run in slices."""
    pipeline = pipeline_of(*(sms(subscriber_id=f"s{number}") for number in range(5)))
    due_ms = NOON_MS + 3 * 86_400_000

    assert [] == pipeline.tick(due_ms - 1)
    assert [2, 2, 1, 0] == [len(pipeline.tick(due_ms, most=2)) for _ in range(4)]
    assert pipeline.next_due_ms() is None


def test_take_refuses_to_overtake_a_timer() -> None:
    """A record is taken only when every timer due at or before its arrival has fired."""
    pipeline = pipeline_of(sms(subscriber_id="waits"))

    with pytest.raises(ValueError, match="timers"):
        pipeline.take(raw_of(sms(at=after(NOON, days=3)), 9))


def test_state_reads_back_as_it_was() -> None:
    """State ↔ bytes, for a state with something of everything."""
    consent = {"purpose": "commercial", "granted": True, "at": NOON}
    fed = replay(
        [
            profile(),
            data(80, charge={"amount": "1.00", "currency": "CNY"}),
            event("port.queried", channel="app"),
            event("consent.changed", purpose="commercial", granted=True),
            profile(plan_id="missing", cycle_day=9, arrives=LATER, consents=[consent]),
            data(1, at=LATER),
        ]
    )
    state = fed.state()

    assert state is not None
    assert 1 == len(state.held)
    assert state == decode_state(encode_state(state))
    assert (True, state.next_due_ms()) == ((header := read_header(encode_state(state))).has_held, header.due_ms)


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_unknown_version_is_refused_with_a_clear_word(version: int) -> None:
    """An unknown version stops the worker and says what to do."""
    state = replay([data(1)]).state()
    assert state is not None
    wrong = bytes([version]) + encode_state(state)[1:]
    pipeline = pipeline_of()

    for read in (decode_state, decode_meta, read_header, lambda data: pipeline.restore(b"x", data)):
        with pytest.raises(StateError, match=f"version {version}"):
            read(wrong)


def test_meta_reads_back_as_it_was() -> None:
    """Offsets, partition count, clock and ledger; its key is no subscriber's."""
    meta = Meta(
        offsets={"cdr": 7, "subscribers": 1},
        partition_count=4,
        clock_ms=NOON_MS,
        ledger={"cdr/read": 3},
        rejected={"cdr/not_json": 1},
    )

    assert meta == decode_meta(encode_meta(meta))
    assert META_KEY.startswith(b"\x00")


def test_states_that_are_evicted_from_memory_lose_nothing() -> None:
    """Only some states are kept decoded; the others stay whole as bytes, over several commits."""
    count = LIVE_COUNT_MAX + 300
    pipeline = pipeline_of(plan())
    for turn in range(3):
        for number in range(count):
            who = f"s{number}"
            if turn == 0:
                pipeline.take(raw_of(profile(subscriber_id=who), number))
            pipeline.take(raw_of(sms(2, subscriber_id=who), turn * count + number))
        commit(pipeline)

    assert LIVE_COUNT_MAX >= pipeline.sizes()["live"]
    feed(pipeline, *(sms(1, subscriber_id=f"s{number}") for number in (0, 17, count - 1)), first=10 * count)
    assert [7, 7, 7] == [used(commit_of, key) for commit_of in [dict(pipeline.changes())] for key in commit_of]
