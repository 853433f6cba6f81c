"""The README shows what a reader will see."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_readme_shows_the_demo_as_it_is() -> None:
    """The block under ``make demo`` is the demo's own output, but for the times that it took."""
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    shown, crowd = (
        readme.partition(f"```text {name}\n")[2].partition("\n```")[0] for name in ("demo", "crowd")
    )

    done = subprocess.run(
        [str(Path(sys.executable).with_name("usagewatch")), "demo"],
        capture_output=True,
        check=True,
        env={"COLUMNS": "100", "PATH": "/usr/bin:/bin"},
    )
    real = [line.rstrip() for line in done.stdout.decode("utf-8").splitlines()]

    lines = shown.splitlines()
    assert len(lines) > 20
    assert lines == real[: len(lines)]
    assert crowd
    assert crowd in "\n".join(real)
