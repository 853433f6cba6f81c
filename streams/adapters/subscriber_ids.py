"""A file that says under which id the network's own number of a subscriber (IMSI) is known."""

import csv
import re
from collections.abc import Iterable
from typing import Final

from streams.adapters.faults import InputFileError

IDS_MAX: Final = 5_000_000
"""About 1 GB in memory; a larger base maps its records where they are kept."""
HEADING: Final = ["imsi", "subscriber_id"]

_IMSI: Final = re.compile(r"[0-9]{6,15}", re.ASCII)
_SUBSCRIBER_ID: Final = re.compile(r"[0-9A-Za-z+:._-]{1,64}", re.ASCII)


def read_ids(lines: Iterable[str]) -> dict[str, str]:
    """Return IMSI → subscriber id from CSV lines ``imsi,subscriber_id``; a heading and empty lines may be.

    Raises: InputFileError naming the first line that is wrong, never what it holds.
    """
    ids: dict[str, str] = {}
    rows = csv.reader(lines, skipinitialspace=True)
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (cells == HEADING and not ids):
                continue
            if len(cells) != len(HEADING) or not _IMSI.fullmatch(cells[0]):
                raise InputFileError(f"line {rows.line_num} is not imsi,subscriber_id")
            if not _SUBSCRIBER_ID.fullmatch(cells[1]):
                raise InputFileError(
                    f"line {rows.line_num}: a subscriber id is 1 to 64 of 0-9 A-Z a-z + : . _ -"
                )
            if ids.setdefault(cells[0], cells[1]) != cells[1]:
                raise InputFileError(f"line {rows.line_num}: another id was given for this IMSI before")
            if len(ids) > IDS_MAX:
                raise InputFileError(f"more than {IDS_MAX:,} ids")
    except csv.Error as error:
        raise InputFileError(f"line {rows.line_num} is not CSV") from error
    except UnicodeDecodeError as error:
        raise InputFileError("not UTF-8") from error
    return ids
