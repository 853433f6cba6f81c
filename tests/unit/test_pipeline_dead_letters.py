"""Dead letters: each reason of the closed list, with the original bytes."""

from typing import Any

import orjson
import pytest

from schemas.envelope import Raw
from schemas.errors import Reason
from tests.build import NOON, after, data, event, plan, profile, replay
from tests.fed import dead_of
from tests.raw import GOOD, KEY, LARGE, NOON_MS, QUERY, take, with_, without

NESTED = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"," + with_()[1:]
TWICE = orjson.dumps({**GOOD, "record_id": "first", "bytes_up": 2})

#  In the order of the closed list.
CASES: list[tuple[str, bytes | None, str]] = [
    ("null_value", None, ""),
    ("not_json", b"", ""),
    ("not_json", b"{", ""),
    ("not_json", b"nonsense", ""),
    ("not_json", with_()[:-1], ""),
    ("not_json", with_() + b"x", ""),
    ("not_json", LARGE[:-1], ""),
    ("not_json", NESTED, ""),
    ("not_json", b"[" * 100_000, ""),
    ("not_json", with_(x="~").replace(b"~", b"\xff"), ""),
    ("not_json", with_(x="~").replace(b"~", b"\xc3\x28"), ""),
    ("not_json", with_(x="~").replace(b"~", b"\xed\xa0\x80"), ""),
    ("not_json", with_(source="~").replace(b"~", b"\\ud800"), ""),
    ("not_json", b"\xff\xfe" + with_(), ""),
    ("not_json", with_().replace(b'"bytes_up":1', b'"bytes_up":NaN'), ""),
    ("not_an_object", b"[]", ""),
    ("not_an_object", b"null", ""),
    ("not_an_object", b"7", ""),
    ("not_an_object", b'"text"', ""),
    ("not_an_object", b"[" + with_() + b"]", ""),
    ("missing_field", b"{}", "subscriber_id"),
    ("missing_field", without("subscriber_id"), "subscriber_id"),
    ("missing_field", without("type"), "type"),
    ("missing_field", without("record_id"), "record_id"),
    ("missing_field", without("started_at"), "started_at"),
    ("missing_field", with_(corrects={"record_id": "x"}), "corrects"),
    ("key_mismatch", with_(subscriber_id="somebody"), "subscriber_id"),
    ("unknown_type", with_(type="fax"), "type"),
    ("unknown_type", with_(type=None), "type"),
    ("unknown_type", with_(type=7), "type"),
    ("unknown_type", with_(type="Data"), "type"),
    ("no_time_zone", with_(started_at="2026-11-10T12:00:00"), "started_at"),
    ("no_time_zone", with_(started_at="2026-11-10T12:00:00.5"), "started_at"),
    ("no_time_zone", with_(ended_at="2026-11-10 12:00:00"), "ended_at"),
    ("bad_field", with_(started_at="2026-11-10T12:00:60Z"), "started_at"),
    ("bad_field", with_(started_at="2026-02-29T12:00:00Z"), "started_at"),
    ("bad_field", with_(started_at="2026-11-10T24:00:00Z"), "started_at"),
    ("bad_field", with_(started_at="yesterday"), "started_at"),
    ("bad_field", with_(started_at=1.5), "started_at"),
    ("bad_field", with_(started_at=-1), "started_at"),
    ("bad_field", with_(started_at=None), "started_at"),
    ("bad_field", with_(record_id=""), "record_id"),
    ("bad_field", with_(record_id="x" * 129), "record_id"),
    ("bad_field", with_(record_id=7), "record_id"),
    ("bad_field", with_(bytes_up="1"), "bytes_up"),
    ("bad_field", with_(bytes_up=1.5), "bytes_up"),
    ("bad_field", with_(bytes_up=True), "bytes_up"),
    ("bad_field", with_(bytes_up=2**53), "bytes_up"),
    ("bad_field", with_(roaming="yes"), "roaming"),
    ("bad_field", with_(visited="Japan"), "visited"),
    ("bad_field", with_(ended_by="bored"), "ended_by"),
    ("bad_field", with_(corrects={"record_id": "x", "was": {"bytes_up": 1}}, provisional=True), "corrects"),
    ("bad_field", with_(corrects={"record_id": "x", "was": {"bytes_up": "1"}}), "corrects.was.bytes_up"),
    ("bad_field", with_(charge={"amount": 1.5, "currency": "CNY"}), "charge.amount"),
    ("bad_field", with_(charge={"amount": "1.5", "currency": "yuan"}), "charge.currency"),
    ("bad_field", without("bytes_up", type="voice", duration_s=1, direction="up"), "direction"),
    ("negative_quantity", with_(bytes_up=-1), "bytes_up"),
    ("negative_quantity", with_(bytes_down=-1), "bytes_down"),
    (
        "negative_quantity",
        with_(corrects={"record_id": "x", "was": {"bytes_up": -1}}),
        "corrects.was.bytes_up",
    ),
    ("negative_quantity", without("bytes_up", type="voice", duration_s=-1), "duration_s"),
    ("negative_quantity", without("bytes_up", type="sms", count=-1), "count"),
    ("no_quantity", with_(corrects={"record_id": "first", "was": {}}), "corrects.was"),
    ("no_quantity", with_(corrects={"record_id": "first", "was": {"count": 1}}), "corrects.was"),
    ("no_quantity", without("bytes_up"), "bytes_up"),
    ("no_quantity", without("bytes_up", bytesUp=7), "bytes_up"),
    ("no_quantity", without("bytes_up", duration_s=7), "bytes_up"),
    ("no_quantity", without("bytes_up", type="voice"), "duration_s"),
    ("in_future", with_(started_at=after(NOON, minutes=5, ms=1)), "started_at"),
    ("too_late", with_(started_at="2026-08-31T23:59:59Z"), "started_at"),
    ("conflict", TWICE, ""),
]


@pytest.mark.parametrize(("reason", "value", "field"), CASES)
def test_each_reason(reason: str, value: bytes | None, field: str) -> None:
    """One dead letter with that reason, the field named, the bytes untouched."""
    [dead] = take(value)

    assert reason == dead.reason
    assert field in dead.detail
    assert (KEY, value) == (dead.key, dead.value)
    assert ("cdr", 3, 77, "2026-11-10T12:00:00.000Z") == (
        dead.topic,
        dead.partition,
        dead.offset,
        dead.timestamp,
    )


def test_cases_go_through_the_list_in_its_order() -> None:
    """Gaps would show: all but the four that need another setting are there."""
    seen = list(dict.fromkeys(reason for reason, _, _ in CASES))

    assert [reason.value for reason in Reason][:-3] == seen


def test_last_reasons_need_another_setting() -> None:
    """Two come when the waiting is over, ``defect`` when our own code fails."""
    late = after(NOON, days=3)
    nobody = replay([plan(), data(1), data(1, subscriber_id="z", at=late)], is_bare=True)
    no_plan = replay([profile(), data(1), data(1, subscriber_id="z", at=late)], is_bare=True)
    defect = replay([]).pipeline.defect(Raw("cdr", 0, 1, NOON_MS, KEY, with_()))

    assert ["unknown_subscriber"] == nobody.reasons
    assert ["unknown_plan"] == no_plan.reasons
    assert ["defect"] == [dead_of(emitted).reason for emitted in defect]


@pytest.mark.parametrize("arrival_ms", [2**63 - 1, -(2**63)])
def test_a_time_that_no_text_can_write_is_rejected_like_any_other(arrival_ms: int) -> None:
    """Kafka takes such times; a record that failed on being rejected would stop its partition for ever."""
    raw = Raw("cdr", 0, 1, arrival_ms, KEY, with_())
    [dead] = map(dead_of, replay([]).pipeline.take(raw, wall_ms=NOON_MS))

    assert dead.timestamp in {"9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("topic", ["cdr", "usage-events"])
def test_null_value_is_a_dead_letter_on_what_is_no_table(topic: str) -> None:
    """Only profiles and groups end by a null value."""
    assert ["null_value"] == [dead.reason for dead in take(None, topic=topic)]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"cycle_day": 0}, "bad_field"),
        ({"cycle_day": 32}, "bad_field"),
        ({"time_zone": "Mars/Olympus"}, "bad_field"),
        ({"time_zone": "localtime"}, "bad_field"),
        ({"time_zone": "../../etc/passwd"}, "bad_field"),
        ({"time_zone": "Asia"}, "bad_field"),
        ({"jurisdiction": "China"}, "bad_field"),
        ({"status": "asleep"}, "bad_field"),
        ({"born_on": "1961-13-01"}, "bad_field"),
        ({"consents": [{"purpose": "x", "granted": True, "at": NOON}]}, "bad_field"),
        (
            {"consents": [{"purpose": "commercial", "granted": True, "at": "2026-11-10T12:00:00"}]},
            "no_time_zone",
        ),
        ({"subscriber_id": "with space"}, "bad_field"),
        ({"subscriber_id": "x" * 65}, "bad_field"),
        ({"subscriber_id": ""}, "bad_field"),
        ({"subscriber_id": "x\n"}, "bad_field"),
    ],
    ids=str,
)
def test_bad_profile_is_a_dead_letter(value: dict[str, Any], reason: str) -> None:
    """Profiles are records as any other."""
    fed = replay([profile(**value), data(1)])

    assert [("subscribers", reason)] == [(dead.topic, dead.reason) for dead in fed.dead]


@pytest.mark.parametrize("name", ["plan_id", "time_zone", "cycle_day", "jurisdiction"])
def test_profile_needs_its_required_fields(name: str) -> None:
    """``plan_id`` may be null but not left out."""
    line = profile()
    del line["value"][name]
    [dead] = replay([line]).dead

    assert ("missing_field", name) == (dead.reason, dead.detail)


def test_detail_names_the_field_and_never_its_content() -> None:
    """A dead letter's headers are shown to many."""
    private = "4929123456781234"
    wrong: list[dict[str, Any]] = [
        {"started_at": private},
        {"record_id": private * 20},
        {"type": private},
        {"subscriber_id": private},
        {"bytes_up": private},
        {"roaming": private},
        {"charge": {"amount": "x" + private, "currency": private}},
        {"visited": private},
        {"partial": {"sequence": private}},
    ]

    assert [] == [dead.detail for own in wrong for dead in take(with_(**own)) if private in dead.detail]


def test_events_are_checked_likewise() -> None:
    """The same list for ``usage-events``."""
    cases: list[tuple[str, dict[str, Any]]] = [
        ("unknown_type", {"type": "port.guessed"}),
        ("bad_field", {"channel": "pigeon"}),
        ("no_time_zone", {"at": "2026-11-10T12:00:00"}),
        ("in_future", {"at": after(NOON, minutes=6)}),
        ("negative_quantity", {"type": "addon.purchased", "addon_id": "a", "bucket": "data", "amount": -1}),
    ]
    said = [take(orjson.dumps({**QUERY, **own}), topic="usage-events")[0].reason for _, own in cases]

    assert [reason for reason, _ in cases] == said


def test_rejected_record_changes_nothing() -> None:
    """It leaves no usage, no identity, no window; only the clock has moved."""
    before = replay([data(1)])
    after_it = replay([data(1), *(event("sim.swapped", at="nonsense") for _ in range(2)), data(bytes_up=-1)])

    assert before.state() == after_it.state()
