"""Dead letters: which of several reasons comes first, and what is no fault at all."""

from collections.abc import Callable

import pytest

from tests.build import NOON, after, data, plan, replay
from tests.fed import Dead
from tests.raw import LARGE, take, with_, without

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
    ("negative_quantity", lambda: take(with_(corrects={"record_id": "x", "was": {}}, bytes_up=-1))),
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
