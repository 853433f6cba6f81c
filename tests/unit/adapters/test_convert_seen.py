"""Whole files that come again: found within one call, and with ``--seen`` from call to call."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from schemas.times import MS_PER_DAY, format_instant
from tests.unit.adapters.build_nrtrde import ber, gprs, moc, numbered
from tests.unit.adapters.test_convert_nrtrde import SAMPLE_BER, SAMPLE_XML, run

NOW_MS = time.time_ns() // 1_000_000


def entries(seen: Path) -> list[dict[str, Any]]:
    """Return what the list holds."""
    return [json.loads(line) for line in seen.read_bytes().splitlines()]


def aged(seen: Path, days: float) -> None:
    """Make every file of the list that much older."""
    made = format_instant(NOW_MS - int(days * MS_PER_DAY))
    seen.write_text("".join(json.dumps(entry | {"converted_at": made}) + "\n" for entry in entries(seen)))


def test_the_same_file_twice_in_one_call_is_converted_once(tmp_path: Path) -> None:
    """Two patterns of a shell may both match it: its lines are written once, and a line says so."""
    file = numbered(tmp_path / "a.nrt")

    result = run(file, file)

    assert (0, 1) == (result.exit_code, len(result.stdout.splitlines()))
    first, last = result.stderr.splitlines()
    assert first.startswith(f"skipped: {file}: same content as a.nrt, converted 20")
    assert "2 files, 1 duplicate skipped" == last


def test_a_file_that_was_converted_the_day_before_is_skipped(tmp_path: Path) -> None:
    """The list remembers it under whatever name it comes again."""
    seen = tmp_path / "seen.jsonl"
    first, again = numbered(tmp_path / "a.nrt"), numbered(tmp_path / "copy of a.nrt")

    converted, skipped = run("--seen", seen, first), run("--seen", seen, again)

    assert [1, 0] == [len(result.stdout.splitlines()) for result in (converted, skipped)]
    assert f"skipped: {again}: same content as a.nrt, converted " in skipped.stderr
    assert skipped.stderr.endswith("1 file, 1 duplicate skipped\n")
    assert 0 == skipped.exit_code


def test_the_list_says_what_a_person_would_ask(tmp_path: Path) -> None:
    """Name, content, sender, recipient, number, when it was made available and when it was first seen."""
    seen = tmp_path / "seen.jsonl"
    run("--seen", seen, numbered(tmp_path / "a.nrt", SequenceNumber="00017"))

    (entry,) = entries(seen)
    assert ("a.nrt", "FOO01", "BAR02", 17) == tuple(
        entry[name] for name in ("name", "sender", "recipient", "sequence")
    )
    assert "2016-01-23T09:02:03.000Z" == entry["available_at"]
    assert 64 == len(entry["sha256"]) == len(entry["events_sha256"])
    assert format_instant(NOW_MS) <= entry["converted_at"]


def test_the_same_file_in_the_other_encoding_is_a_duplicate_too() -> None:
    """Other octets, but the same number and the same events."""
    result = run(SAMPLE_XML, SAMPLE_BER)

    assert (0, 7) == (result.exit_code, len(result.stdout.splitlines()))
    assert f"skipped: {SAMPLE_BER}: number 1 from FOO01 to BAR02 and all events as in nrt_2_1.xml" in (
        result.stderr
    )


def test_one_number_with_other_events_is_a_conflict(tmp_path: Path) -> None:
    """Which of the two is right is for a person: the second is not converted, and the exit status is 1."""
    first = numbered(tmp_path / "a.nrt")
    second, third = numbered(tmp_path / "b.nrt", moc()), numbered(tmp_path / "c.nrt", moc(), SequenceNumber=2)

    result = run(first, second, third)

    assert (1, 2) == (result.exit_code, len(result.stdout.splitlines()))
    said = result.stderr.splitlines()
    assert said[0].startswith(
        f"error: {second}: conflict: number 1 from FOO01 to BAR02 was a.nrt, converted "
    )
    assert said[0].endswith(", with other events; not converted")
    assert "3 files, 0 duplicates skipped, 1 in conflict" == said[1]


@pytest.mark.parametrize("other", [{"Sender": "FOO02"}, {"Recipient": "BAR03"}, {"SequenceNumber": 2}])
def test_another_sender_recipient_or_number_is_another_file(tmp_path: Path, other: dict[str, Any]) -> None:
    """Each pair of networks counts its files by itself."""
    result = run(numbered(tmp_path / "a.nrt"), numbered(tmp_path / "b.nrt", moc(), **other))

    assert (0, 2) == (result.exit_code, len(result.stdout.splitlines()))


def test_a_number_comes_round_again(tmp_path: Path) -> None:
    """After 99999 comes 1: files made available 45 days apart may share a number, as in a history."""
    old = numbered(tmp_path / "old.nrt", FileAvailableTimeStamp="20151201000000")
    near = numbered(tmp_path / "near.nrt", moc(), FileAvailableTimeStamp="20160114235959")
    far = numbered(tmp_path / "far.nrt", moc(), FileAvailableTimeStamp="20160115000000")

    assert (0, 2) == ((result := run(old, far)).exit_code, len(result.stdout.splitlines()))
    assert "conflict" in run(old, near).stderr


def test_an_old_name_for_a_new_file_is_worth_a_warning(tmp_path: Path) -> None:
    """Names repeat for many reasons; the file is converted."""
    first, second = (
        numbered(tmp_path / "1" / "a.nrt"),
        numbered(tmp_path / "2" / "a.nrt", moc(), SequenceNumber=2),
    )

    result = run(first, second)

    assert (0, 2) == (result.exit_code, len(result.stdout.splitlines()))
    assert f"warning: {second}: other content than a.nrt, converted " in result.stderr


def test_again_converts_what_was_converted(tmp_path: Path) -> None:
    """For lines that were lost on their way; the list then has the file once, as newly converted."""
    seen, file = tmp_path / "seen.jsonl", numbered(tmp_path / "a.nrt")
    conflicting = numbered(tmp_path / "b.nrt", moc())
    run("--seen", seen, file)
    aged(seen, 30)

    result = run("--seen", seen, "--again", file, conflicting)

    assert (0, 2) == (result.exit_code, len(result.stdout.splitlines()))
    assert "2 files, 0 duplicates skipped\n" == result.stderr
    assert ["a.nrt", "b.nrt"] == [entry["name"] for entry in entries(seen)]
    assert all(entry["converted_at"] >= format_instant(NOW_MS) for entry in entries(seen))


def test_after_45_days_a_file_is_forgotten(tmp_path: Path) -> None:
    """The list does not grow for ever; what is that late is refused as usage, not as a file."""
    seen, file = tmp_path / "seen.jsonl", numbered(tmp_path / "a.nrt")
    run("--seen", seen, file)

    aged(seen, 44.99)
    before = run("--seen", seen, file)
    aged(seen, 45)
    after = run("--seen", seen, numbered(tmp_path / "b.nrt", moc()))

    assert "1 duplicate skipped" in before.stderr
    assert "0 duplicates skipped" in after.stderr
    assert ["b.nrt"] == [entry["name"] for entry in entries(seen)]


def test_a_file_that_was_not_readable_may_come_again(tmp_path: Path) -> None:
    """Only what was written is remembered."""
    seen, file = tmp_path / "seen.jsonl", tmp_path / "a.nrt"
    file.write_bytes(b"<Nrtrde>")
    broken = run("--seen", seen, file)
    numbered(file)

    whole = run("--seen", seen, file)

    assert (1, 0) == (broken.exit_code, whole.exit_code)
    assert "1 file, 0 duplicates skipped, 1 not readable" == broken.stderr.splitlines()[-1]
    assert 1 == len(whole.stdout.splitlines())


def test_files_without_a_number_are_known_by_their_content_alone(tmp_path: Path) -> None:
    """It is said once, where it matters: with a list."""
    files = [
        numbered(tmp_path / "a.nrt", SequenceNumber=None),
        numbered(tmp_path / "b.nrt", moc(), SequenceNumber="1x"),
    ]

    result = run("--seen", tmp_path / "seen.jsonl", *files)

    assert (0, 2) == (result.exit_code, len(result.stdout.splitlines()))
    assert (
        "note: 2 files without recipient or sequence number: known again by the content alone\n"
        in result.stderr
    )
    assert "1 duplicate skipped" in run("--seen", tmp_path / "seen.jsonl", files[0]).stderr


def test_provisional_marks_every_record() -> None:
    """TAP brings the same usage again, days later: what may be replaced must say so."""
    marked = [json.loads(line)["value"] for line in run("--provisional", SAMPLE_BER).stdout.splitlines()]
    plain = [json.loads(line)["value"] for line in run(SAMPLE_BER).stdout.splitlines()]

    assert [value | {"provisional": True} for value in plain] == marked


def test_number_is_the_same_from_both_encodings(tmp_path: Path) -> None:
    """1 and 00001 are one number."""
    (tmp_path / "b.nrt").write_bytes(ber(gprs(), Recipient="BAR02", SequenceNumber="00001"))

    result = run(numbered(tmp_path / "a.nrt", SequenceNumber=1), tmp_path / "b.nrt")

    assert result.stderr.endswith("2 files, 1 duplicate skipped\n")
