"""People who answer: the same each time, about as often as is said, in records as WIRE.md has them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

import pytest
from msgspec import Struct, json, structs

from schemas.decode import decode
from schemas.events import AddonPurchased, MessageReported, OfferResponded
from schemas.messages import Channel, OfferEvent
from schemas.outputs import emit
from schemas.times import MS_PER_HOUR, format_instant, parse_instant
from schemas.topics import OFFER_EVENTS, USAGE_EVENTS
from streams.lines import parse
from streams.replay import Replay
from streams.simulate import simulate
from streams.simulate.answers import (
    ACCEPTING,
    FAILED,
    REFUSING,
    SEEN,
    Answer,
    answers_to_notice,
    answers_to_offer,
)
from streams.simulate.conversation import Conversation
from tests.build import Fed, addon, data, plan, replay
from tests.build_contact import willing

SEED = 11
OFFERS_COUNT = 5_000
SUBSCRIBERS_COUNT = 400


def fed() -> Fed:
    """Return what comes of 80 % of somebody who has agreed to offers: a notice, and an offer of an add-on."""
    return replay([plan(), addon(addon_id="gb-d5"), willing(), data(80)])


def offers(channel: Channel, *, ends: str = "2027-01-31T00:00:00.000Z") -> Iterator[OfferEvent]:
    """Yield the same offer under many ids."""
    [one] = fed().offers
    for number in range(OFFERS_COUNT):
        yield structs.replace(one, id=f"{number:032x}", channel=channel, expires_at=ends)


def words(answers: Iterator[Answer]) -> list[str]:
    """Return what is reported and said, in order."""
    return [str(one.value.get("status") or one.response or "booked") for one in answers]


def counted(channel: Channel) -> Counter[str]:
    """Return how often each thing becomes of many offers."""
    return Counter(word for offer in offers(channel) for word in words(answers_to_offer(SEED, offer)))


def test_the_same_seed_and_offer_have_the_same_answers_in_any_order() -> None:
    """No answer depends on what was asked before."""
    first = {one.id: tuple(answers_to_offer(SEED, one)) for one in offers("app")}
    again = {one.id: tuple(answers_to_offer(SEED, one)) for one in reversed(list(offers("app")))}
    other = {one.id: tuple(answers_to_offer(SEED + 1, one)) for one in offers("app")}

    assert first == again
    assert first != other


@pytest.mark.parametrize("channel", ["app", "sms"])
def test_shares_are_about_as_stated(channel: Channel) -> None:
    """Each is within two percentage points of the share of those whom the offer has reached."""
    count = counted(channel)
    reached = count["seen"] if channel in SEEN else count["delivered"]

    assert OFFERS_COUNT == count["delivered"] + count["failed"]
    assert FAILED[channel] == pytest.approx(count["failed"] / OFFERS_COUNT, abs=0.02)
    assert SEEN.get(channel, 0) == pytest.approx(count["seen"] / count["delivered"], abs=0.02)
    assert ACCEPTING == pytest.approx(count["accepted"] / reached, abs=0.02)
    assert REFUSING == pytest.approx(count["refused"] / reached, abs=0.02)
    assert count["accepted"] == count["booked"]


def test_records_are_good_and_each_has_an_id_of_its_own() -> None:
    """They decode as events of WIRE.md, in order of time, and name the offer that was made."""
    ids = Counter[str]()
    for offer in offers("app"):
        answers = list(answers_to_offer(SEED, offer))
        assert all(before.at_ms <= after.at_ms for before, after in pairwise(answers))
        for answer in answers:
            record = decode(USAGE_EVENTS, answer.subscriber_id.encode(), json.encode(answer.value))
            match record:
                case MessageReported(of=named) | OfferResponded(offer_id=named):
                    assert offer.id == named
                case _:
                    assert isinstance(record, AddonPurchased)
                    assert "gb-d5" == record.addon_id
            ids[str(answer.value["event_id"])] += 1

    assert {1} == set(ids.values())


def test_nobody_answers_after_the_end_of_an_offer() -> None:
    """Nor is it delivered then."""
    [one] = fed().offers
    ends_ms = parse_instant(one.decided_at) + MS_PER_HOUR
    short = offers("app", ends=format_instant(ends_ms))

    at = [answer.at_ms for offer in short for answer in answers_to_offer(SEED, offer)]

    assert at
    assert max(at) < ends_ms


def test_the_account_managers_offers_have_no_answers() -> None:
    """People are not simulated there."""
    assert Counter() == counted("account_manager")


def test_of_a_notice_nothing_is_told_but_that_it_is_seen_in_the_app() -> None:
    """Delivery of notices decides nothing; SMS does not tell whether it is read."""
    [notice] = fed().care
    told = {
        channel: [
            word
            for number in range(OFFERS_COUNT)
            for word in words(
                answers_to_notice(SEED, structs.replace(notice, id=f"{number:032x}", channel=channel))
            )
        ]
        for channel in ("app", "sms")
    }

    assert {"seen"} == set(told["app"])
    assert SEEN["app"] == pytest.approx(len(told["app"]) / OFFERS_COUNT, abs=0.02)
    assert [] == told["sms"]


# -- the closed loop


class Heard(Struct, frozen=True):
    """What went into a conversation with a small crowd, and what came out."""

    lines: list[bytes]
    """With the answers among them."""
    made: list[OfferEvent]
    stages: Counter[str]
    """How many offers came to each."""


@pytest.fixture(scope="module")
def heard() -> Heard:
    """Return a conversation with a small crowd; a seed is named so that a failure can be repeated."""
    lines, replayed, conversation = list[bytes](), Replay(), Conversation(SEED)

    def noted(some: Iterable[bytes]) -> Iterator[bytes]:
        for line in some:
            lines.append(line)
            yield line

    crowd = simulate(SEED, SUBSCRIBERS_COUNT, is_lean=True)
    out = conversation.over(crowd, lambda some: replayed.run(noted(some)))
    made = [json.decode(one.value or b"", type=OfferEvent) for one in out if one.topic == OFFER_EVENTS]
    stages = Counter[str]()
    for (_, _, stage), count in replayed.summary().offers.items():
        stages[stage] += count
    return Heard(lines, made, stages)


def test_lines_with_answers_among_them_are_in_order(heard: Heard) -> None:
    """WIRE.md, Replay files: by arrival, and usage after events of the same second."""
    order = [
        (line.split(b'"timestamp":"')[1][:20], line.startswith(b'{"topic":"cdr"')) for line in heard.lines
    ]

    assert sorted(order) == order


def test_every_report_of_an_offer_arrives_and_is_counted(heard: Heard) -> None:
    """To the last one, after the last line of the month too."""
    said = Counter(word for offer in heard.made for word in words(answers_to_offer(SEED, offer)))

    assert said["delivered"] > 0
    assert said["delivered"] == heard.stages["delivered"]
    assert said["seen"] == heard.stages["seen"]
    assert len(heard.made) == heard.stages["delivered"] + heard.stages["failed"]


def test_an_answer_that_is_due_before_the_line_taken_last_arrives_after_it() -> None:
    """Its ``at`` stays what it was: outputs are handed out after a batch of lines."""
    conversation = Conversation(SEED)
    late = b'{"topic":"cdr","timestamp":"2026-12-24T00:00:00Z","key":"a","value":{}}'
    assert [late] == list(conversation.among([late]))
    for one in fed().emitted:
        conversation.hear(one)

    answers = [parse(line) for line in conversation.among([])]

    assert answers
    assert {parse_instant("2026-12-24T00:00:01Z")} == {one.timestamp_ms for one in answers}
    assert all(b'"at":"2026-11-' in (one.value or b"") for one in answers)


def test_what_has_been_withdrawn_is_not_accepted_or_refused() -> None:
    """Whoever shows an offer takes it off; that it was delivered is reported all the same."""
    [notice] = fed().care
    said = Counter[str]()
    for offer in islice(offers("app"), 100):
        conversation = Conversation(SEED)
        withdrawn = structs.replace(notice, type="withdrawn", of=offer.id, channel="sms")
        for one in (offer, withdrawn):
            conversation.hear(emit(one))
        said.update(json.decode(line)["value"]["type"] for line in conversation.among([]))

    assert {"message.reported"} == set(said)
