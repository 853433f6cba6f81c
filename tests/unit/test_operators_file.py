"""Names of operators, as data."""

from pathlib import Path

import pytest

from schemas.errors import ConfigError
from streams.cli.regime_files import rules_of
from streams.regimes.operators import read_operators, shipped_operators


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("version = ", "operators"),
        ('version = 0\nsource = "x"\nnames = []', "version"),
        ('version = 1\nsource = "x"\nnames = ["O"]', "names[0]"),
        ('version = 1\nsource = ""\nnames = []', "source"),
        ("version = 1\nnames = []", "source: is missing"),
        ('version = 1\nsource = "x"\nnames = []\nnmaes = []', "nmaes: is not known"),
    ],
)
def test_wrong_file_is_refused_by_name(text: str, word: str) -> None:
    """A misspelt list would find nobody."""
    with pytest.raises(ConfigError) as caught:
        read_operators(text)

    assert any(word in mistake for mistake in caught.value.mistakes)


def test_mounted_file_stands_in_the_shipped_ones_place(tmp_path: Path) -> None:
    """As a regime's does."""
    (tmp_path / "operators.toml").write_text('version = 2\nsource = "ours"\nnames = ["Nobody"]')
    operators = rules_of(str(tmp_path)).operators

    assert (True, False) == (operators.are_named_in("by nobody."), operators.are_named_in("Verizon"))


def test_regime_whose_next_step_names_an_operator_is_refused(tmp_path: Path) -> None:
    """Subscribers read it; the default's stands in every regime that has none of its own."""
    (tmp_path / "JM.toml").write_text(
        'version = 1\ncountries = ["JM"]\n[porting.next_step]\nsource = "x"\n'
        'value = { en = "Call Digicel.", zh = "请致电。" }\n'
    )
    with pytest.raises(ConfigError) as caught:
        rules_of(str(tmp_path))

    assert ["regime JM: porting.next_step names"] == [
        " ".join(one.split()[:4]) for one in caught.value.mistakes
    ]


def test_empty_list_finds_nobody() -> None:
    """It is no pattern that finds everything."""
    assert not read_operators('version = 1\nsource = "x"\nnames = []').are_named_in("anything")


def test_shipped_names_are_found_in_both_scripts() -> None:
    """Chinese has no blanks between words."""
    found = [
        shipped_operators().are_named_in(text) for text in ("来自中国移动的", "a VERIZON plan", "见 10086。")
    ]

    assert [True, True, True] == found
