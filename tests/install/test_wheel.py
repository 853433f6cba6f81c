"""What a user installs: the wheel, in an environment of its own, far from the checkout."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streams.simulate.lean import uniform

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a new environment into which nothing but the wheel was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, for setuptools leaves a `build` folder behind, whose leavings would be in the next wheel.
    source = folder / "source"
    for name in ("schemas", "streams"):
        shutil.copytree(REPOSITORY / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run([*pip, str(source)], check=True, cwd=folder)
    [wheel] = folder.glob("usagewatch-*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    subprocess.run(
        [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)],
        check=True,
        cwd=folder,
    )
    return environment / "bin"


def test_the_wheel_replays_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Regimes, templates and schemas are package data: an installation needs nothing of the repository."""
    lines = tmp_path / "records.jsonl"
    lines.write_bytes(b"".join(uniform(1, subscribers=20, records=200, crossing_percent=100)))

    done = subprocess.run(
        [installed / "usagewatch", "replay", str(lines), "--summary", "json"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert done.stdout.count(b'"type":"near_limit"') == 40
    assert b'"read":200' in done.stderr


def test_the_wheel_prints_every_schema(installed: Path, tmp_path: Path) -> None:
    """The console script and all its modules are there."""
    done = subprocess.run(
        [installed / "usagewatch", "schemas", "cdr"], cwd=tmp_path, capture_output=True, check=True
    )

    assert b'"urn:usagewatch:cdr:1"' in done.stdout


def test_the_worker_starts_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Without a broker it ends with one clear line, not with a missing module."""
    done = subprocess.run(
        [installed / "usagewatch", "worker"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={"USAGEWATCH_BOOTSTRAP_SERVERS": "127.0.0.1:1", "PATH": "/usr/bin:/bin"},
    )

    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"127.0.0.1:1" in done.stderr
