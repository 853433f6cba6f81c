"""``usagewatch check``."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.errors import ConfigError
from streams.cli.check import check


def test_right_settings_are_said_to_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started; exit status 0."""
    monkeypatch.setenv("USAGEWATCH_WEB_PORT", "7000")

    done = CliRunner().invoke(check)

    assert 0 == done.exit_code
    assert "regimes are right" in done.output


def test_every_mistake_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person corrects them in one go."""
    monkeypatch.setenv("USAGEWATCH_WEB_PORT", "80000")
    monkeypatch.setenv("USAGEWATCH_BOOTSTRAP_SERVERS", "nowhere")

    done = CliRunner().invoke(check)

    assert isinstance(done.exception, ConfigError)
    assert ["USAGEWATCH_BOOTSTRAP_SERVERS", "USAGEWATCH_WEB_PORT"] == [
        mistake.split()[0] for mistake in done.exception.mistakes
    ]


def test_unconfirmed_values_are_warned_of_in_a_line_a_regime() -> None:
    """On standard error; the exit status stays 0, for they decide all the same."""
    done = CliRunner().invoke(check)
    lines = done.stderr.splitlines()

    assert (0, 10) == (done.exit_code, len(lines))
    assert any(
        line.startswith(
            "warning: regime IN: nobody has confirmed near_limit_percents, overage_steps, porting.query"
        )
        for line in lines
    )
    assert "warning" not in done.stdout


def test_strict_makes_unconfirmed_values_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the others."""
    monkeypatch.setenv("USAGEWATCH_WEB_PORT", "80000")

    done = CliRunner().invoke(check, ["--strict"])

    assert isinstance(done.exception, ConfigError)
    assert 11 == len(done.exception.mistakes)
    assert "warning" not in done.stderr


def test_confirmed_value_is_not_warned_of(tmp_path: Path) -> None:
    """Once a person stands for it, that is said no more."""
    (tmp_path / "JM.toml").write_text(
        'version = 2\ncountries = ["JM"]\n[near_limit_percents]\nvalue = [60, 80, 100]\nsource = "law"\n'
        'confirmed_by = "A. Lawyer"\nconfirmed_on = 2026-11-01\n'
    )

    assert "regime JM" in CliRunner().invoke(check).stderr
    assert "regime JM" not in CliRunner().invoke(check, ["--regimes", str(tmp_path)]).stderr


@pytest.mark.parametrize("dated", ["effective_from", "confirmed_on"])
def test_a_date_that_has_not_come_is_warned_of(tmp_path: Path, dated: str) -> None:
    """The value decides from the start on: the file is to be mounted when it is in force."""
    dates = {"effective_from": "2026-01-01", "confirmed_on": "2026-01-01"} | {dated: "2999-01-01"}
    (tmp_path / "JM.toml").write_text(
        'version = 2\ncountries = ["JM"]\n[near_limit_percents]\nvalue = [60, 80, 100]\nsource = "law"\n'
        'confirmed_by = "A. Lawyer"\n' + "".join(f"{name} = {day}\n" for name, day in dates.items())
    )
    said = "regime JM: in force already, with a date that has not come: near_limit_percents"

    usual = CliRunner().invoke(check, ["--regimes", str(tmp_path)])
    strict = CliRunner().invoke(check, ["--regimes", str(tmp_path), "--strict"])

    assert (0, 1) == (usual.exit_code, usual.stderr.count(f"warning: {said}\n"))
    assert isinstance(strict.exception, ConfigError)
    assert said in strict.exception.mistakes


@pytest.mark.parametrize("is_option", [False, True])
def test_mounted_folder_is_checked_whatever_else_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_option: bool
) -> None:
    """Named by the setting or the option; the option goes first."""
    (tmp_path / "EU.toml").write_text("version = 0\ncountries = 1\n")
    monkeypatch.setenv("USAGEWATCH_WEB_PORT", "80000")
    monkeypatch.setenv("USAGEWATCH_REGIMES_DIR", "/no/such/folder" if is_option else str(tmp_path))

    done = CliRunner().invoke(check, ["--regimes", str(tmp_path)] if is_option else [])

    assert isinstance(done.exception, ConfigError)
    assert ["USAGEWATCH_WEB_PORT must", "regime EU: version:", "regime EU: countries:"] == [
        " ".join(mistake.split()[: 2 if place == 0 else 3])
        for place, mistake in enumerate(done.exception.mistakes)
    ]
