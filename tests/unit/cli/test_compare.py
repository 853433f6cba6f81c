"""``usagewatch compare`` over files: what is read, what is written, how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import usagewatch
from tests.build import Line, data, lines_of, sms

BILLED = (
    "subscriber_id,bucket,period,used\n8613800000001,data,2026-11-01,{data}\n8613800000001,sms,2026-11-01,3\n"
)


@pytest.fixture(name="records")
def records_file(tmp_path: Path) -> Path:
    """Return a file of half the usual allowance and three messages."""
    return written(tmp_path / "records.jsonl", [data(20), data(30), sms(3)])


def written(path: Path, records: list[Line]) -> Path:
    """Return a replay file."""
    path.write_bytes(b"\n".join(lines_of(records)) + b"\n")
    return path


def billed(folder: Path, text: str = BILLED, *, used: int = 5_000_000) -> Path:
    """Return a file of billing's."""
    path = folder / "billing"
    path.write_text(text.format(data=used))
    return path


def run(*arguments: str | Path, given: str | None = None) -> Result:
    """Return what the command did."""
    return CliRunner().invoke(usagewatch, ["compare", *map(str, arguments)], input=given)


def test_equal_totals_are_one_line_and_status_0(tmp_path: Path, records: Path) -> None:
    """Nothing to list: no table, only how many were compared."""
    result = run(billed(tmp_path), records)

    assert (
        "2 compared: 2 equal, 0 differing, 0 only ours, 0 only billing's; ours less billing's: data 0, sms 0"
        == result.stdout.rstrip("\n")
    )
    assert (0, "ours: 5 lines replayed, 0 rejected\n") == (result.exit_code, result.stderr)


def test_differences_are_a_table_the_largest_first_and_status_1(tmp_path: Path, records: Path) -> None:
    """Each with both totals, how far they are apart, and how much that is of billing's."""
    text = BILLED.replace("sms,2026-11-01,3", "sms,2026-11-01,4") + "other,voice,2026-11-01,61\n"

    result = run(billed(tmp_path, text, used=4_000_000), records)

    assert 1 == result.exit_code
    assert [
        "subscriber     bucket  period           ours    billing  difference    percent",
        "8613800000001  data    2026-11-01  5,000,000  4,000,000  +1,000,000   +25.00 %",
        "other          voice   2026-11-01          -         61         -61  -100.00 %",
        "8613800000001  sms     2026-11-01          3          4          -1   -25.00 %",
    ] == result.stdout.splitlines()[:-1]
    assert result.stdout.endswith(
        "3 compared: 0 equal, 2 differing, 0 only ours, 1 only billing's; "
        "ours less billing's: data +1,000,000, sms -1, voice -61\n"
    )


def test_json_lines_are_all_of_standard_output(tmp_path: Path, records: Path) -> None:
    """To be piped on; the closing line goes to the other stream."""
    only = (
        "subscriber_id,bucket,period,used\nother,data,2026-11-01,0\n8613800000001,data,2026-11-01,6000000\n"
    )

    result = run(billed(tmp_path, only), records, "--json")

    common = {"subscriber_id": "8613800000001", "period": "2026-11-01"}
    assert [
        common
        | {
            "bucket": "data",
            "ours": 5_000_000,
            "billing": 6_000_000,
            "difference": -1_000_000,
            "percent": -16.67,
        },
        common | {"bucket": "sms", "ours": 3, "billing": None, "difference": 3, "percent": None},
    ] == [json.loads(line) for line in result.stdout.splitlines()]
    assert result.stderr.splitlines()[-1].startswith("3 compared: 1 equal, 1 differing, 1 only ours, 0 only")
    assert 1 == result.exit_code


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--tolerance", "99"], 1),
        (["--tolerance", "100"], 0),
        (["--tolerance-percent", "0.0019"], 1),
        (["--tolerance-percent", "0.002"], 0),
    ],
)
def test_tolerance_is_in_units_or_percent(
    tmp_path: Path, records: Path, options: list[str], status: int
) -> None:
    """100 octets of five million are 0.002 percent."""
    assert status == run(billed(tmp_path, used=5_000_100), records, *options).exit_code


def test_bad_lines_are_listed_and_make_status_1(tmp_path: Path, records: Path) -> None:
    """At most twenty, then how many more; the others are compared."""
    file = billed(tmp_path, BILLED + "secret,data\n" * 22)

    result = run(file, records)

    said = result.stderr.splitlines()
    assert (1, 22) == (result.exit_code, len(said))
    assert f"error: {file}: line 4: 2 cells, the heading has 4" == said[0]
    assert f"error: {file}: and 2 more of such lines" == said[20]
    assert "secret" not in result.output
    assert result.stdout.startswith("2 compared: 2 equal")


def test_the_largest_differences_only(tmp_path: Path, records: Path) -> None:
    """What is not listed is said to be there."""
    result = run(billed(tmp_path, "subscriber_id,bucket,period,used\n"), records, "--most", "1")

    assert 1 == result.exit_code
    assert ["8613800000001", "and"] == [line.split()[0] for line in result.stdout.splitlines()[1:3]]
    assert "and 1 more, smaller" in result.stdout


def test_periods_that_billing_does_not_name_are_pointed_out(tmp_path: Path) -> None:
    """A month's file against two months of records: the way out is named."""
    late = data(10, at="2026-10-31T23:00:00Z", arrives="2026-11-01T01:00:00Z")
    records = written(tmp_path / "records.jsonl", [late, data(50), sms(3)])

    whole, month = run(billed(tmp_path), records), run(billed(tmp_path), records, "--period", "2026-11-01")

    assert (1, 0) == (whole.exit_code, month.exit_code)
    assert "BILLING names nothing of their periods: 1; --period " in whole.stdout
    assert "names nothing" not in month.stdout


def test_billing_may_come_from_standard_input(tmp_path: Path, records: Path) -> None:
    """As balances out of a topic; what else is in it is passed over and said."""
    value = {"event_id": "e", "subscriber_id": "8613800000001", "type": "balance.reported", "used": 5_000_000}
    value |= {"bucket": "data", "period": "2026-11-01", "at": 1, "as_of": 1}
    other = {"topic": "usage-events", "value": value | {"type": "sim.swapped"}}
    lines = [json.dumps({"topic": "usage-events", "value": value}), json.dumps(other)]

    result = run("-", records, given="\n".join(lines))

    assert "note: -: 1 records of other kinds passed over\n" in result.stderr
    assert "2 compared: 1 equal, 0 differing, 1 only ours" in result.stdout
    assert not list(tmp_path.glob("billing"))


def test_records_that_were_rejected_are_counted(tmp_path: Path) -> None:
    """They may be why the totals differ."""
    records = written(tmp_path / "records.jsonl", [data(50), sms(3), data(bytes_up=-1)])

    assert "ours: 5 lines replayed, 1 rejected" in run(billed(tmp_path), records).stderr


def test_a_longer_horizon_knows_a_record_that_comes_again_late(tmp_path: Path) -> None:
    """The worker's setting, so that a replay counts what the worker counts."""
    twice = [data(50, record_id="r", arrives=f"2026-11-{day}T12:00:00Z") for day in (10, 15)]
    records, billing = written(tmp_path / "records.jsonl", twice), billed(tmp_path)

    usual, longer = run(billing, records), run(billing, records, "--dedupe-horizon-days", "5")

    assert "data +5,000,000" in usual.stdout
    assert "data 0" in longer.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-", "-"],
        ["b", "--dedupe-horizon-days", "3"],
        ["b", "r", "--dedupe-horizon-days", "46"],
        ["b", "r", "--tolerance", "-1"],
        ["b", "r", "--tolerance-percent", "1e3"],
        ["b", "r", "--period", "November"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    """Before anything is read."""
    assert 2 == run(*arguments).exit_code


def test_a_file_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path, records: Path) -> None:
    """Also if it is the last one."""
    result = run(billed(tmp_path, "nonsense"), records, tmp_path / "nowhere")

    assert "nowhere: No such file or directory" in str(result.exception)


def test_what_is_no_file_of_billings_is_one_sentence(tmp_path: Path, records: Path) -> None:
    """It names what was looked for."""
    result = run(billed(tmp_path, "name,used\n"), records)

    assert str(result.exception).endswith(
        "billing: neither JSON lines nor CSV with subscriber_id, bucket, period, used in line 1"
    )
