"""The list of files that were converted, as it is in memory."""

import pytest

from schemas.times import MS_PER_DAY, format_instant
from streams.adapters import seen_files
from streams.adapters.faults import InputFileError
from streams.adapters.seen_files import SeenFile, SeenFiles, events_sha256_of, read_seen, sha256_of

NOW_MS = 1_800_000_000_000


def seen(name: str, *, days: int = 0, sequence: int | None = None) -> SeenFile:
    """Return a file of that content, converted so many days ago."""
    return SeenFile(
        name=name,
        sha256=sha256_of(name.encode()),
        events_sha256=events_sha256_of([name]),
        sender="FOO01",
        recipient="BAR02",
        sequence=sequence,
        available_at=format_instant(NOW_MS),
        converted_at=format_instant(NOW_MS - days * MS_PER_DAY),
    )


def test_what_is_written_is_read_again() -> None:
    """With a field more as well, which a later release may write."""
    lines = list(SeenFiles([seen("a", sequence=1), seen("b")]).lines())
    lines[0] = lines[0].replace(b"{", b'{"size":1,', 1)

    again = read_seen(lines, now_ms=NOW_MS)

    assert [seen("a", sequence=1), seen("b")] == [again.of_content(sha256_of(name)) for name in (b"a", b"b")]
    assert seen("a", sequence=1) == again.of_number(seen("c", sequence=1))


def test_a_clock_that_was_ahead_forgets_nothing() -> None:
    """A file converted tomorrow is no old one."""
    assert seen("a", days=-1) == read_seen(SeenFiles([seen("a", days=-1)]).lines(), now_ms=NOW_MS).of_name(
        "a"
    )


def test_more_files_than_can_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """To forget one would be to convert it twice; one that comes again takes no more room."""
    monkeypatch.setattr(seen_files, "FILES_MAX", 2)
    full = SeenFiles([seen("a"), seen("b")])

    full.add(seen("a"))

    with pytest.raises(InputFileError, match="more than 2 files in 45 days"):
        full.add(seen("c"))


@pytest.mark.parametrize("line", [b"", b"[]", b"\xff", b'{"name":"a"}', b"5"])
def test_a_line_that_is_no_entry_is_named(line: bytes) -> None:
    """The list is ours alone: whatever else is in it is damage."""
    with pytest.raises(InputFileError, match="line 2 is no entry"):
        read_seen([*SeenFiles([seen("a")]).lines(), line], now_ms=NOW_MS)


@pytest.mark.parametrize("field", ["sha256", "events_sha256", "available_at", "converted_at"])
def test_a_field_that_is_not_what_it_promises_is_no_entry(field: str) -> None:
    """A list that was edited by hand shows it at once, not when a file slips through."""
    [line] = SeenFiles([seen("a")]).lines()

    with pytest.raises(InputFileError):
        read_seen([line.replace(b'"%b":"' % field.encode(), b'"%b":"x' % field.encode())], now_ms=NOW_MS)
