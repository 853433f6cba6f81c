"""``usagewatch check``."""

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
