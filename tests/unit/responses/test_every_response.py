"""What holds for every response, whatever it says."""

import copy
from collections.abc import Callable, Iterator

import msgspec
import pytest

from schemas.messages import CareEvent, Message, OfferEvent, SuppressedOffer
from schemas.outputs import Output, emit
from schemas.risk_signals import ChurnRisk
from schemas.signals import PortSignals, UsageSignal
from schemas.tasks import Task
from schemas.times import parse_instant
from schemas.topics import CARE_EVENTS, OFFER_EVENTS, SUPPRESSED_OFFERS, TASKS
from streams.responses import RESPONSES, respond
from streams.responses.found import Found
from streams.responses.proposal import Proposal
from tests.build_found import (
    agreed,
    each_usage_signal,
    found,
    near_limit,
    overage,
    port_query,
    port_request,
    profile,
)
from tests.said import said
from tests.unit.responses.cases import CASES

TYPES: dict[str, type[Output]] = {
    CARE_EVENTS: CareEvent,
    OFFER_EVENTS: OfferEvent,
    SUPPRESSED_OFFERS: SuppressedOffer,
    TASKS: Task,
}
SITUATIONS = {
    **CASES,
    **{
        f"usage_{place}": found(signal, plan=plan) for place, (signal, plan) in enumerate(each_usage_signal())
    },
    "everything": agreed(near_limit(80), near_limit(100), overage(), port_query(), port_request()),
    "suppressed": found(near_limit(80), profile=profile(status="suspended")),
}

every_situation = pytest.mark.parametrize("given", SITUATIONS.values(), ids=SITUATIONS)


@every_situation
@pytest.mark.parametrize("response", RESPONSES, ids=lambda response: response.__module__.rpartition(".")[2])
def test_the_same_input_gives_the_same_bytes_and_is_not_changed(
    response: Callable[[Found], Iterator[Output | Proposal]], given: Found
) -> None:
    """A replay says what the live worker said."""
    before = copy.deepcopy(given)
    first = [emit(output) for output in said(given, response=response)]

    assert first == [emit(output) for output in said(given, response=response)]
    assert before == given


@every_situation
def test_every_output_can_be_read_back(given: Found) -> None:
    """What is written is JSON of the documented shape, and nothing of it is lost."""
    for output in said(given):
        emitted = emit(output)

        assert emitted.value is not None
        assert output == msgspec.json.decode(emitted.value, type=TYPES[emitted.topic])
        assert emitted.key == b"8613800000001"
        assert emitted.type == msgspec.json.decode(emitted.value)["type"]


@every_situation
def test_every_output_names_its_cause_and_its_evidence(given: Found) -> None:
    """Nothing is said that cannot be traced to a signal and to the record that raised it."""
    signals = {signal.id: signal for signal in given.signals}
    for output in said(given):
        assert isinstance(output, Message | SuppressedOffer)
        assert output.cause
        assert tuple(sorted(output.cause)) == output.cause
        assert set(output.cause) <= set(signals)
        assert output.evidence in {signals[cause].evidence for cause in output.cause}
        assert output.at in {signals[cause].at for cause in output.cause}


@every_situation
def test_no_two_outputs_have_one_identity(given: Found) -> None:
    """A reader tells them apart by their ids."""
    ids = [output.id for output in said(given)]

    assert len(set(ids)) == len(ids)


@every_situation
def test_every_message_is_whole(given: Found) -> None:
    """No blank is left, no sentence missing, and it is due before it expires."""
    for output in said(given):
        if isinstance(output, Message):
            assert output.text == output.text.strip()
            assert "  " not in output.text
            assert output.text[-1] in ".。"
            assert output.why[-1] in ".。"
            assert parse_instant(output.decided_at) < parse_instant(output.due_by)
            assert parse_instant(output.due_by) <= parse_instant(output.expires_at)


@every_situation
def test_every_signal_is_told_in_a_notice_and_never_in_two(given: Found) -> None:
    """Service always; one notice for a subject. What kind of user one is, is no subject."""
    due = [signal for signal in given.signals if isinstance(signal, UsageSignal | PortSignals)]
    told = [cause for output in respond(given) if isinstance(output, CareEvent) for cause in output.cause]

    assert sorted(signal.id for signal in due) == sorted(told)


@every_situation
def test_every_risk_is_a_task_and_no_message(given: Found) -> None:
    """Nobody is told by a machine that we think they may leave."""
    risks = [signal.id for signal in given.signals if isinstance(signal, ChurnRisk)]
    outputs = list(respond(given))

    assert risks == [cause for output in outputs if isinstance(output, Task) for cause in output.cause]
    assert not set(risks) & {
        cause for output in outputs if isinstance(output, CareEvent | OfferEvent) for cause in output.cause
    }


@every_situation
def test_porting_never_makes_an_offer(given: Found) -> None:
    """Neither a query nor a request, whatever else the record raised."""
    if any(isinstance(signal, PortSignals) for signal in given.signals):
        assert {CARE_EVENTS} == {output.TOPIC for output in said(given)}


def test_nothing_found_cannot_be_responded_to() -> None:
    """Silence needs no response, and usage needs a plan."""
    with pytest.raises(ValueError, match="nothing"):
        found()
    with pytest.raises(ValueError, match="plan"):
        found(near_limit(), plan=None)
