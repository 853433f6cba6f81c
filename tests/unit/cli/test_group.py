"""The command line as a whole: its list, its errors, what it imports."""

import subprocess
import sys

import pytest

from streams import cli
from streams.version import VERSION


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Return what a process of its own did."""
    return subprocess.run(
        [sys.executable, "-c", "from streams.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_help_lists_every_command_with_one_line() -> None:
    """A newcomer finds all commands in one place."""
    shown = run("--help").stdout

    assert [] == [
        name for name, command in cli.COMMANDS.items() if f"{name}  " not in shown or not command.help
    ]


def test_help_imports_neither_faust_nor_aiokafka() -> None:
    """The group knows its commands without importing them."""
    code = "import sys, streams.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert set() == {"faust", "aiokafka"} & set(loaded.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("topics", "create"),
        ("topics", "check"),
        ("feed",),
        ("tail",),
        ("compare",),
        ("resume",),
        ("dead-letters",),
        ("redrive",),
    ],
)
def test_every_command_that_reaches_a_broker_shows_an_example(arguments: tuple[str, ...]) -> None:
    """A help text without an example leaves the reader guessing."""
    done = run(*arguments, "--help")

    assert (0, True) == (done.returncode, f"usagewatch {' '.join(arguments)} " in done.stdout)


def test_version_is_one_line() -> None:
    """The release can be asked for."""
    done = run("--version")

    assert (0, f"usagewatch {VERSION}\n") == (done.returncode, done.stdout)


def test_unknown_command_is_wrong_usage() -> None:
    """Wrong usage exits with 2 and names what was wrong."""
    done = run("reply")

    assert (2, True) == (done.returncode, "No such command 'reply'" in done.stderr)


def test_command_of_a_missing_module_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One part that was not installed breaks only its own command."""
    monkeypatch.setitem(cli.COMMANDS, "gone", cli.Command("streams.cli.gone", "gone", "Is not there."))

    with pytest.raises(SystemExit) as ended:
        cli.main(["gone"])
    with pytest.raises(SystemExit) as helped:
        cli.main(["--help"])

    assert (2, 0) == (ended.value.code, helped.value.code)
    assert "this installation has no command 'gone'" in capsys.readouterr().err


def test_all_wrong_settings_are_said_at_once_without_a_traceback() -> None:
    """Expected errors are plain lines on standard error, exit status 1."""
    wrong = {"USAGEWATCH_WEB_PORT": "http", "USAGEWATCH_APP_ID": "a b"}

    done = run("topics", "check", environment=wrong)

    assert 1 == done.returncode
    assert ["usagewatch: USAGEWATCH_APP_ID", "usagewatch: USAGEWATCH_WEB_PORT"] == sorted(
        line[: line.index(" ", 12)] for line in done.stderr.splitlines()
    )


def test_broker_that_is_away_is_one_line() -> None:
    """Nobody needs a stack to learn that nothing listens."""
    done = run("topics", "check", environment={"USAGEWATCH_BOOTSTRAP_SERVERS": "127.0.0.1:1"})

    assert (
        1,
        "usagewatch: no broker answers at 127.0.0.1:1: start it, or set USAGEWATCH_BOOTSTRAP_SERVERS\n",
    ) == (done.returncode, done.stderr)


def test_file_that_is_not_there_is_one_line() -> None:
    """A wrong file name exits with 1 and names the file, before a broker is looked for."""
    done = run("feed", "/no/such/file", environment={"USAGEWATCH_BOOTSTRAP_SERVERS": "127.0.0.1:1"})

    assert (1, "usagewatch: cannot read /no/such/file: No such file or directory\n") == (
        done.returncode,
        done.stderr,
    )


@pytest.mark.parametrize("retention", ["0", "-1", "1.5", "always", "1000000000000"])
def test_retention_is_days_or_forever(retention: str) -> None:
    """What is neither a number of days nor forever is wrong usage."""
    done = run("topics", "create", "--partitions", "1", f"--retention={retention}")

    assert (2, True) == (done.returncode, "or 'forever'" in done.stderr)
