"""Which partitions a worker has whole."""

from aiokafka import TopicPartition

from schemas.topics import GROUP_USAGE, INPUTS
from streams.kafka.inputs import LANE_BYTES_LEAST, LANE_BYTES_MAX, lane_bytes, sort_out


def test_a_partition_is_whole_when_all_its_inputs_are_there() -> None:
    """While a release with other inputs is in the group, some of a partition's are another worker's."""
    assigned = {TopicPartition(name, number) for name in INPUTS for number in (3, 10, 1)}
    assigned |= {TopicPartition(GROUP_USAGE, 7)}
    assigned -= {TopicPartition(GROUP_USAGE, 10)}

    assert ([1, 3], [7, 10]) == sort_out(assigned)


def test_all_partitions_of_a_worker_share_what_may_be_buffered() -> None:
    """Few of them have as much as each may have, very many a little each."""
    shares = {count: lane_bytes(256, count) for count in (0, 1, 4, 100, 100_000)}

    assert [LANE_BYTES_MAX] * 3 == [shares[count] for count in (0, 1, 4)]
    assert (256 << 20) // (100 * len(INPUTS)) == shares[100]
    assert LANE_BYTES_LEAST == shares[100_000]
