"""``usagewatch regimes``, and ``--regimes`` of a replay."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from streams.cli.regimes import regimes
from streams.cli.replay import replay
from streams.regimes import shipped
from streams.regimes.contact import ContactFile
from streams.regimes.file import VALUES
from tests.build import data, lines_of, profile

BRAZIL = """version = 2
countries = ["BR"]
[near_limit_percents]
value = [70]
source = "law [of] Brazil"
effective_from = 2020-02-03
confirmed_by = "A. Lawyer"
confirmed_on = 2026-11-01
"""


@pytest.fixture(name="folder")
def folder_of_brazil(tmp_path: Path) -> Path:
    """Return a folder with one regime more."""
    folder = tmp_path / "corrected"
    folder.mkdir()
    (folder / "BR.toml").write_text(BRAZIL)
    return folder


def test_every_value_of_every_regime_is_in_the_array() -> None:
    """One JSON array, each value with where it comes from."""
    rows = orjson.loads(CliRunner().invoke(regimes, ["--json"]).stdout)
    values = [(row["regime"], row["what"]) for row in rows if row["what"] != "not_acted_on"]

    assert [(regime.name, name) for regime in shipped().all for name, _ in regime.file.given()] == values
    assert [] == [row for row in rows if not row["source"]]
    of_contact = [f"contact.{name}" for name in ContactFile.__struct_fields__]
    expected = [("default", name) for name in (*VALUES, *of_contact)]
    assert expected == [value for value in values if value[0] == "default"]


def test_row_has_the_value_as_it_is_in_the_file(folder: Path) -> None:
    """For programs: numbers stay numbers, dates are dates, what is absent is null."""
    rows = orjson.loads(CliRunner().invoke(regimes, ["--json", "--regimes", str(folder)]).stdout)

    assert [
        {
            "regime": "BR",
            "version": 2,
            "countries": ["BR"],
            "what": "near_limit_percents",
            "value": [70],
            "effective_from": "2020-02-03",
            "confirmed_by": "A. Lawyer",
            "confirmed_on": "2026-11-01",
            "source": "law [of] Brazil",
        }
    ] == [row for row in rows if row["regime"] == "BR"]
    (steps,) = [row["value"] for row in rows if (row["regime"], row["what"]) == ("EU", "overage_steps")]
    assert ["40.00", "50.00", "100.00"] == steps[0]["money"]


def test_rules_that_nothing_acts_on_are_shown_too() -> None:
    """Silence would look like compliance."""
    rows = orjson.loads(CliRunner().invoke(regimes, ["--json"]).stdout)

    assert {"US", "EU", "UK", "IN", "AU", "ZA", "CA"} == {
        row["regime"] for row in rows if row["what"] == "not_acted_on"
    }


def test_table_is_for_people(folder: Path) -> None:
    """Regime, countries, what, value, since when, confirmed, source; brackets stay as they are."""
    done = CliRunner(env={"COLUMNS": "200"}).invoke(regimes, ["--regimes", str(folder)])
    lines = [line for line in done.stdout.splitlines() if line.startswith("BR")]

    assert 0 == done.exit_code
    assert ["BR BR near_limit_percents 70 2020-02-03 A. Lawyer law [of] Brazil"] == [
        " ".join(line.split()) for line in lines
    ]
    assert [] == [
        word
        for word in ("all others", "every 10,000,000, at most 50", "EUR 40.00 50.00 100.00", "none")
        if word not in " ".join(done.stdout.split())
    ]


def test_table_in_a_narrow_terminal_still_has_words_in_its_columns() -> None:
    """A column of single letters says nothing."""
    lines = CliRunner(env={"COLUMNS": "60"}).invoke(regimes).stdout.splitlines()

    assert {120} == {len(line) for line in lines if line.startswith("AU")}


def test_setting_names_the_folder_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person asks is what the worker has, however wrong other settings are."""
    monkeypatch.setenv("USAGEWATCH_REGIMES_DIR", str(folder))
    monkeypatch.setenv("USAGEWATCH_WEB_PORT", "x")

    assert "Brazil" in CliRunner().invoke(regimes).stdout


def test_help_has_examples() -> None:
    """All commands with ``--help`` and an example each."""
    assert "usagewatch regimes --json" in CliRunner().invoke(regimes, ["--help"]).stdout


def test_replay_takes_the_folder_and_names_the_version(folder: Path, tmp_path: Path) -> None:
    """A correction can be tried on a file before a worker has it."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\n".join(lines_of([profile(jurisdiction="BR"), data(70)])))

    plain = CliRunner().invoke(replay, [str(path)])
    corrected = CliRunner().invoke(replay, [str(path), "--regimes", str(folder)])

    assert "near_limit" not in plain.stdout
    assert '"rule":"near_limit","regime":"BR","regime_version":2' in corrected.stdout
