"""The oracle shares nothing with what it judges: read from its source."""

import ast
import sys
from pathlib import Path

import pytest

SOURCES = sorted(Path(__file__).parent.glob("oracle*.py"))


def imported(path: Path) -> set[str]:
    """Return all modules that a file imports, wherever in it."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=module, level=level):
                found.add("." * level + (module or ""))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_oracle_imports_the_standard_library_and_itself(path: Path) -> None:
    """Nothing of `streams` or `schemas`, nor of what they are built on; zones are read as files."""
    outside = {name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names}

    assert set() == {name for name in outside if not name.startswith("tests.oracle.oracle")}


def test_oracle_is_there() -> None:
    """The test above has something to look at."""
    assert {"oracle.py", "oracle_periods.py", "oracle_signals.py"} <= {path.name for path in SOURCES}
