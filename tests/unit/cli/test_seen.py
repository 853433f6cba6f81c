"""The list of ``convert --seen`` on disk: one call at a time, whole or not at all."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.adapters.faults import InputFileError
from streams.cli.seen import remembered
from tests.unit.adapters.build_nrtrde import gprs, moc, numbered
from tests.unit.adapters.test_convert_nrtrde import run


def names(seen: Path) -> list[str]:
    """Return the names of the files on the list."""
    return [json.loads(line)["name"] for line in seen.read_bytes().splitlines()]


def test_a_list_that_is_none_stops_everything(tmp_path: Path) -> None:
    """To take it for empty would convert everything again."""
    seen, file = tmp_path / "seen.jsonl", numbered(tmp_path / "a.nrt")
    run("--seen", seen, file)
    seen.write_bytes(seen.read_bytes() + b'{"name":"b.nrt"}\n')
    before = seen.read_bytes()

    result = run("--seen", seen, file)

    assert (1, "") == (result.exit_code, result.stdout)
    assert f"error: {seen}: line 2 is no entry of this list\n" == result.stderr
    assert before == seen.read_bytes()


def test_a_list_in_no_folder_is_one_line(tmp_path: Path) -> None:
    """Before anything is converted."""
    result = run("--seen", tmp_path / "none" / "seen.jsonl", numbered(tmp_path / "a.nrt"))

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.endswith("seen.jsonl: cannot lock: No such file or directory\n")
    assert 1 == len(result.stderr.splitlines())


def test_two_calls_at_once_do_not_share_a_list(tmp_path: Path) -> None:
    """The second waits a while for the first, then says so and converts nothing."""
    seen = tmp_path / "seen.jsonl"
    with (tmp_path / "seen.jsonl.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(InputFileError, match="another run has used it"),
            remembered(str(seen), now_ms=0, wait_s=0.1),
        ):
            pytest.fail("two have it")

    assert "0 duplicates skipped" in run("--seen", seen, numbered(tmp_path / "a.nrt")).stderr


def test_a_reader_that_goes_away_leaves_the_files_to_be_converted(tmp_path: Path) -> None:
    """What was not taken from the pipe is not called converted."""
    seen = tmp_path / "seen.jsonl"
    # Far more than a pipe holds.
    events = [gprs(DataVolumeIncoming=octets) for octets in range(2_000)]
    file = numbered(tmp_path / "a.nrt", *events)
    program = "from streams.cli import main; main()"
    arguments = ["convert", "nrtrde", "--seen", str(seen), str(file)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as converting:
        assert converting.stdout is not None
        converting.stdout.readline()
        converting.stdout.close()
        assert converting.stderr is not None
        said = converting.stderr.read()

    assert not seen.exists()
    assert 0 != converting.returncode
    assert b"Traceback" not in said
    assert 2_000 == len(run("--seen", seen, file).stdout.splitlines())


def test_the_list_is_replaced_whole_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    """A link to a list on a shared disk stays one, and who could read the list still can."""
    real, link = tmp_path / "real.jsonl", tmp_path / "seen.jsonl"
    link.symlink_to(real)
    run("--seen", link, numbered(tmp_path / "a.nrt"))
    real.chmod(0o640)

    run("--seen", link, numbered(tmp_path / "b.nrt", moc(), SequenceNumber=2))

    assert link.is_symlink()
    assert (2, 0o640) == (len(names(real)), real.stat().st_mode & 0o777)
    assert {"real.jsonl", "real.jsonl.lock", "seen.jsonl", "a.nrt", "b.nrt"} == {
        path.name for path in tmp_path.iterdir()
    }


def test_a_name_that_is_no_utf_8_can_be_remembered(tmp_path: Path) -> None:
    """Files come from machines with other alphabets."""
    seen, file = tmp_path / "seen.jsonl", tmp_path / os.fsdecode(b"caf\xe9.nrt")
    numbered(file)

    assert 0 == run("--seen", seen, file).exit_code
    assert ["caf\\xe9.nrt"] == names(seen)
