"""What of a record, and of what follows from it, may stand in a story."""

from typing import Any

import orjson
import pytest

from schemas.envelope import Emitted, Raw
from streams.explain.own import is_named, own_fields, own_output
from tests.build import NOON, SUBSCRIBER, Line, data, event, ms, profile, usage

OTHER = "4915100000099"


def raw_of(line: Line, *, key: str | None = SUBSCRIBER, is_keyed: bool = True) -> Raw:
    """Return a line's record as it is read under a key."""
    value = line["value"]
    content = None if value is None else orjson.dumps(value)
    return Raw(line["topic"], 0, 7, ms(NOON), None if key is None else key.encode(), content, is_keyed)


def shown(line: Line, **own: Any) -> dict[str, Any]:  # noqa: ANN401  (arguments of `raw_of`)
    """Return what is shown of it."""
    return own_fields(raw_of(line, **own), SUBSCRIBER)


def test_own_record_is_shown_in_the_fields_that_it_has() -> None:
    """Defaults are left out, times are those of outputs."""
    assert {
        "type": "data",
        "record_id": "a",
        "subscriber_id": SUBSCRIBER,
        "started_at": "2026-11-10T12:00:00.000Z",
        "bytes_up": 100_000,
    } == shown(data(1, record_id="a"))


def test_fields_that_nobody_knows_are_left_out() -> None:
    """They may hold the number of whoever was called."""
    assert "called" not in shown(data(1, record_id="a", called=OTHER))


@pytest.mark.parametrize("is_keyed", [True, False])
@pytest.mark.parametrize(("key", "inside"), [(SUBSCRIBER, OTHER), (OTHER, SUBSCRIBER), (None, SUBSCRIBER)])
def test_nothing_is_shown_where_key_and_value_disagree(key: str, inside: str, is_keyed: bool) -> None:  # noqa: FBT001
    """Nobody knows whose it is."""
    assert {} == shown(data(1, record_id="a", subscriber_id=inside), key=key, is_keyed=is_keyed)


@pytest.mark.parametrize("value", [None, [SUBSCRIBER], "text", {"type": "data", "record_id": "a"}])
def test_nothing_is_shown_of_what_names_nobody(value: object) -> None:
    """The key alone does not say whose content it is."""
    assert {} == shown({"topic": "cdr", "value": value})


def test_of_a_record_that_is_none_its_identity_is_shown() -> None:
    """The reason names the field; of the rest nobody knows what it is."""
    bad = usage("data", record_id="a", bytes_up=-1, source="pgw", note=OTHER)

    assert {"type": "data", "record_id": "a", "source": "pgw", "started_at": NOON} == shown(bad)


@pytest.mark.parametrize("record_id", ["x" * 129, "\x1b[2J", "a\nb", ["a"], {"a": 1}])
def test_name_that_is_none_is_not_shown(record_id: object) -> None:
    """Nobody has checked it: a terminal would obey it."""
    assert "record_id" not in shown(usage("data", record_id=record_id, bytes_up=-1))


def test_groups_accounts_and_agents_have_no_names() -> None:
    """They may be called by somebody's number."""
    about = {"complaint_id": "c", "topic": "x", "channel": "app", "owner": "Ann"}
    complaint = shown(event("complaint.assigned", event_id="e", **about))
    own = shown(profile(group_id=OTHER, account_id=OTHER))

    assert "Ann" not in complaint.values()
    assert ("the group", "the account") == (own["group_id"], own["account_id"])


def test_what_happened_before_the_subscriber_joined_is_somebody_elses() -> None:
    """The number had another owner then."""
    record = raw_of(data(1, record_id="a"))

    assert {} == own_fields(record, SUBSCRIBER, joined_ms=ms(NOON) + 1)
    assert own_fields(record, SUBSCRIBER, joined_ms=ms(NOON))


def test_other_member_is_masked_with_the_identity_of_the_record() -> None:
    """Where the record lies is said all the same."""
    evidence = [{"topic": "cdr", "partition": 0, "offset": 7, "record_id": "theirs"}]

    assert {
        "line": "another line of the group",
        "evidence": [{**evidence[0], "record_id": None}],
    } == own_output({"line": OTHER, "evidence": evidence}, SUBSCRIBER, is_own=True)


def test_output_of_an_own_record_stays_as_it_is() -> None:
    """Also the group's, where it is the owner's own record that crossed."""
    output = {"line": SUBSCRIBER, "evidence": [{"record_id": "own"}]}

    assert output == own_output(output, SUBSCRIBER, is_own=True)


def test_word_of_a_group_without_a_line_has_no_identity_of_anothers_record() -> None:
    """What is resolved names no line."""
    assert {"evidence": [{"record_id": None}]} == own_output(
        {"evidence": [{"record_id": "theirs"}]}, SUBSCRIBER, is_own=False
    )


# -- dead letters


def letter(value: bytes, *, topic: str = "file", key: str | None = None) -> Emitted:
    """Return a dead letter of these bytes."""
    headers = (("topic", topic.encode()),)
    return Emitted("dead-letters", "bad_field", None if key is None else key.encode(), value, headers)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"topic":"cdr","key":"8613800000001","val', True),
        (b'{"value":{"subscriber_id":"8613800000001', True),
        (b"8613800000001;2026-11-01;data;1000", True),
        (b'["8613800000001"]', True),
        # A longer id holds it.
        (b'{"topic":"cdr","key":"86138000000012","val', False),
        (b'{"topic":"cdr","key":"+8613800000001","val', False),
        (b'{"topic":"cdr","key":"8613800000001.b","val', False),
        # Written with an escape it is not found.
        (b'{"topic":"cdr","key":"\\u0038613800000001","val', False),
        (b"", False),
    ],
)
def test_line_that_is_no_object_names_whoever_its_bytes_name_as_a_whole_word(
    value: bytes,
    expected: bool,  # noqa: FBT001
) -> None:
    """A line that breaks off has no fields to look into."""
    assert expected is is_named(letter(value), SUBSCRIBER)


@pytest.mark.parametrize(
    ("value", "topic", "expected"),
    [
        ({"topic": "nowhere", "key": SUBSCRIBER, "value": {}}, "file", True),
        ({"topic": "nowhere", "value": {"subscriber_id": SUBSCRIBER}}, "file", True),
        ({"topic": "nowhere", "value": {"subscriber_id": OTHER, "record_id": SUBSCRIBER}}, "file", False),
        ({"subscriber_id": SUBSCRIBER}, "cdr", True),
        ({"subscriber_id": OTHER, "called": SUBSCRIBER, "key": SUBSCRIBER}, "cdr", False),
        ({"owner_id": SUBSCRIBER}, "groups", True),
        ({"owner_id": OTHER, "members": [OTHER, SUBSCRIBER]}, "groups", True),
        ({"owner_id": OTHER, "members": SUBSCRIBER}, "groups", False),
    ],
)
def test_object_names_whom_the_field_of_its_identity_names(
    value: dict[str, Any],
    topic: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """An id anywhere else in another's record makes it nobody else's."""
    assert expected is is_named(letter(orjson.dumps(value), topic=topic, key=OTHER), SUBSCRIBER)


def test_dead_letter_under_the_subscribers_key_is_named_whatever_it_says() -> None:
    """Bytes that are no JSON, or nothing at all."""
    assert is_named(letter(b"\xff", topic="cdr", key=SUBSCRIBER), SUBSCRIBER)
