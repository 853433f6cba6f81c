"""Inputs of a partition in order of arrival."""

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Raw
from schemas.topics import BY_NAME, CDR, GROUP_USAGE, GROUPS, INPUTS, SUBSCRIBERS, USAGE_EVENTS
from streams.kafka.merge import UNKNOWN, Answer, Ends, Fetch, Merge, by_partition, outdated

ARRIVALS = st.lists(st.integers(0, 9), max_size=12)


def fetch(topic: str, *arrivals_ms: int, start: int = 0, markers: int = 0, unread: int = 0) -> Fetch:
    """Return a fetch of records that arrived then; ``markers`` follow them, ``unread`` offsets are left."""
    records = [Raw(topic, 0, start + place, at_ms, b"k", b"v") for place, at_ms in enumerate(arrivals_ms)]
    position = start + len(records) + markers
    return Fetch(topic, 0, start, position, position + unread, records, len(records))


def merge_of(*fetches: Fetch) -> Merge:
    """Return a merge that was fed so; topics that are not named are empty, and known to be."""
    merge = Merge(dict.fromkeys(INPUTS, 0))
    for topic in set(INPUTS) - {one.topic for one in fetches}:
        merge.feed(fetch(topic))
    for one in fetches:
        assert merge.feed(one)
    return merge


def popped(merge: Merge, most: int = 100) -> list[tuple[int, str]]:
    """Return arrival and topic of what is popped."""
    return [(raw.timestamp_ms, raw.topic) for raw in merge.pop(most)]


def test_records_of_all_topics_come_in_order_of_arrival() -> None:
    """Whatever topic they are of."""
    merge = merge_of(fetch(CDR, 1, 4, 5), fetch(USAGE_EVENTS, 2, 3), fetch(SUBSCRIBERS, 0))

    assert [0, 1, 2, 3, 4, 5] == [at_ms for at_ms, _ in popped(merge)]


def test_equal_arrivals_go_by_topic_then_offset() -> None:
    """Profiles before groups before events before usage records, a group's shared usage last."""
    merge = merge_of(
        *(fetch(topic, 7) for topic in (GROUP_USAGE, USAGE_EVENTS, GROUPS, SUBSCRIBERS)), fetch(CDR, 7, 7)
    )

    assert [SUBSCRIBERS, GROUPS, USAGE_EVENTS, CDR, CDR, GROUP_USAGE] == [topic for _, topic in popped(merge)]


def test_a_record_that_is_sent_back_comes_behind_those_before_it_and_holds_nobody_up() -> None:
    """Within a topic the order is that of offsets; an older arrival among them is taken at its place."""
    #  cdr           |-- 10 -- 3 (sent back) -- 11 --|
    #  usage-events  |-- 5 -- 12 --|
    merge = merge_of(fetch(CDR, 10, 3, 11), fetch(USAGE_EVENTS, 5, 12))

    assert [5, 10, 3, 11, 12] == [at_ms for at_ms, _ in popped(merge)]


def test_what_is_new_of_a_partition_is_heard_together() -> None:
    """Usage whose profile came in the same answer of the broker is not taken before it."""
    known = merge_of()
    usage, profile = fetch(CDR, 5, 6), fetch(SUBSCRIBERS, 1)
    others = usage._replace(partition=1)

    heard = by_partition([usage, others, profile])
    for one in heard[0]:
        known.feed(one)

    assert {0: (usage, profile), 1: (others,)} == heard
    assert [1, 5, 6] == [at_ms for at_ms, _ in popped(known)]


def test_a_topic_with_unread_records_is_waited_for() -> None:
    """It may have an earlier one; when that is there, all go on."""
    merge = merge_of(fetch(CDR, 5, 6), fetch(SUBSCRIBERS, unread=1))

    assert [] == popped(merge)
    merge.feed(fetch(SUBSCRIBERS, 1))
    assert [1, 5, 6] == [at_ms for at_ms, _ in popped(merge)]


def test_a_topic_whose_end_is_not_known_yet_is_waited_for() -> None:
    """After a seek nothing is known of a topic until its first fetch."""
    merge = Merge(dict.fromkeys(INPUTS, 0))
    merge.feed(fetch(CDR, 1))

    assert [] == popped(merge)


def test_an_end_that_is_believed_no_more_stops_the_others_until_it_is_told_again() -> None:
    """The same end: nothing has come since, so all go on."""
    merge = merge_of(fetch(CDR, 1), fetch(USAGE_EVENTS, 9))

    merge.feed(fetch(CDR, 2, start=1)._replace(end=UNKNOWN))
    assert [1, 2] == [at_ms for at_ms, _ in popped(merge)]
    merge.feed(fetch(CDR, start=2))
    assert [9] == [at_ms for at_ms, _ in popped(merge)]


OLD, NEW = Answer(1, 100), Answer(1, 101)


@pytest.mark.parametrize(
    ("answers", "taken", "expected"),
    [
        ({CDR: OLD, USAGE_EVENTS: NEW}, {CDR, USAGE_EVENTS}, {CDR}),
        ({CDR: OLD, USAGE_EVENTS: NEW}, {USAGE_EVENTS}, {CDR}),
        ({CDR: OLD, USAGE_EVENTS: NEW}, {CDR}, set()),
        ({CDR: NEW, USAGE_EVENTS: NEW}, {CDR, USAGE_EVENTS}, set()),
        ({CDR: OLD, USAGE_EVENTS: Answer(2, 101)}, {CDR, USAGE_EVENTS}, set()),
        ({CDR: OLD, USAGE_EVENTS: NEW}, set(), set()),
    ],
)
def test_an_end_is_not_believed_once_a_later_answer_of_its_node_has_brought_records(
    answers: dict[str, Answer], taken: set[str], expected: set[str]
) -> None:
    """Of the same partition number; what other nodes say is in no order with it."""
    of_0 = {TopicPartition(topic, 0): answer for topic, answer in answers.items()}
    of_1 = {TopicPartition(topic, 1): OLD for topic in answers}

    found = outdated(of_0 | of_1, [TopicPartition(topic, 0) for topic in taken])

    assert {TopicPartition(topic, 0) for topic in expected} == found


def test_an_end_that_is_not_believed_is_not_until_another_answer_tells_it() -> None:
    """Whatever is looked at or taken meanwhile: the later records wait in the buffer all the while."""
    usage, events, other = TopicPartition(CDR, 0), TopicPartition(USAGE_EVENTS, 0), TopicPartition(CDR, 1)
    answers = {usage: Answer(1, 10), events: Answer(1, 20), other: Answer(1, 30)}
    ends = Ends()

    ends.take(answers, [events])
    assert [False, True] == [ends.are_believed(tp, answers[tp]) for tp in (usage, events)]
    for taken in ([], [other], [usage]):
        ends.take(answers, taken)
        assert not ends.are_believed(usage, answers[usage])

    assert ends.are_believed(usage, Answer(1, 21))


def test_a_topic_that_runs_empty_with_more_to_come_stops_the_others() -> None:
    """What it has next may be earlier than what the others have."""
    merge = merge_of(fetch(CDR, 1, 2, unread=5), fetch(USAGE_EVENTS, 9))

    assert [1, 2] == [at_ms for at_ms, _ in popped(merge)]


def test_no_more_than_asked_for_is_popped_and_the_rest_stays() -> None:
    """A batch has a size; what does not fit is put back and comes again."""
    merge = merge_of(fetch(CDR, 1, 3), fetch(USAGE_EVENTS, 2, 4))

    taken = merge.pop(3)
    merge.put_back(taken[1:])

    assert dict.fromkeys(INPUTS, 0) | {CDR: 1} == merge.offsets()
    assert [2, 3, 4] == [at_ms for at_ms, _ in popped(merge)]


def test_offsets_of_a_topic_read_to_its_end_are_past_its_markers() -> None:
    """So that the lag of an idle group reads 0."""
    merge = merge_of(fetch(CDR, 1, markers=1))

    assert (1, False) == (merge.pop(0) or merge.offsets()[CDR] + 1, merge.is_drained())
    merge.pop(1)
    assert (2, True) == (merge.offsets()[CDR], merge.is_drained())


def test_what_was_fetched_before_a_seek_is_not_taken_twice() -> None:
    """A fetch under way when the position was set back overlaps with the next one."""
    merge = merge_of(fetch(CDR, 1, 2))

    assert merge.feed(fetch(CDR, 1, 2, 3, start=0))
    assert merge.feed(fetch(CDR, 2, start=1))
    assert [1, 2, 3] == [at_ms for at_ms, _ in popped(merge)]


def test_a_gap_is_refused() -> None:
    """Missing records must not be passed over."""
    merge = merge_of(fetch(CDR, 1))

    assert not merge.feed(fetch(CDR, 9, start=5))
    assert [1] == [at_ms for at_ms, _ in popped(merge)]


def test_bytes_are_given_back_as_records_are_popped() -> None:
    """They decide when a topic is held back."""
    merge = merge_of(fetch(CDR, 1, 2))
    merge.feed(fetch(CDR, 3, 4, start=2))

    sizes = [merge.lanes[CDR].size_bytes]
    for _ in range(2):
        merge.pop(2)
        sizes.append(merge.lanes[CDR].size_bytes)

    assert [4, 2, 0] == sizes


@given(st.tuples(*[ARRIVALS] * len(INPUTS)), st.lists(st.integers(1, 5), max_size=60))
def test_any_fetches_give_what_sorting_gives(arrivals: Sequence[list[int]], cuts: list[int]) -> None:
    """However the topics are cut into fetches: the order is that of (arrival, topic, offset)."""
    logs = {topic: sorted(at_ms) for topic, at_ms in zip(INPUTS, arrivals, strict=True)}
    merge = Merge(dict.fromkeys(INPUTS, 0))
    seen: list[tuple[int, str]] = []
    sizes = iter(cuts)
    while any(
        merge.lanes[topic].position < len(log) or merge.lanes[topic].end == UNKNOWN
        for topic, log in logs.items()
    ):
        for topic, log in logs.items():
            start = merge.lanes[topic].position
            part = log[start : start + next(sizes, 3)]
            merge.feed(fetch(topic, *part, start=start, unread=len(log) - start - len(part)))
        seen += popped(merge, next(sizes, 4))
    seen += popped(merge)

    rank = {topic: BY_NAME[topic].merge_rank for topic in INPUTS}
    wanted = sorted(
        ((at_ms, topic) for topic, log in logs.items() for at_ms in log),
        key=lambda one: (one[0], rank[one[1]]),
    )
    assert wanted == seen
