"""When offsets, inputs and state do not belong together."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.errors import StateError
from schemas.topics import CDR, GROUP_USAGE, INPUTS
from streams.core.stored import Meta
from streams.kafka.changelog import Committed, check, disagreements

OFFSETS = dict.fromkeys(INPUTS, 50)
COMMITTED = Committed(
    partition=3,
    group_offsets=OFFSETS,
    log_starts=dict.fromkeys(INPUTS, 10),
    log_ends=dict.fromkeys(INPUTS, 90),
    partition_count=4,
    changelog_end=1_000,
)
META = Meta(offsets=OFFSETS, partition_count=4, clock_ms=0)


def test_what_belongs_together_is_taken() -> None:
    """Equal offsets within the logs, the same count; or nothing of either."""
    assert [] == disagreements(COMMITTED, META, app_id="app")
    assert [] == disagreements(replace(COMMITTED, group_offsets={}), None, app_id="app")


def test_an_input_that_is_new_to_the_state_is_no_fault() -> None:
    """A later release reads one topic more: from its beginning."""
    older = {topic: offset for topic, offset in OFFSETS.items() if topic != GROUP_USAGE}

    assert [] == disagreements(
        replace(COMMITTED, group_offsets=older), replace(META, offsets=older), app_id="app"
    )


@pytest.mark.parametrize(
    ("change", "meta", "words"),
    [
        ({}, None, "has no state"),
        ({"group_offsets": {}}, META, "has no offset of cdr, but the state stands at 50"),
        ({"group_offsets": OFFSETS | {CDR: 49}}, META, "stands at 49 of cdr, but the state at 50"),
        ({"log_starts": dict.fromkeys(INPUTS, 51)}, META, "cdr begins at 51, but was read to 50 only"),
        ({"log_ends": dict.fromkeys(INPUTS, 0)}, META, "cdr ends at 0, but was read to 50"),
        ({"log_starts": {}}, META, "was kept with the input cdr, which this release does not know"),
        ({"partition_count": 8}, META, "the topics have 8 partitions, but the states were kept for 4"),
    ],
)
def test_what_does_not_is_said_and_nothing_is_guessed(
    change: dict[str, Any], meta: Meta | None, words: str
) -> None:
    """A sentence that says what is missing and what to do."""
    with pytest.raises(StateError) as raised:
        check(replace(COMMITTED, **change), meta, app_id="app")

    assert words in str(raised.value)
    assert all(line.startswith("partition 3: ") for line in str(raised.value).splitlines())
    assert "`usagewatch rebuild`" in str(raised.value)
