"""``usagewatch replay --dedupe-horizon-days``."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from streams.cli import usagewatch
from tests.build import data, lines_of

TWICE = [data(50, record_id="r", arrives=f"2026-11-{day}T12:00:00Z") for day in (10, 15)]


@pytest.mark.parametrize(("options", "duplicates"), [([], 0), (["4"], 0), (["5"], 1), (["45"], 1)])
def test_a_record_is_known_again_for_as_long_as_is_asked(
    tmp_path: Path, options: list[str], duplicates: int
) -> None:
    """Five days lie between the two; three is the usual."""
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(lines_of(TWICE)))
    asked = [word for days in options for word in ("--dedupe-horizon-days", days)]

    done = CliRunner().invoke(usagewatch, ["replay", str(file), "--summary", "json", *asked])

    cdr = orjson.loads(done.stderr)["ledger"]["cdr"]
    assert (2, duplicates) == (cdr["read"], cdr.get("duplicate", 0))


@pytest.mark.parametrize("days", ["0", "46", "1.5"])
def test_the_horizon_is_that_of_a_worker(days: str) -> None:
    """From 1 to 45 whole days."""
    assert 2 == CliRunner().invoke(usagewatch, ["replay", "-", "--dedupe-horizon-days", days]).exit_code
