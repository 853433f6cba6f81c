"""Whatever comes: a record or a typed fault, never anything else."""

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cdr import UsageRecord
from schemas.decode import ID_FIELD, decode
from schemas.errors import SchemaError
from tests.build import NOON, SUBSCRIBER, Fed, data, event, lines_of, plan, profile, replay_lines

EXAMPLES = settings(max_examples=400, derandomize=True, deadline=None)
TOPICS = st.sampled_from(sorted(ID_FIELD))
KEYED = st.sampled_from(["keyed", "key left out"])

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([NOON, SUBSCRIBER, "data", "p", "UTC", "12.30", "CNY", "2026-11-10T12:00:00", 2**53, 0])
)
VALUES = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
GOOD: list[tuple[str, dict[str, Any]]] = [
    (line["topic"], {"record_id": "r", "event_id": "e", **line["value"]})
    for line in (
        data(1, charge={"amount": "1", "currency": "CNY"}, partial={"sequence": 1}, bytes_down=1),
        event("consent.changed", purpose="commercial", granted=True, channels=["sms"]),
        event("port.requested", port_ref="r", form="PAC", raised_by="customer", expires_at=NOON),
        event("survey.answered", survey="s", score=1),
        event("balance.reported", bucket="data", period="2026-11-01", used=1, as_of=NOON),
        profile(born_on="1961-05-02", consents=[{"purpose": "profiling", "granted": True, "at": NOON}],
                contracts=[{"what": "plan"}]),
        plan(name="x", price="1.00"),
    )
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a good record in which some fields are replaced, added or gone."""
    topic, good = draw(st.sampled_from(GOOD))
    value = dict(good)
    for name in draw(st.lists(st.sampled_from(sorted(good)), max_size=3, unique=True)):
        if draw(st.booleans()):
            value[name] = draw(VALUES)
        else:
            del value[name]
    value.update(draw(st.dictionaries(st.text(max_size=6), VALUES, max_size=2)))
    return topic, value


def dumped(value: object) -> bytes:
    """Return JSON; orjson writes no number beyond 64 bits."""
    return orjson.dumps(value) if _fits(value) else b"{}"


def _fits(value: object) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    if isinstance(value, dict):
        return all(_fits(inner) for inner in value.values())
    return all(_fits(inner) for inner in value) if isinstance(value, list) else True


def ends_well(topic: str, key: bytes | None, value: bytes | None, *, is_keyed: bool) -> None:
    """Decode; a `SchemaError` is as good as a record, all else is not."""
    try:
        record = decode(topic, key, value, is_keyed=is_keyed)
    except SchemaError:
        return
    assert getattr(record, ID_FIELD[topic])
    if isinstance(record, UsageRecord):
        assert 0 <= record.quantity <= 2**54


@EXAMPLES
@given(TOPICS, st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=200), KEYED)
def test_any_bytes_decode_or_say_why_not(
    topic: str, key: bytes | None, value: bytes | None, keyed: str
) -> None:
    """Never another exception than `SchemaError`."""
    ends_well(topic, key, value, is_keyed=keyed == "keyed")


@EXAMPLES
@given(TOPICS, VALUES, KEYED)
def test_any_json_decodes_or_says_why_not(topic: str, value: object, keyed: str) -> None:
    """Whatever its shape."""
    ends_well(topic, SUBSCRIBER.encode(), dumped(value), is_keyed=keyed == "keyed")


@EXAMPLES
@given(damaged(), st.integers(0, 400), st.binary(max_size=3))
def test_any_damaged_record_decodes_or_says_why_not(
    drawn: tuple[str, dict[str, Any]], at: int, splice: bytes
) -> None:
    """Fields gone, replaced or added; then bytes cut and put in."""
    topic, value = drawn
    text = dumped(value)
    ends_well(topic, SUBSCRIBER.encode(), text, is_keyed=True)
    ends_well(topic, SUBSCRIBER.encode(), text[:at] + splice + text[at + 1 :], is_keyed=False)


def adds_up(fed: Fed) -> bool:
    """Return whether every record has one disposition."""
    topics = {topic for topic, _ in fed.ledger}
    return all(
        fed.count("read", topic)
        == sum(fed.count(word, topic) for word in ("applied", "duplicate", "held", "dead"))
        and fed.count("held", topic)
        == sum(fed.count(word, topic) for word in ("released", "expired", "held now"))
        for topic in topics
    )


@EXAMPLES
@given(st.lists(st.binary(max_size=80) | VALUES.map(dumped), max_size=10))
def test_replay_of_any_lines_ends(lines: list[bytes]) -> None:
    """One dead letter each, at worst; the ledger adds up."""
    fed = replay_lines(lines)

    assert adds_up(fed)
    assert "defect" not in fed.reasons


@EXAMPLES
@given(st.lists(damaged(), max_size=12), st.none() | st.integers(0, 4_000_000_000_000))
def test_replay_of_damaged_records_ends(drawn: list[tuple[str, dict[str, Any]]], stamp: int | None) -> None:
    """In good envelopes, among good records: no defect, no gap in the ledger."""
    envelopes = [
        b'{"topic":"%b",%b"value":%b}'
        % (topic.encode(), b"" if stamp is None else b'"timestamp":%d,' % stamp, dumped(value))
        for topic, value in drawn
    ]
    good = lines_of([data(1)])
    fed = replay_lines([*good[:2], *envelopes, good[2]])

    assert adds_up(fed)
    assert [] == [dead for dead in fed.dead if dead.reason == "defect"]
