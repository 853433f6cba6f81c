"""Dead letters: each reason of the closed list, which of several comes first, and the original bytes."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from schemas.envelope import Raw
from schemas.errors import Reason
from tests.build import NOON, SUBSCRIBER, Fed, after, data, event, ms, plan, profile, replay
from tests.fed import Dead, dead_of

NOON_MS = ms(NOON)
GOOD: dict[str, Any] = {
    "record_id": "a",
    "subscriber_id": SUBSCRIBER,
    "type": "data",
    "started_at": NOON,
    "bytes_up": 1,
}
QUERY: dict[str, Any] = {
    "event_id": "e",
    "subscriber_id": SUBSCRIBER,
    "type": "port.queried",
    "at": NOON,
    "channel": "sms",
}
KEY = SUBSCRIBER.encode()


def with_(**own: object) -> bytes:
    """Return a good record with some fields set."""
    return orjson.dumps({**GOOD, **own})


def without(*names: str, **own: object) -> bytes:
    """Return a good record without some fields."""
    return orjson.dumps({name: value for name, value in {**GOOD, **own}.items() if name not in names})


def take(value: bytes | None, *, key: bytes | None = KEY, topic: str = "cdr") -> list[Dead]:
    """Return the dead letters of one record that is taken as from Kafka, after the first good one."""
    fed = replay([data(1, record_id="first")])
    raw = Raw(topic, 3, 77, NOON_MS, key, value)
    return [dead_of(emitted) for emitted in fed.pipeline.take(raw) if emitted.topic == "dead-letters"]


NESTED = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"," + with_()[1:]
LARGE = b'{"x":"' + b"y" * 900_000 + b'"' + b"," + with_()[1:]
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
    ("key_mismatch", with_(subscriber_id="somebody"), "subscriber_id"),
    ("unknown_type", with_(type="fax"), "type"),
    ("unknown_type", with_(type=None), "type"),
    ("unknown_type", with_(type=7), "type"),
    ("unknown_type", with_(type="Data"), "type"),
    ("unknown_type", with_(corrects={"record_id": "first", "was": {"bytes_up": 1}}), "corrects"),
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
    ("bad_field", with_(charge={"amount": 1.5, "currency": "CNY"}), "charge.amount"),
    ("bad_field", with_(charge={"amount": "1.5", "currency": "yuan"}), "charge.currency"),
    ("bad_field", without("bytes_up", type="voice", duration_s=1, direction="up"), "direction"),
    ("negative_quantity", with_(bytes_up=-1), "bytes_up"),
    ("negative_quantity", with_(bytes_down=-1), "bytes_down"),
    ("negative_quantity", without("bytes_up", type="voice", duration_s=-1), "duration_s"),
    ("negative_quantity", without("bytes_up", type="sms", count=-1), "count"),
    ("no_quantity", without("bytes_up"), "bytes_up"),
    ("no_quantity", without("bytes_up", bytesUp=7), "bytes_up"),
    ("no_quantity", without("bytes_up", duration_s=7), "bytes_up"),
    ("no_quantity", without("bytes_up", type="voice"), "duration_s"),
    ("in_future", with_(started_at=after(NOON, minutes=5, ms=1)), "started_at"),
    ("too_late", with_(started_at="2026-09-30T23:59:59Z"), "started_at"),
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
    """``unknown_subscriber`` and ``unknown_plan`` when the waiting is over, ``defect`` when our code fails."""
    late = after(NOON, days=3)
    nobody = replay([plan(), data(1), data(1, subscriber_id="z", at=late)], is_bare=True)
    no_plan = replay([profile(), data(1), data(1, subscriber_id="z", at=late)], is_bare=True)
    defect = replay([]).pipeline.defect(Raw("cdr", 0, 1, NOON_MS, KEY, with_()))

    assert ["unknown_subscriber"] == nobody.reasons
    assert ["unknown_plan"] == no_plan.reasons
    assert ["defect"] == [dead_of(emitted).reason for emitted in defect]


#  Two or more hold: the first of the list is said.
PAIRS: list[tuple[str, Callable[[], list[Dead]]]] = [
    ("not_json", lambda: take(b"[1")),
    ("missing_field", lambda: take(without("type", subscriber_id="other"))),
    ("missing_field", lambda: take(b'{"type":"fax"}')),
    ("missing_field", lambda: take(without("subscriber_id", type="fax"))),
    ("key_mismatch", lambda: take(with_(), key=None)),
    ("key_mismatch", lambda: take(with_(), key=b"")),
    ("key_mismatch", lambda: take(with_(), key=b"\xff")),
    ("key_mismatch", lambda: take(with_(subscriber_id="other", type="fax"))),
    ("key_mismatch", lambda: take(without("record_id", subscriber_id="other"))),
    ("unknown_type", lambda: take(without("record_id", type="fax"))),
    ("unknown_type", lambda: take(with_(type="fax", started_at="2026-11-10T12:00:00"))),
    ("missing_field", lambda: take(without("record_id", started_at="2026-11-10T12:00:00"))),
    ("missing_field", lambda: take(without("record_id", bytes_up="1"))),
    ("no_time_zone", lambda: take(with_(started_at="2026-11-10T12:00:00", bytes_up="1"))),
    ("no_time_zone", lambda: take(with_(started_at="2026-11-10T12:00:00", bytes_up=-1))),
    ("no_time_zone", lambda: take(with_(started_at="nonsense", ended_at="2026-11-10T12:00:00"))),
    ("bad_field", lambda: take(with_(bytes_up=-1, roaming="yes"))),
    ("bad_field", lambda: take(with_(bytes_up=-1, bytes_down="2"))),
    ("bad_field", lambda: take(without("bytes_up", roaming="yes"))),
    ("negative_quantity", lambda: take(with_(bytes_up=-1, started_at=after(NOON, days=9)))),
    ("no_quantity", lambda: take(without("bytes_up", started_at=after(NOON, days=9)))),
    ("in_future", lambda: take(with_(record_id="first", started_at=after(NOON, days=9)))),
    ("too_late", lambda: take(with_(record_id="first", started_at="2026-01-01T00:00:00Z"))),
    ("unknown_type", lambda: take(with_(corrects={"record_id": "x", "was": {}}, bytes_up=-1))),
]


@pytest.mark.parametrize(("reason", "taken"), PAIRS)
def test_first_of_several_reasons_is_said(reason: str, taken: Callable[[], list[Dead]]) -> None:
    """Where several hold, the first in the order of the list."""
    assert [reason] == [dead.reason for dead in taken()]


def test_conflict_comes_before_unknown_subscriber() -> None:
    """Of a subscriber whose room for held records is full, a conflicting record is a conflict."""
    records = [data(bytes_up=number, record_id=f"r{number}") for number in range(100)]

    assert ["conflict"] == replay([plan(), *records, data(bytes_up=7, record_id="r0")], is_bare=True).reasons


def test_a_large_valid_value_is_valid() -> None:
    """900 kB of unknown field are ignored."""
    assert [] == take(LARGE)


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5000, b"1" + b"0" * 400 + b".5"], ids=len)
@pytest.mark.parametrize("pad", [0, 5000])
def test_unknown_field_may_hold_any_number(number: bytes, pad: int) -> None:
    """Unknown fields are ignored, whatever number is in them and however large the record is."""
    assert [] == take(b'{"x":' + number + b',"pad":"' + b"p" * pad + b'",' + with_()[1:])


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
        ({"consents": [{"purpose": "commercial", "granted": True, "at": "2026-11-10T12:00:00"}]}, "no_time_zone"),
        ({"subscriber_id": "with space"}, "bad_field"),
        ({"subscriber_id": "x" * 65}, "bad_field"),
        ({"subscriber_id": ""}, "bad_field"),
        ({"subscriber_id": "x\n"}, "bad_field"),
    ],
    ids=str,
)
def test_bad_profile_is_a_dead_letter(value: dict[str, object], reason: str) -> None:
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
    secret = "4929123456781234"
    wrong = [
        {"started_at": secret},
        {"record_id": secret * 20},
        {"type": secret},
        {"subscriber_id": secret},
        {"bytes_up": secret},
        {"roaming": secret},
        {"charge": {"amount": "x" + secret, "currency": secret}},
        {"visited": secret},
        {"partial": {"sequence": secret}},
    ]

    assert [] == [dead.detail for own in wrong for dead in take(with_(**own)) if secret in dead.detail]


def test_events_are_checked_likewise() -> None:
    """The same list for ``usage-events``."""
    cases = [
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


def ledger_adds_up(fed: Fed) -> bool:
    """Return whether WIRE.md's two equations hold for each topic."""
    topics = {topic for topic, _ in fed.ledger}
    return all(
        fed.count("read", topic)
        == sum(fed.count(word, topic) for word in ("applied", "duplicate", "held", "dead"))
        and fed.count("held", topic)
        == sum(fed.count(word, topic) for word in ("released", "expired", "held now"))
        for topic in topics
    )


def test_ledger_adds_up_over_all_of_it() -> None:
    """read = applied + duplicate + held + dead; held = released + expired + held now."""
    late = after(NOON, days=4)
    fed = replay(
        [
            plan(),
            data(1, record_id="a"),
            data(1, record_id="a"),
            data(2, record_id="a"),
            data(1, subscriber_id="gone"),
            profile(arrives=NOON),
            data(1, record_id="a"),
            data(1, record_id="b"),
            event("sim.swapped", event_id="a"),
            data(1, subscriber_id="waits", at=late),
        ],
        is_bare=True,
    )

    assert ledger_adds_up(fed)
    assert {"read": 7, "applied": 1, "duplicate": 2, "held": 3, "dead": 1, "released": 1, "expired": 1, "held now": 1} == {
        word: count for (topic, word), count in fed.ledger.items() if topic == "cdr"
    }  # fmt: skip
