"""What ``usagewatch compare`` writes: differences as a table or as JSON lines, and the closing line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from streams.compare.differences import Difference, Outcome

HEADING: Final = ("subscriber", "bucket", "period", "ours", "billing", "difference", "percent")
_TEXT_COLUMNS: Final = 3
"""Stand at the left of their columns; numbers stand at the right."""
_NONE: Final = "-"


def table(differences: Sequence[Difference]) -> Iterator[bytes]:
    """Yield the lines of a table, none if there are no differences. Lines are as long as they must be."""
    if not differences:
        return
    widths = [len(name) for name in HEADING]
    for one in differences:
        widths = [max(width, len(cell)) for width, cell in zip(widths, _cells(one), strict=True)]
    yield _line(HEADING, widths)
    for one in differences:
        yield _line(_cells(one), widths)


def json_lines(differences: Iterable[Difference]) -> Iterator[bytes]:
    """Yield one object a difference; a total that one side lacks, and a percent of nothing, are null."""
    for one in differences:
        fields = msgspec.structs.asdict(one) | {"difference": one.difference, "percent": one.percent}
        yield msgspec.json.encode(fields) + b"\n"


def closing(outcome: Outcome) -> Iterator[str]:
    """Yield what is said of all totals together."""
    if hidden := outcome.unequal - len(outcome.differences):
        yield f"and {hidden:,} more, smaller"
    if outcome.unnamed:
        yield (
            f"only ours because BILLING names nothing of their periods: {outcome.unnamed:,}; "
            "--period leaves them out"
        )
    counts = (
        f"{outcome.compared:,} compared: {outcome.equal:,} equal, {outcome.differing:,} differing, "
        f"{outcome.only_ours:,} only ours, {outcome.only_billing:,} only billing's"
    )
    totals = ", ".join(f"{bucket} {_signed(total)}" for bucket, total in sorted(outcome.by_bucket.items()))
    yield f"{counts}; ours less billing's: {totals or 'nothing'}"


def _cells(one: Difference) -> tuple[str, ...]:
    return (
        one.subscriber_id,
        one.bucket,
        one.period,
        _whole(one.ours),
        _whole(one.billing),
        _signed(one.difference),
        _NONE if one.percent is None else f"{one.percent:+,.2f} %",
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> bytes:
    sides = [
        cell.ljust(width) if place < _TEXT_COLUMNS else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(sides).encode() + b"\n"


def _whole(number: int | None) -> str:
    return _NONE if number is None else f"{number:,}"


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"
