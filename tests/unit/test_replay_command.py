"""``usagewatch replay``: exit status, streams, files, bytes."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from schemas.topics import OUTPUTS
from tests.build import broken, data, event, lines_of

RECORDS = [data(85), broken(b'{"topic":"cdr",'), event("port.queried", channel="sms"), data(50)]


def run(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Return what a process of its own did."""
    return subprocess.run(
        [sys.executable, "-c", "from streams.cli import main; main()", "replay", *arguments],
        input=given,
        capture_output=True,
        check=False,
    )


@pytest.fixture(name="file")
def file_of_records(tmp_path: Path) -> Path:
    """Return a file with good and broken lines."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\n".join(lines_of(RECORDS)) + b"\n")
    return path


def topics(output: bytes) -> list[str]:
    """Return the topics of output lines."""
    return [orjson.loads(line)["topic"] for line in output.splitlines()]


def test_rejected_records_are_no_failure(file: Path) -> None:
    """Exit status 0 also when records were rejected; outputs on standard output, the rest on the other."""
    done = run(str(file))

    assert 0 == done.returncode
    assert {"signals", "port-signals", "care-events", "suppressed-offers", "dead-letters"} == set(
        topics(done.stdout)
    )
    assert b"Traceback" not in done.stderr


def test_broken_line_is_a_dead_letter_with_its_number(file: Path) -> None:
    """The line number and the whole line, never a traceback."""
    [dead] = [
        line
        for line in map(orjson.loads, run(str(file)).stdout.splitlines())
        if line["topic"] == "dead-letters"
    ]

    assert ("file", "0", "4", "not_json") == tuple(
        dead["headers"][name] for name in ("topic", "partition", "offset", "reason")
    )
    assert "eyJ0b3BpYyI6ImNkciIs" == dead["raw"]


def test_same_bytes_on_every_run(file: Path) -> None:
    """Two processes, two hash seeds."""
    assert run(str(file)).stdout == run(str(file)).stdout


def test_dash_is_standard_input(file: Path) -> None:
    """As a filter in a pipe."""
    assert run(str(file)).stdout == run("-", given=file.read_bytes()).stdout


def test_lines_count_across_files(file: Path, tmp_path: Path) -> None:
    """Two files are one run."""
    second = tmp_path / "second.jsonl"
    second.write_bytes(b"nonsense\n")
    offsets = [
        line["headers"]["offset"]
        for line in map(orjson.loads, run(str(file), str(second)).stdout.splitlines())
        if line["topic"] == "dead-letters"
    ]

    assert ["4", "7"] == offsets


def test_file_without_a_last_line_end(file: Path, tmp_path: Path) -> None:
    """The last line is a line, and the next file begins a new one."""
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(file.read_bytes().rstrip(b"\n"))

    assert run(str(file), str(file)).stdout == run(str(cut), str(cut)).stdout


def test_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    """Exit status 1 and the name of the file, no traceback."""
    done = run(str(tmp_path / "nowhere.jsonl"))

    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert b"nowhere.jsonl" in done.stderr


def test_folder_is_no_file(tmp_path: Path) -> None:
    """Exit status 1 and one clear line."""
    done = run(str(tmp_path))

    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))


def test_second_file_that_is_missing_is_said_too(file: Path, tmp_path: Path) -> None:
    """A run over half of the input is a failure."""
    done = run(str(file), str(tmp_path / "nowhere.jsonl"))

    assert 1 == done.returncode
    assert b"nowhere.jsonl" in done.stderr
    assert b"Traceback" not in done.stderr


def test_out_writes_one_file_a_topic(file: Path, tmp_path: Path) -> None:
    """Together they hold what standard output would."""
    folder = tmp_path / "a" / "b"
    done = run(str(file), "--out", str(folder))

    assert (0, b"") == (done.returncode, done.stdout)
    assert {path.stem for path in folder.iterdir()} <= set(OUTPUTS)
    written = [line for path in folder.iterdir() for line in path.read_bytes().splitlines()]
    assert sorted(run(str(file)).stdout.splitlines()) == sorted(written)
    for path in folder.iterdir():
        assert {path.stem} >= set(topics(path.read_bytes()))


def test_out_that_is_a_file_is_refused(file: Path) -> None:
    """Nothing is overwritten."""
    before = file.read_bytes()
    done = run(str(file), "--out", str(file))

    assert 0 != done.returncode
    assert before == file.read_bytes()
    assert b"Traceback" not in done.stderr


def test_ledger_is_on_standard_error(file: Path) -> None:
    """The ledger of each topic, what was emitted, why records were rejected."""
    shown = run(str(file), "--summary", "json").stderr
    summary = orjson.loads(shown.splitlines()[-1])

    assert {"read": 2, "applied": 2} == summary["ledger"]["cdr"]
    assert {"read": 1, "dead": 1} == summary["ledger"]["file"]
    assert {"not_json": 1} == summary["rejected"]["file"]
    text = run(str(file)).stderr
    assert [] == [
        word for word in (b"cdr", b"usage-events", b"file", b"not_json", b"near_limit") if word not in text
    ]


def test_held_now_is_in_the_ledger(tmp_path: Path) -> None:
    """WIRE: held = released + expired + held now."""
    path = tmp_path / "held.jsonl"
    path.write_bytes(b"\n".join(lines_of([data(1)], is_bare=True)))
    summary = orjson.loads(run(str(path), "--summary", "json").stderr.splitlines()[-1])

    assert {"read": 1, "held": 1, "held now": 1} == summary["ledger"]["cdr"]


def test_reader_that_goes_away_is_no_traceback(file: Path, tmp_path: Path) -> None:
    """``usagewatch replay … | head -1`` ends quietly."""
    path = tmp_path / "long.jsonl"
    path.write_bytes(file.read_bytes() + b"nonsense\n" * 50_000)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from streams.cli import main; main()",
            "replay",
            "--summary",
            "none",
            str(path),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    shown = writer.stderr.read()
    writer.stderr.close()
    writer.wait(60)

    assert b"Traceback" not in shown
    assert b"Exception" not in shown


def test_help_has_an_example() -> None:
    """All commands with ``--help`` and an example each."""
    assert b"usagewatch replay" in run("--help").stdout
