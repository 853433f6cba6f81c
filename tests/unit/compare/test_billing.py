"""What billing says, from JSON lines or CSV: rows, and lines that are none."""

from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from streams.compare import billing
from streams.compare.billing import BillingError, Key, read_billing

HEADING = b"subscriber_id,bucket,period,used"
ROW = {"subscriber_id": "s1", "bucket": "data", "period": "2026-11-01", "used": 5}
KEY: Key = ("s1", "data", "2026-11-01")


def json_lines(*rows: object) -> list[bytes]:
    """Return a file of JSON lines."""
    return [orjson.dumps(row) + b"\n" for row in rows]


def balance(**own: object) -> dict[str, Any]:
    """Return the value of a ``balance.reported`` event."""
    return {
        **ROW,
        "event_id": "e",
        "type": "balance.reported",
        "at": "2026-11-10T00:00:00Z",
        "as_of": "2026-11-10T00:00:00Z",
        **own,
    }


def totals(lines: Iterable[bytes]) -> dict[Key, int]:
    """Return the rows of a file that has no bad line."""
    found = read_billing(lines)
    assert [] == found.faults
    return found.totals


@pytest.mark.parametrize(
    "lines",
    [
        json_lines(ROW),
        json_lines(ROW | {"used": "5", "name": "x", "type": "prepaid"}),
        json_lines(balance()),
        json_lines({"topic": "usage-events", "timestamp": 1, "key": "s1", "value": balance()}),
        [b"\n", *json_lines(ROW), b" \n"],
        [b"\xef\xbb\xbf" + json_lines(ROW)[0]],
        [HEADING, b"s1,data,2026-11-01,5"],
        [b"\xef\xbb\xbf" + HEADING + b"\r\n", b"s1,data,2026-11-01,5\r\n", b"\r\n"],
        [b"Used;NAME;subscriber_ID;period;bucket", b'5;"a;b";s1;2026-11-01;data'],
        [HEADING.replace(b",", b"\t"), b"s1\tdata\t2026-11-01\t5"],
        [HEADING + b",name\n", b's1, data, 2026-11-01, 5, "two\n', b'lines"\n'],
        [HEADING + b",name\n", "s1,data,2026-11-01,5,王\n".encode("gbk")],
    ],
)
def test_all_the_ways_in_which_billing_may_write_one_row(lines: list[bytes]) -> None:
    """Told apart by content; columns in any order, and more of them than are needed."""
    assert {KEY: 5} == totals(lines)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"used": None}, "used is missing"),
        ({"used": ""}, "used is missing"),
        ({"used": "12.5"}, "used is no whole number"),
        ({"used": 12.0}, "used is no whole number"),
        ({"used": True}, "used is no whole number"),
        ({"used": [1]}, "used is no whole number"),
        ({"used": -1}, "used is negative"),
        ({"used": 2**63}, "used is too large"),
        ({"used": "1,000"}, "used is no whole number"),
        ({"period": "2026-11"}, "period is no date YYYY-MM-DD"),
        ({"period": "2026-11-31"}, "period is no date YYYY-MM-DD"),
        ({"period": "20261101"}, "period is no date YYYY-MM-DD"),
        ({"period": 20261101}, "period is no date YYYY-MM-DD"),
        ({"bucket": "Data"}, "bucket is none of data, "),
        ({"bucket": None}, "bucket is missing"),
        ({"subscriber_id": 8613800000001}, "subscriber_id is no text of "),
        ({"subscriber_id": "secret 1"}, "subscriber_id is no text of "),
        ({"subscriber_id": "x" * 65}, "subscriber_id is no text of "),
    ],
)
def test_a_bad_row_is_named_by_line_and_field(change: dict[str, object], fault: str) -> None:
    """Never by what it holds; the others are taken."""
    found = read_billing(json_lines(ROW, ROW | change, ROW | {"bucket": "sms"}))

    assert 2 == len(found.totals)
    assert [True] == [said.startswith(f"line 2: {fault}") for said in found.faults]
    assert "secret" not in found.faults[0]


def test_lines_that_are_no_rows_are_named() -> None:
    """No JSON, no object, too many or too few cells, in either form of file."""
    mixed = [*json_lines(ROW), b"{", b"[1]\n", b"s1,data\n"]
    cells = [b"\n", HEADING, b"s1,data,2026-11-01,5", b"s1,data", b"s1,data,2026-11-01,5,6"]

    assert ["line 2: not JSON", "line 3: not an object", "line 4: not JSON"] == read_billing(mixed).faults
    assert ["line 4: 2 cells, the heading has 4", "line 5: 5 cells, the heading has 4"] == read_billing(
        cells
    ).faults


def test_a_cell_that_never_ends_is_not_csv() -> None:
    """What comes after the part that was swallowed is read on."""
    swallowed = [b's1,data,2026-11-01,"5\n', *[b"s2,data,2026-11-01,5\n"] * 10_000, b"s3,sms,2026-11-01,1\n"]

    found = read_billing([HEADING, *swallowed])

    assert 1 <= found.fault_count
    assert found.faults[0].endswith("not CSV")
    assert ("s3", "sms", "2026-11-01") in found.totals


def test_only_the_first_twenty_bad_lines_are_named() -> None:
    """The rest is counted."""
    found = read_billing([*json_lines(ROW), *[b"nonsense\n"] * 100])

    assert (20, 100, "line 21: not JSON") == (len(found.faults), found.fault_count, found.faults[-1])


@pytest.mark.parametrize("lines", [[], [b"\n"], [b"name,bucket\n"], [b"[\n"], [HEADING + b",used\n"]])
def test_what_is_no_file_of_billings_is_refused(lines: list[bytes]) -> None:
    """Better than an empty comparison."""
    with pytest.raises(BillingError):
        read_billing(lines)


def test_more_rows_than_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are in memory."""
    monkeypatch.setattr(billing, "ROWS_MAX", 2)

    with pytest.raises(BillingError, match="more than 2 rows"):
        read_billing(json_lines(*(ROW | {"subscriber_id": name} for name in "abc")))


def test_the_latest_balance_counts_in_whatever_order_they_come() -> None:
    """Billing reports a total again and again; ``as_of`` says which is the newest."""
    days = [balance(used=day, as_of=f"2026-11-{day:02}T08:00:00+08:00") for day in (10, 12, 11)]

    assert {KEY: 12} == totals(json_lines(*days))
    assert {KEY: 12} == totals(json_lines(*reversed(days)))


def test_two_totals_for_one_row_are_a_fault() -> None:
    """Without ``as_of`` nobody knows which is right: the first stands. The same total again is none."""
    found = read_billing(json_lines(ROW, ROW, ROW | {"used": 6}))

    assert {KEY: 5} == found.totals
    assert ["line 3: subscriber, bucket and period were there before with another total"] == found.faults


def test_records_of_other_kinds_are_passed_over_and_counted() -> None:
    """A whole topic may be given; what is no balance is no fault."""
    others = [
        {"topic": "usage-events", "value": {**balance(), "type": "sim.swapped"}},
        {"topic": "cdr", "value": {"type": "data"}},
        {"topic": "subscribers", "value": None},
        {"event_id": "e", "type": "sim.swapped"},
    ]

    found = read_billing(json_lines(balance(), *others))

    assert ({KEY: 5}, [], 4) == (found.totals, found.faults, found.other_count)


def test_only_the_periods_asked_for_are_kept() -> None:
    """Bad lines are bad all the same."""
    found = read_billing(
        json_lines(ROW, ROW | {"period": "2026-10-01"}, ROW | {"period": "x"}),
        periods=frozenset({"2026-10-01"}),
    )

    assert ([("s1", "data", "2026-10-01")], 1) == (list(found.totals), found.fault_count)
