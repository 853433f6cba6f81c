"""What states are not moved away from."""

import pytest

from schemas.errors import ConfigError
from streams.core.breaker import Breaker, Hold
from streams.core.stored import Meta
from streams.kafka.exporting import refuse_holds


def meta(**counts: int) -> Meta:
    """Return a partition's record that holds so many outputs of each type of notice."""
    holds = {f"care-events/{kind}": Hold(1, count) for kind, count in counts.items()}
    return Meta(offsets={}, partition_count=2, clock_ms=1, breaker=Breaker(holds=holds))


def test_outputs_that_are_held_back_are_not_left_behind() -> None:
    """All of them are said, with what to do."""
    with pytest.raises(ConfigError) as refused:
        refuse_holds([meta(greeting=2), None, meta(greeting=1_000, gift=3)])

    assert [
        "3 of care-events/gift are held back",
        "1,002 of care-events/greeting are held back",
    ] == [line.partition(" and ")[0] for line in refused.value.mistakes]
    assert "`usagewatch resume --send care-events/gift` or `--drop care-events/gift`" in str(refused.value)


def test_states_that_hold_nothing_back_may_go() -> None:
    """Also partitions that have never worked."""
    refuse_holds([meta(), None])
