"""The table from IMSI to subscriber id is read whole or not at all."""

import pytest

from streams.adapters.faults import InputFileError
from streams.adapters.subscriber_ids import read_ids


def test_a_table_may_have_a_heading_and_empty_lines() -> None:
    """What a spreadsheet writes is readable."""
    lines = [
        "imsi,subscriber_id\r\n",
        "\r\n",
        '262011234567890, "sub-1"\r\n',
        "262011234567891,8613800000001",
    ]

    assert {"262011234567890": "sub-1", "262011234567891": "8613800000001"} == read_ids(lines)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("262011234567890", "line 2 is not imsi,subscriber_id"),
        ("262011234567890,a,b", "line 2 is not imsi,subscriber_id"),
        ("2620x,a", "line 2 is not imsi,subscriber_id"),
        ("262011234567890,", "line 2: a subscriber id is 1 to 64 of 0-9 A-Z a-z + : . _ -"),
        ("262011234567890,a b", "line 2: a subscriber id is 1 to 64 of 0-9 A-Z a-z + : . _ -"),
        ("262011234567899,other", "line 2: another id was given for this IMSI before"),
    ],
)
def test_a_wrong_line_is_named_without_what_it_holds(line: str, fault: str) -> None:
    """A mistake in the table would book usage on the wrong subscriber, so none is passed over."""
    with pytest.raises(InputFileError) as raised:
        read_ids(["262011234567899,sub-1", line])

    assert fault == str(raised.value)
