"""``usagewatch schemas``."""

from pathlib import Path

from click.testing import CliRunner

from schemas.errors import ConfigError
from schemas.generate import VALUES, json_schema
from streams.cli.schemas import schemas


def test_one_topic_is_printed() -> None:
    """As the file in the repository has it."""
    assert json_schema("cdr").decode() == CliRunner().invoke(schemas, ["cdr"]).output


def test_every_topic_is_written_into_a_folder(tmp_path: Path) -> None:
    """One file a topic."""
    CliRunner().invoke(schemas, ["--out", str(tmp_path / "json")])

    assert sorted(f"{topic}.json" for topic in VALUES) == sorted(
        path.name for path in (tmp_path / "json").iterdir()
    )


def test_unknown_topic_is_refused_with_those_that_there_are() -> None:
    """The error says what to do."""
    done = CliRunner().invoke(schemas, ["cdrs"])

    assert isinstance(done.exception, ConfigError)
    assert "cdrs" in str(done.exception)
    assert "cdr," in str(done.exception)
