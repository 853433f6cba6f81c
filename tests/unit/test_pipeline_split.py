"""Outputs: ids that follow from the cause alone, headers, schemas, and the same set however it is split."""

import hashlib
import json
from pathlib import Path
from zlib import crc32

import orjson
import pytest
from jsonschema import Draft202012Validator

import schemas
from schemas import generate
from schemas.topics import ADDONS, DEAD_LETTERS, PLANS
from tests.build import (
    NOON,
    THROTTLE,
    Fed,
    Line,
    addon,
    after,
    allowance,
    data,
    event,
    lines_of,
    plan,
    profile,
    replay,
    replay_lines,
    sms,
    voice,
)

JSON = Path(schemas.__file__).parent / "json"
CONSENTS = [{"purpose": "commercial", "granted": True, "channels": ["sms"], "at": "2026-01-01T00:00:00Z"}]


def everything(who: str, country: str) -> list[Line]:
    """Return records of one subscriber that bring out every kind of output."""
    ids = {"subscriber_id": who}
    return [
        profile(**ids, jurisdiction=country, consents=CONSENTS, channels=["sms"], language="zh"),
        data(85, at="2026-10-31T23:00:00Z", arrives="2026-11-01T01:00:00Z", **ids),
        data(85, **ids),
        data(50, **ids),
        data(bytes_up=100, roaming=True, **ids),
        voice(61, **ids),
        sms(1, **ids),
        event("care.contacted", channel="call", topic="bill_dispute", **ids),
        event("sim.swapped", **ids),
        event("port.queried", channel="sms", form="CXXZ", **ids),
        event("port.requested", port_ref="r", form="SQXZ", raised_by="customer", **ids),
        profile(**ids, jurisdiction=country, arrives=after(NOON, hours=1), language="en"),
        data(85, at="2026-12-02T00:00:00Z", **ids),
        data(bytes_up=-1, at="2026-12-02T00:00:00Z", **ids),
    ]


PLANS_FIRST: list[Line] = [
    plan(
        allowance(),
        allowance("data.roaming", 100, beyond=THROTTLE),
        allowance("voice", 60, rounding="60/60", beyond={"action": "block"}),
    ),
    addon(),
]
FOUR = [
    everything(f"44770090000{number}", country) for number, country in enumerate(("CN", "AU", "IN", "ZA"))
]


def arrival(line: Line) -> str:
    """Return when a line arrives; all are in the same notation."""
    value = line["value"]
    return str(line.get("timestamp") or value.get("started_at") or value.get("at"))


MIXED: list[Line] = [*PLANS_FIRST, *sorted((line for records in FOUR for line in records), key=arrival)]


def ids(fed: Fed) -> set[str]:
    """Return the ids of all outputs."""
    return {orjson.loads(one.value or b"")["id"] for one in fed.emitted if one.topic != DEAD_LETTERS}


@pytest.fixture(name="fed", scope="module")
def everything_replayed() -> Fed:
    """Return what comes of all four subscribers' records in one file."""
    return replay(MIXED, is_bare=True)


def test_setting_brings_out_every_topic(fed: Fed) -> None:
    """The tests below look at every kind of output there is."""
    assert {
        "near_limit", "overage", "throttled", "exhausted", "forecast", "port_query", "port_request",
        "port_fraud_suspect", "churn_risk",
    } == {one.type for one in fed.emitted if one.topic in {"signals", "port-signals"}}  # fmt: skip
    assert {
        "signals",
        "port-signals",
        "care-events",
        "offer-events",
        "suppressed-offers",
        "tasks",
        "dead-letters",
    } == {one.topic for one in fed.emitted}


def test_no_id_comes_twice(fed: Fed) -> None:
    """An id names one output."""
    assert len(ids(fed)) == sum(one.topic != DEAD_LETTERS for one in fed.emitted)


def test_ids_are_the_same_however_the_partitions_are_split(fed: Fed) -> None:
    """One file, or four partitions by subscriber: the same cause has the same id."""
    lines = lines_of(MIXED, is_bare=True)
    parts = [
        [line for line in lines if (one := orjson.loads(line))["topic"] in {PLANS, ADDONS}
         or crc32(one["value"]["subscriber_id"].encode()) % 4 == part]
        for part in range(4)
    ]  # fmt: skip

    assert ids(fed) == set().union(*(ids(replay_lines(part)) for part in parts))


def test_same_file_gives_the_same_bytes(fed: Fed) -> None:
    """On every run."""
    assert fed.emitted == replay(MIXED, is_bare=True).emitted


def test_id_is_the_hash_of_topic_type_subscriber_and_key_fields(fed: Fed) -> None:
    """First 32 hex digits of SHA-256 over the canonical JSON."""
    keys = {
        "near_limit": ("bucket", "period", "level", "generation"),
        "overage": ("bucket", "period", "step", "generation"),
        "throttled": ("bucket", "period", "generation"),
        "exhausted": ("bucket", "period", "generation"),
        "forecast": ("bucket", "period", "n"),
    }
    for signal in (orjson.loads(value) for value in fed.values("signals")):
        is_event = signal["type"] == "churn_risk"  # its key fields are the source and identity of its event
        own = ["", signal["evidence"][0]["record_id"]] if is_event else []
        own += [signal[name] for name in keys.get(signal["type"], ())]
        text = json.dumps(["signals", signal["type"], signal["subscriber_id"], *own], separators=(",", ":"))

        assert hashlib.sha256(text.encode()).hexdigest()[:32] == signal["id"]


def test_id_of_a_port_signal_is_of_source_and_event_id() -> None:
    """Key fields source and event_id, in UTF-8 as they are."""
    [signal] = replay([event("port.queried", channel="sms", source="网厅", event_id="e/1")]).port
    text = json.dumps(
        ["port-signals", "port_query", signal.subscriber_id, "网厅", "e/1"],
        separators=(",", ":"),
        ensure_ascii=False,
    )

    assert hashlib.sha256(text.encode()).hexdigest()[:32] == signal.id


def test_id_does_not_depend_on_the_record_that_crossed() -> None:
    """Offset, arrival and record id are no key fields."""
    one = replay([data(80)]).signals[0]
    other = replay([data(1), data(84, at="2026-11-20T00:00:00Z")]).signals[0]

    assert one.id == other.id


def test_headers_are_cloudevents(fed: Fed) -> None:
    """The Kafka binding, binary mode."""
    for one in fed.emitted:
        if one.topic == DEAD_LETTERS:
            continue
        value, headers = orjson.loads(one.value or b""), dict(one.headers)

        assert {
            "ce_specversion": b"1.0",
            "ce_id": value["id"].encode(),
            "ce_type": f"usagewatch.{one.topic}.{value['type']}".encode(),
            "ce_source": headers["ce_source"],
            "ce_subject": value["subscriber_id"].encode(),
            "ce_time": value["at"].encode(),
            "ce_dataschema": f"urn:usagewatch:{one.topic}:1".encode(),
            "content-type": b"application/json",
        } == headers
        assert headers["ce_source"]
        assert value["subscriber_id"].encode() == one.key


def test_outputs_have_what_every_output_has(fed: Fed) -> None:
    """Id, type, subscriber, both times, who decided, evidence with the causing record first."""
    for one in fed.emitted:
        if one.topic == DEAD_LETTERS:
            continue
        value = orjson.loads(one.value or b"")

        assert {"id", "type", "subscriber_id", "at", "decided_at", "decided_by", "evidence"} <= value.keys()
        assert {"rule", "regime", "regime_version", "plan_version", "build"} == value["decided_by"].keys()
        assert 1 <= len(value["evidence"]) <= 10
        assert {"topic", "partition", "offset", "record_id"} == value["evidence"][0].keys()
        assert value["at"].endswith("Z")
        assert 24 == len(value["at"]) == len(value["decided_at"])


def validator_of(topic: str) -> Draft202012Validator:
    """Return what checks a value of a topic against the committed schema."""
    return Draft202012Validator(orjson.loads((JSON / f"{topic}.json").read_bytes()))


@pytest.mark.parametrize("topic", generate.VALUES)
def test_committed_schema_is_fresh(topic: str) -> None:
    """``usagewatch schemas`` would change nothing."""
    assert generate.json_schema(topic) == (JSON / f"{topic}.json").read_bytes()


def test_no_schema_is_left_over() -> None:
    """A topic that is gone takes its schema along."""
    assert set(generate.VALUES) == {path.stem for path in JSON.glob("*.json")}


def test_every_output_is_valid_against_its_schema(fed: Fed) -> None:
    """What is written is what is promised."""
    validators = {topic: validator_of(topic) for topic in generate.VALUES}
    for one in fed.emitted:
        if one.topic != DEAD_LETTERS:
            assert [] == [
                error.message for error in validators[one.topic].iter_errors(orjson.loads(one.value or b""))
            ]


def test_every_input_that_is_taken_is_valid_against_its_schema(fed: Fed) -> None:
    """The schemas describe what is accepted."""
    dead = {one.offset for one in fed.dead}
    for number, text in enumerate(lines_of(MIXED, is_bare=True), start=1):
        line = orjson.loads(text)
        validator = validator_of(line["topic"])

        assert (number in dead) == bool(list(validator.iter_errors(line["value"])))
