"""Which partitions a worker has whole."""

from aiokafka import TopicPartition

from schemas.topics import GROUP_USAGE, INPUTS
from streams.kafka.inputs import sort_out


def test_a_partition_is_whole_when_all_its_inputs_are_there() -> None:
    """While a release with other inputs is in the group, some of a partition's are another worker's."""
    assigned = {TopicPartition(name, number) for name in INPUTS for number in (3, 10, 1)}
    assigned |= {TopicPartition(GROUP_USAGE, 7)}
    assigned -= {TopicPartition(GROUP_USAGE, 10)}

    assert ([1, 3], [7, 10]) == sort_out(assigned)
