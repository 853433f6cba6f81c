"""The regimes that a command works with: those shipped, and over them the files of a mounted folder.

A file of the folder replaces the shipped one of its name, any other is one more: so a person corrects one
file and leaves the rest to the release.
"""

from datetime import date
from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from schemas.errors import ConfigError
from streams.regimes import NOT_REGIMES, SUFFIX, Regimes, read, regime_texts, shipped_texts
from streams.regimes.care import FILE as CARE_FILE
from streams.regimes.care import read_care
from streams.regimes.operators import FILE as OPERATORS_FILE
from streams.regimes.operators import Operators, read_operators
from streams.regimes.windows import read_windows
from streams.rules import Rules

WINDOWS_FILE: Final = "windows.toml"


REGIMES_OPTION: Final = click.option(
    "--regimes",
    "regimes_dir",
    type=click.Path(),
    default="",
    metavar="DIR",
    help="Folder whose TOML files are taken over the shipped regimes of the same name.",
)


class RegimeFiles(Struct, frozen=True):
    """Texts of TOML files, those of the folder over the shipped ones."""

    texts: dict[str, str]
    """By name of the regime."""
    others: dict[str, str]
    """Of the `NOT_REGIMES`, by file name."""
    mounted: tuple[str, ...]
    """Names of the files that the folder gave."""


def read_files(folder: str) -> RegimeFiles:
    """Return the shipped texts with those of the folder over them; an empty name stands for no folder.

    Raises: ConfigError with every file that cannot be read, and if there is nothing to read.
    """
    mounted = _mounted(Path(folder)) if folder else {}
    texts = shipped_texts() | mounted
    return RegimeFiles(
        texts=regime_texts(texts),
        others={name: text for name, text in texts.items() if name in NOT_REGIMES},
        mounted=tuple(mounted),
    )


def regimes_of(folder: str) -> Regimes:
    """Return the regimes that hold with a folder mounted over the shipped ones.

    Raises: ConfigError with every mistake.
    """
    return read(read_files(folder).texts)


def rules_of(folder: str) -> Rules:
    """Return the business rules that hold with a folder mounted over the shipped ones.

    Raises: ConfigError with every mistake of regimes, windows, care and operators.
    """
    files = read_files(folder)
    mistakes: list[str] = []
    try:
        regimes = read(files.texts)
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        windows = read_windows(files.others[WINDOWS_FILE])
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        care = read_care(files.others[CARE_FILE])
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        operators = read_operators(files.others[OPERATORS_FILE])
    except ConfigError as error:
        mistakes += error.mistakes
    if not mistakes:
        mistakes += _rivals_in(regimes, operators)
    if mistakes:
        raise ConfigError(mistakes)
    return Rules(regimes=regimes, windows=windows, care=care, operators=operators)


def _rivals_in(regimes: Regimes, operators: Operators) -> list[str]:
    """Return which texts of the regimes name an operator: subscribers read them."""
    steps = {regime.name: regime.porting.next_step for regime in regimes.all}
    return [
        f"regime {name}: porting.next_step names an operator; the own name goes out of {OPERATORS_FILE}"
        for name, step in steps.items()
        if operators.are_named_in(step.en) or operators.are_named_in(step.zh)
    ]


def unconfirmed(regimes: Regimes) -> dict[str, str]:
    """Return, for each regime whose file gives some, the values that nobody has confirmed, in one text."""
    return {regime.name: ", ".join(names) for regime in regimes.all if (names := regime.file.unconfirmed())}


def _mounted(folder: Path) -> dict[str, str]:
    """Return the text of each TOML file of the folder by its name. Hidden ones are no one's own."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except OSError as error:
        raise ConfigError([f"cannot read the folder of regimes {folder}: {error.strerror}"]) from error
    texts, mistakes = {}, []
    for path in paths:
        if path.name.startswith("."):
            continue
        try:
            texts[path.name] = path.read_text("utf-8-sig")  # editors of some systems begin with a mark
        except OSError as error:
            mistakes.append(f"cannot read {path}: {error.strerror}")
        except UnicodeDecodeError:
            mistakes.append(f"cannot read {path}: not UTF-8")
    if not texts and not mistakes:
        mistakes.append(f"the folder of regimes {folder} has no {SUFFIX} file")
    if mistakes:
        raise ConfigError(mistakes)
    return texts


def premature(regimes: Regimes, today: date) -> dict[str, str]:
    """Return, by regime, the values with a date that has not come, in one text."""
    return {
        regime.name: ", ".join(names) for regime in regimes.all if (names := regime.file.premature(today))
    }
