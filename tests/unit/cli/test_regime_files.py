"""A folder of regimes over the shipped ones."""

import logging
from pathlib import Path

import pytest

from schemas.errors import ConfigError
from streams.cli.regime_files import read_files, regimes_of, unconfirmed
from streams.cli.worker import warn_of_unconfirmed
from streams.regimes import NOT_REGIMES, shipped, shipped_texts

AUSTRALIA = 'version = 7\ncountries = ["AU"]\n[near_limit_percents]\nvalue = [70]\nsource = "law"\n'
BRAZIL = 'version = 1\ncountries = ["BR"]\n'


def mistakes_of(folder: Path) -> list[str]:
    """Return what is wrong with a folder."""
    with pytest.raises(ConfigError) as caught:
        regimes_of(str(folder))
    return list(caught.value.mistakes)


def test_without_a_folder_the_shipped_ones_hold() -> None:
    """The release stands by itself."""
    files = read_files("")

    assert [regime.name for regime in shipped().all] == sorted(files.texts)
    assert () == files.mounted


def test_file_replaces_the_shipped_one_of_its_name_and_others_are_added(tmp_path: Path) -> None:
    """A person corrects one file and leaves the rest to the release."""
    (tmp_path / "AU.toml").write_text(AUSTRALIA)
    (tmp_path / "BR.toml").write_text(BRAZIL)

    regimes = regimes_of(str(tmp_path))

    assert ((70,), 7) == (regimes.of("AU").near_limit_percents, regimes.of("AU").version)
    assert ("BR", "IN") == (regimes.of("BR").name, regimes.of("IN").name)
    assert shipped().of("IN") == regimes.of("IN")
    assert ("AU.toml", "BR.toml") == read_files(str(tmp_path)).mounted


def test_value_that_a_replacing_file_leaves_out_is_the_defaults(tmp_path: Path) -> None:
    """Files are replaced whole, never mixed."""
    (tmp_path / "AU.toml").write_text(AUSTRALIA)

    assert regimes_of("").of("XX").notice_within_ms == regimes_of(str(tmp_path)).of("AU").notice_within_ms


def test_country_of_a_shipped_regime_cannot_be_taken_by_another_file(tmp_path: Path) -> None:
    """Which of the two should hold? Both are named."""
    (tmp_path / "DE.toml").write_text('version = 1\ncountries = ["DE"]\n')

    assert ["country DE is in two regimes: DE and EU"] == mistakes_of(tmp_path)


def test_file_of_windows_is_no_regime_and_is_handed_on(tmp_path: Path) -> None:
    """The folder may hold it too."""
    (tmp_path / "windows.toml").write_text("mine = true\n")

    files = read_files(str(tmp_path))

    assert "mine = true\n" == files.others["windows.toml"]
    assert NOT_REGIMES == files.others.keys()
    assert "windows" not in files.texts
    assert len(shipped().all) == len(regimes_of(str(tmp_path)).all)
    assert read_files("").others.get("windows.toml") == shipped_texts().get("windows.toml")


def test_hidden_files_and_other_files_are_left_alone(tmp_path: Path) -> None:
    """Kubernetes and editors leave such things in a folder."""
    (tmp_path / ".AU.toml").write_text("nonsense")
    (tmp_path / "README.md").write_text("nonsense")
    (tmp_path / "BR.toml").write_text(BRAZIL)

    assert ("BR.toml",) == read_files(str(tmp_path)).mounted


def test_links_of_a_mounted_config_map_are_followed(tmp_path: Path) -> None:
    """Kubernetes mounts each file as a link into a hidden folder that it swaps."""
    (tmp_path / "..2026_11_01").mkdir()
    (tmp_path / "..2026_11_01" / "BR.toml").write_text(BRAZIL)
    (tmp_path / "..data").symlink_to("..2026_11_01")
    (tmp_path / "BR.toml").symlink_to("..data/BR.toml")

    assert ("BR.toml",) == read_files(str(tmp_path)).mounted


def test_mark_before_the_first_letter_is_no_mistake(tmp_path: Path) -> None:
    """Some editors begin a file with it."""
    (tmp_path / "BR.toml").write_text(BRAZIL, encoding="utf-8-sig")

    assert "BR" == regimes_of(str(tmp_path)).of("BR").name


def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """A worker that went on with the shipped rules would break the corrected ones."""
    assert [f"cannot read the folder of regimes {tmp_path / 'x'}: No such file or directory"] == mistakes_of(
        tmp_path / "x"
    )


def test_file_is_no_folder(tmp_path: Path) -> None:
    """The same."""
    (tmp_path / "AU.toml").write_text(AUSTRALIA)

    assert [f"cannot read the folder of regimes {tmp_path / 'AU.toml'}: Not a directory"] == mistakes_of(
        tmp_path / "AU.toml"
    )


def test_folder_without_a_regime_is_a_mistake(tmp_path: Path) -> None:
    """It was mounted for something: the wrong folder, or a wrong ending."""
    (tmp_path / "AU.tml").write_text(AUSTRALIA)

    assert [f"the folder of regimes {tmp_path} has no .toml file"] == mistakes_of(tmp_path)


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder with a file's name, and what is not UTF-8."""
    (tmp_path / "A.toml").mkdir()
    (tmp_path / "B.toml").write_bytes(b"# \xff\n")
    (tmp_path / "BR.toml").write_text(BRAZIL)

    assert [
        f"cannot read {tmp_path / 'A.toml'}: Is a directory",
        f"cannot read {tmp_path / 'B.toml'}: not UTF-8",
    ] == mistakes_of(tmp_path)


def test_worker_warns_of_unconfirmed_values_in_a_line_a_regime(caplog: pytest.LogCaptureFixture) -> None:
    """At start, once: the names of the values, as a field."""
    warn_of_unconfirmed(shipped())

    assert {logging.WARNING} == {record.levelno for record in caplog.records}
    assert unconfirmed(shipped()) == {
        vars(record)["regime"]: vars(record)["values"] for record in caplog.records
    }
    assert unconfirmed(shipped())["UK"].startswith("near_limit_percents, bill_limit_percents, porting.query")
