"""Who may import whom, read from the source."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = (
    ("schemas",),
    ("streams.version", "streams.funnel", "streams.lines"),
    ("streams.ledger",),
    ("streams.regimes",),
    ("streams.core", "streams.rules"),
    ("streams.calculator",),
    ("streams.entry", "streams.care_days"),
    ("streams.signals",),
    ("streams.responses",),
    ("streams.observe",),
    ("streams.turn",),
    ("streams.noticing",),
    ("streams.offering",),
    ("streams.telling",),
    ("streams.travelling",),
    ("streams.owing", "streams.accounts", "streams.origins", "streams.risking"),
    ("streams.leaving",),
    ("streams.watching", "streams.promises", "streams.caring"),
    ("streams.outcomes",),
    ("streams.applying",),
    ("streams.groups",),
    ("streams.intake",),
    ("streams.pipeline",),
    ("streams.settings", "streams.metrics"),
    ("streams.replay", "streams.simulate", "streams.adapters", "streams.compare", "streams.kafka"),
    ("streams.explain",),
    ("streams.cli",),
)
"""Each may import what stands above it; those on one line do not import one another."""
HEIGHT = {unit: height for height, units in enumerate(LAYERS) for unit in units}

EDGE = {"streams.settings", "streams.metrics", "streams.kafka", "streams.cli"}
"""Everything else is pure: bytes and lines in, values out."""
DEPLOYMENT = {"streams.settings", "streams.metrics"}
"""Imported by `streams.kafka` and `streams.cli` only."""
IMPURE = {
    *("faust", "mode", "aiokafka", "prometheus_client", "uvloop", "click", "rich"),
    *("asyncio", "http", "logging", "os", "pathlib", "random", "secrets", "signal", "socket", "subprocess"),
    *("sys", "tempfile", "threading", "time", "urllib", "uuid"),
}
MAY = {("streams.simulate", "random")}
"""A seeded `random.Random` and nothing else of that module: see the test below."""
CLOCKS = {"now", "utcnow", "today"}

SOURCES = sorted(
    path.relative_to(ROOT) for folder in ("schemas", "streams") for path in (ROOT / folder).rglob("*.py")
)
EVERY_SOURCE = pytest.mark.parametrize("path", SOURCES, ids=str)


def unit_of(module: str) -> str:
    """Return the room that a module is in: ``streams.core.period`` → ``streams.core``."""
    first, *rest = module.split(".")
    return f"{first}.{rest[0]}" if first == "streams" and rest else first


def home_of(path: Path) -> str:
    """Return the room that a file is in."""
    parts = path.with_suffix("").parts
    return unit_of(".".join(part for part in parts if part != "__init__"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file's source."""
    return tuple(ast.walk(ast.parse((ROOT / path).read_text())))


def imports_of(path: Path) -> set[str]:
    """Return all modules that a file imports, wherever in it; of ``from streams import core`` the latter."""
    found = set()
    for node in nodes(path):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module="streams", names=names):
                found |= {f"streams.{name.name}" for name in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case ast.ImportFrom(level=level) if level:
                pytest.fail(f"{path}: relative import, name the module whole")
    return found


@EVERY_SOURCE
def test_every_import_points_downwards(path: Path) -> None:
    """Facts in a folder, you know what you may touch."""
    home = home_of(path)
    ours = {unit_of(module) for module in imports_of(path) if unit_of(module) in HEIGHT} - {home}

    assert [] == sorted(unit for unit in ours if HEIGHT[unit] >= HEIGHT.get(home, 0))


@EVERY_SOURCE
def test_every_file_has_a_place_among_the_layers(path: Path) -> None:
    """A new room is entered in the table of this test, on purpose."""
    assert home_of(path) in {*HEIGHT, "streams"}


@EVERY_SOURCE
def test_settings_and_metrics_are_imported_at_the_edge_only(path: Path) -> None:
    """What a deployment may set never decides inside the pure core."""
    if home_of(path) in EDGE:
        return

    assert set() == {unit_of(module) for module in imports_of(path)} & DEPLOYMENT


@EVERY_SOURCE
def test_pure_files_import_no_io_clock_or_chance(path: Path) -> None:
    """They never wait, log, count, or look at a clock."""
    home = home_of(path)
    outside = {module.split(".")[0] for module in imports_of(path)} & IMPURE

    assert set() == {name for name in outside if home not in EDGE and (home, name) not in MAY}


@EVERY_SOURCE
def test_pure_files_ask_for_no_time_and_open_no_file(path: Path) -> None:
    """``datetime.now()``, ``open()``, ``print()`` and ``input()`` need no import that would show."""
    if home_of(path) in EDGE:
        return

    called = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    clocks = {func.attr for func in called if isinstance(func, ast.Attribute)} & CLOCKS
    builtin = {func.id for func in called if isinstance(func, ast.Name)} & {"open", "print", "input"}

    assert (set(), set()) == (clocks, builtin)


@EVERY_SOURCE
def test_chance_is_seeded(path: Path) -> None:
    """The simulation draws from a `random.Random` that it was given a seed for, never from the shared one."""
    used = set()
    for node in nodes(path):
        match node:
            case ast.Import(names=names) if "random" in {name.name for name in names}:
                pytest.fail("import Random alone, then nobody can take the shared one")
            case ast.ImportFrom(module="random", names=names):
                used |= {name.name for name in names}

    assert used <= {"Random"}
