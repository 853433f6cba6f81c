"""NRTRDE events become usage records, the same ones from XML and from BER."""

import json
from typing import Any

import pytest

from schemas.decode import decode
from schemas.times import parse_instant
from streams.adapters.nrtrde import convert
from tests.unit.adapters.build_nrtrde import BER, IMSI, XML, Event, ber, gprs, moc, mtc, xml


def values(data: bytes, ids: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the records of a file."""
    return [json.loads(line)["value"] for line in convert(data, ids).lines]


def test_both_encodings_of_the_sample_give_the_same_lines() -> None:
    """Nothing of a line depends on how the file was encoded."""
    assert convert(XML).lines == convert(BER).lines


def test_every_line_of_the_sample_is_a_valid_usage_record() -> None:
    """A line's key and value decode as the wire contract says."""
    lines = [json.loads(line) for line in convert(BER).lines]

    records = [
        decode(line["topic"], line["key"].encode(), json.dumps(line["value"]).encode()) for line in lines
    ]

    assert 7 == len(records)
    assert {"cdr"} == {line["topic"] for line in lines}


def test_the_samples_data_sessions_are_three_an_hour_apart() -> None:
    """Equal sessions at different times are different usage."""
    sessions = [value for value in values(BER) if value["type"] == "data"]

    assert [127_272_726] * 3 == [session["bytes_down"] + session["bytes_up"] for session in sessions]
    starts_ms = [parse_instant(session["started_at"]) for session in sessions]
    assert [3_600_000, 3_600_000] == [starts_ms[1] - starts_ms[0], starts_ms[2] - starts_ms[1]]
    assert 3 == len({session["record_id"] for session in sessions})


def test_the_samples_calls_and_messages_keep_their_seconds_and_directions() -> None:
    """Moc is a call out, and a Mtc of a short message service a message in."""
    others = [
        (value["type"], value["direction"], value.get("duration_s"))
        for value in values(XML)
        if value["type"] != "data"
    ]

    assert [("voice", "out", 43), ("sms", "in", None)] * 2 == others


def test_incoming_octets_came_down_and_outgoing_ones_went_up() -> None:
    """Directions are the mobile's."""
    (record,) = values(xml(gprs(DataVolumeIncoming=5, DataVolumeOutgoing=7)))

    assert (5, 7) == (record["bytes_down"], record["bytes_up"])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (moc(), ("voice", "out")),
        (mtc(), ("voice", "in")),
        (moc(TeleServiceCode="11"), ("voice", "out")),
        (moc(TeleServiceCode="22"), ("sms", "out")),
        (mtc(TeleServiceCode="21"), ("sms", "in")),
        (moc(TeleServiceCode="21"), ("sms", "out")),
        (moc(TeleServiceCode="22", CallEventDuration=None), ("sms", "out")),
    ],
)
def test_service_and_kind_decide_type_and_direction(event: Event, expected: tuple[str, str]) -> None:
    """21 and 22 are short messages, everything else a call; who calls decides the direction."""
    (record,) = values(ber(event))

    assert expected == (record["type"], record["direction"])


@pytest.mark.parametrize(
    ("cause", "expected"), [(0, "normal"), (1, None), (3, "failed"), (4, "dropped"), (9, None)]
)
def test_the_cause_for_termination_says_how_it_ended(cause: int, expected: str | None) -> None:
    """Causes that say nothing about the end, such as a partial record, leave it open."""
    (record,) = values(xml(moc(CauseForTermination=cause)))

    assert expected == record.get("ended_by")


def test_a_record_names_its_sender_its_imsi_and_that_it_roams() -> None:
    """The source is the network that sent the file; without ids the IMSI is the subscriber."""
    (record,) = values(xml(gprs(), Sender="ABCDE"))

    assert ("nrtrde:ABCDE", IMSI, True) == (record["source"], record["subscriber_id"], record["roaming"])


def test_times_carry_their_own_offset() -> None:
    """A start has the event's offset, the arrival that of the file."""
    event = gprs(CallEventStartTimeStamp="20160122110104", UtcTimeOffset="-0330")

    (line,) = convert(ber(event, FileAvailableTimeStamp="20160123110203", UtcTimeOffset="+0545")).lines

    assert "2016-01-22T11:01:04-03:30" == json.loads(line)["value"]["started_at"]
    assert "2016-01-23T11:02:03+05:45" == json.loads(line)["timestamp"]


def test_an_identity_does_not_depend_on_the_place_in_the_file_or_on_its_head() -> None:
    """A file that is put together anew brings the same identities."""
    first, second = gprs(DataVolumeIncoming=1), moc()

    alone = values(xml(second))
    among_others = values(ber(first, second, FileAvailableTimeStamp="20160124000000", SequenceNumber="00099"))

    assert alone[0]["record_id"] == among_others[1]["record_id"]


@pytest.mark.parametrize(
    "change", [{"CallEventDuration": 44}, {"ChargeAmount": 3}, {"ConnectedNumber": "4930"}]
)
def test_an_identity_depends_on_every_decoded_value(change: dict[str, object]) -> None:
    """Events that differ in anything known are different records."""
    first, second = values(xml(moc(), moc(**change)))

    assert first["record_id"] != second["record_id"]


def test_an_event_that_is_there_twice_is_one_record_and_counted_as_repeated() -> None:
    """Nothing tells two equal events apart, so they share an identity, and a person is told."""
    result = convert(xml(gprs(), gprs()))

    assert 1 == result.repeat_count
    assert result.lines[0] == result.lines[1]


def test_ids_replace_the_imsi_in_key_and_value() -> None:
    """With a table of ids the IMSI leaves no trace in a line."""
    result = convert(BER, {IMSI: "sub-1"})

    assert {("sub-1", "sub-1")} == {
        (line["key"], line["value"]["subscriber_id"]) for line in map(json.loads, result.lines)
    }
    assert not any(IMSI.encode() in line for line in result.lines)
    assert 0 == result.unmapped_count


def test_an_imsi_without_an_id_stays_and_is_counted() -> None:
    """Its usage is not lost; what becomes of an unknown subscriber is decided later."""
    result = convert(BER, {"262011234567890": "sub-1"})

    assert 7 == result.unmapped_count
    assert {IMSI} == {json.loads(line)["key"] for line in result.lines}


def test_the_samples_control_count_is_kept_beside_what_was_found() -> None:
    """A wrong control count is told, not believed."""
    result = convert(BER)

    assert (10, 7) == (result.event_count_said, result.event_count)


def test_charges_are_counted_and_dropped() -> None:
    """The file names no currency, so a charge would be an amount of nothing."""
    assert 5 == convert(BER).charge_count
    assert not any("charge" in value for value in values(BER))


def test_an_unknown_field_is_named_and_does_no_harm() -> None:
    """A field that the table lacks changes neither the record nor its identity."""
    plain = convert(xml(gprs()))

    extended = convert(xml(gprs(ChargingId=77)))

    assert plain.lines == extended.lines
    assert {"ChargingId"} == extended.unknown_fields


def test_an_element_may_have_a_name_space_and_blanks() -> None:
    """Some writers put the format into a name space, or values on lines of their own."""
    spaced = xml(gprs()).replace(b"<Nrtrde>", b'<Nrtrde xmlns="urn:x">').replace(b">2<", b">\n  2\n<")

    assert convert(xml(gprs())).lines == convert(spaced).lines


def test_a_file_without_events_gives_nothing() -> None:
    """Networks send empty files to show that they are alive."""
    assert ([], 0, 0) == ((result := convert(ber())).lines, result.event_count, result.event_count_said)
