"""The house style, as far as a machine can see it (what ruff does not look at)."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("schemas", "streams", "tests", "bench")
FILE_LINES_MOST = 250
FUNCTION_LINES_MOST = 50

LONG_FILES = {
    "schemas/events.py": "one flat table of event types; cut in two, the list of types would have no home",
    "streams/settings.py": "one flat table of settings; cut in two, the table would have no home",
}
"""Files over the limit, each with its reason."""
LONG_FUNCTIONS: dict[str, str] = {}
"""``path::name`` of functions over the limit, each with its reason."""

SOURCES = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
EVERY_SOURCE = pytest.mark.parametrize("path", SOURCES, ids=str)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions(path: Path) -> tuple[Function, ...]:
    """Return every function of a file, methods and inner ones too."""
    tree = ast.parse((ROOT / path).read_text())
    return tuple(node for node in ast.walk(tree) if isinstance(node, Function))


def line_count(function: Function) -> int:
    """Return a function's lines without its docstring, which for a command is its help text."""
    first = function.body[0]
    is_docstring = ast.get_docstring(function) is not None
    docstring_lines = (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring_lines


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] != "tests"], ids=str)
def test_file_is_not_long(path: Path) -> None:
    """Over 250 lines the idea is not found yet. Exceptions have a reason, and an end."""
    length = len((ROOT / path).read_text().splitlines())

    assert (length > FILE_LINES_MOST) == (str(path) in LONG_FILES), f"{path} has {length} lines"


@EVERY_SOURCE
def test_functions_are_not_long(path: Path) -> None:
    """A function over 50 lines: the same."""
    long = {f"{path}::{one.name}" for one in functions(path) if line_count(one) > FUNCTION_LINES_MOST}

    assert {name for name in LONG_FUNCTIONS if name.startswith(f"{path}::")} == long


@EVERY_SOURCE
def test_every_test_says_its_rule(path: Path) -> None:
    """A test's name is a sentence, its docstring the rule."""
    tests = [one for one in functions(path) if one.name.startswith("test_")]

    assert [] == [one.name for one in tests if not ast.get_docstring(one)]


@EVERY_SOURCE
def test_no_file_is_called_after_nothing(path: Path) -> None:
    """A name says what is in it."""
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}


def test_exceptions_are_about_files_that_exist() -> None:
    """A reason without its file is a leftover."""
    named = {*LONG_FILES, *(name.split("::")[0] for name in LONG_FUNCTIONS)}

    assert set() == {name for name in named if not (ROOT / name).exists()}
