"""What billing says that was used: rows of subscriber, bucket, period and total, from JSON lines or from CSV.

All rows are in memory at once, some 300 bytes each, because ours come in no order that a file could be in.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Final, get_args

import orjson
from msgspec import Struct, field

from schemas.errors import UsagewatchError
from schemas.fields import Bucket
from schemas.times import to_ms
from schemas.topics import USAGE_EVENTS

Key = tuple[str, str, str]
"""Subscriber, bucket, period."""

ROWS_MAX: Final = 20_000_000
"""Some 6 GB: a larger base is compared in parts."""
FAULTS_KEPT: Final = 20
"""Bad lines that are named; the rest is counted."""
TOTAL_LAST: Final = 2**63 - 1
COLUMNS: Final = ("subscriber_id", "bucket", "period", "used")

_BALANCE: Final = "balance.reported"
_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";", "\t")
_BUCKETS: Final = {name: name for name in get_args(Bucket)}
_SUBSCRIBER_ID: Final = re.compile(r"[0-9A-Za-z+:._-]{1,64}", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class BillingError(UsagewatchError):
    """The file as a whole is not what it should be; the message completes "<file>: …"."""


class _RowError(Exception):
    """A line is no row; the message names the field, never what it holds."""


class Billing(Struct):
    """What billing says, and what could not be read of it."""

    totals: dict[Key, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """The first `FAULTS_KEPT` bad lines by number, each with the reason."""
    fault_count: int = 0
    other_count: int = 0
    """Records of other kinds among the balances."""


def read_billing(lines: Iterable[bytes], *, periods: frozenset[str] = frozenset()) -> Billing:
    """Return the rows of a file, of ``periods`` only unless that is empty.

    JSON lines hold rows, ``balance.reported`` events, or envelopes of these; CSV begins with a heading. Of
    one subscriber, bucket and period the row with the latest ``as_of`` counts. More fields may be.
    Raises: BillingError if it is neither, or larger than `ROWS_MAX`.
    """
    numbered = enumerate(lines, start=1)
    first, text = next(((number, line) for number, line in numbered if line.strip()), (0, b""))
    if not first:
        raise BillingError("the file is empty")
    rest = chain([(first, text.removeprefix(_BOM))], numbered)
    found = _json_rows(rest) if text.removeprefix(_BOM).lstrip().startswith(b"{") else _csv_rows(rest)
    billing = Billing()
    as_of_ms: dict[Key, int] = {}
    for number, fields in found:
        try:
            _take(billing, as_of_ms, fields, periods)
        except _RowError as fault:
            billing.fault_count += 1
            if billing.fault_count <= FAULTS_KEPT:
                billing.faults.append(f"line {number}: {fault}")
        if len(billing.totals) > ROWS_MAX:
            raise BillingError(f"more than {ROWS_MAX:,} rows: compare it in parts")
    return billing


def _take(
    billing: Billing,
    as_of_ms: dict[Key, int],
    fields: Mapping[str, object] | _RowError | None,
    periods: frozenset[str],
) -> None:
    """Add one row; None is a record of another kind. Raises: _RowError, with nothing changed."""
    if isinstance(fields, _RowError):
        raise fields
    if fields is None:
        billing.other_count += 1
        return
    key, used = _row(fields)
    if periods and key[2] not in periods:
        return
    newer_ms, known_ms = _as_of_ms(fields), as_of_ms.get(key)
    if key in billing.totals and (newer_ms is None or known_ms is None):
        if billing.totals[key] != used:
            raise _RowError("subscriber, bucket and period were there before with another total")
        return
    if newer_ms is not None:
        if known_ms is not None and newer_ms < known_ms:
            return
        as_of_ms[key] = newer_ms
    billing.totals[key] = used


# -- lines to fields


def _json_rows(
    numbered: Iterable[tuple[int, bytes]],
) -> Iterator[tuple[int, Mapping[str, object] | _RowError | None]]:
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            fields = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, _RowError("not JSON")
            continue
        yield number, _balance(fields) if isinstance(fields, dict) else _RowError("not an object")


def _balance(fields: dict[str, object]) -> dict[str, object] | None:
    """Return the row that an envelope or an event holds, the fields themselves if they are neither.

    None: a record of another kind.
    """
    value = fields.get("value")
    if "topic" in fields and "value" in fields:
        is_balance = fields["topic"] == USAGE_EVENTS and isinstance(value, dict)
        return value if is_balance and isinstance(value, dict) and value.get("type") == _BALANCE else None
    return None if "event_id" in fields and fields.get("type") != _BALANCE else fields


def _csv_rows(
    numbered: Iterator[tuple[int, bytes]],
) -> Iterator[tuple[int, Mapping[str, object] | _RowError | None]]:
    """Yield the rows below a heading. Cells of no interest may be in any encoding."""
    first, heading = next(numbered)
    names, delimiter = _heading(heading.decode(errors="replace"), first)
    rows = csv.reader(
        (line.decode(errors="replace") for _, line in numbered), delimiter=delimiter, skipinitialspace=True
    )
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield first + rows.line_num, _RowError("not CSV")
            continue
        if len(cells) == len(names):
            yield first + rows.line_num, dict(zip(names, cells, strict=True))
        elif any(cell.strip() for cell in cells):
            yield first + rows.line_num, _RowError(f"{len(cells)} cells, the heading has {len(names)}")


def _heading(text: str, number: int) -> tuple[list[str], str]:
    """Return the names of the columns, and what is between them."""
    for delimiter in _DELIMITERS:
        (cells,) = csv.reader([text], delimiter=delimiter, skipinitialspace=True)
        names = [cell.strip().lower() for cell in cells]
        if all(names.count(column) == 1 for column in COLUMNS):
            return names, delimiter
    raise BillingError(f"neither JSON lines nor CSV with {', '.join(COLUMNS)} in line {number}")


# -- fields to a row


def _row(fields: Mapping[str, object]) -> tuple[Key, int]:
    for name in COLUMNS:
        if fields.get(name) in (None, ""):
            raise _RowError(f"{name} is missing")
    subscriber_id, bucket, day = (
        value.strip() if isinstance(value := fields[name], str) else "" for name in COLUMNS[:3]
    )
    if not _SUBSCRIBER_ID.fullmatch(subscriber_id):
        raise _RowError("subscriber_id is no text of 1 to 64 of 0-9 A-Z a-z + : . _ -")
    if bucket not in _BUCKETS:
        raise _RowError(f"bucket is none of {', '.join(_BUCKETS)}")
    return (subscriber_id, _BUCKETS[bucket], _day(day)), _total(fields["used"])


@lru_cache(maxsize=1024)
def _day(text: str) -> str:
    """Return the same day in the same object: millions of rows share a few."""
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise _RowError("period is no date YYYY-MM-DD")


def _total(value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _RowError("used is no whole number")
    if not 0 <= value <= TOTAL_LAST:
        raise _RowError("used is negative" if value < 0 else "used is too large")
    return value


def _as_of_ms(fields: Mapping[str, object]) -> int | None:
    """Return up to when the total counts, None if it does not say so in a way that can be compared."""
    value = fields.get("as_of")
    try:
        return to_ms(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    except ValueError:
        return None
