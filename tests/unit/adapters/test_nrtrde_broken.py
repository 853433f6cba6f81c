"""What is wrong with an NRTRDE file, or with one event of it, is said and nothing is guessed."""

import random
from typing import Final

import pytest

from streams.adapters import nrtrde
from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde import convert
from tests.unit.adapters.build_nrtrde import BER, IMSI, XML, Event, ber, gprs, moc, xml

BOMB: Final = b'<!DOCTYPE Nrtrde [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE: Final = b'<!DOCTYPE Nrtrde [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (gprs(DataVolumeIncoming=-2), "DataVolumeIncoming is negative"),
        (gprs(DataVolumeOutgoing=2**53), "DataVolumeOutgoing is too large"),
        (gprs(DataVolumeOutgoing=2**90), "DataVolumeOutgoing is a number of 12 octets"),
        (gprs(DataVolumeOutgoing=b""), "DataVolumeOutgoing is a number of 0 octets"),
        (
            gprs(DataVolumeIncoming=None, DataVolumeOutgoing=None),
            "neither DataVolumeIncoming nor DataVolumeOutgoing",
        ),
        (moc(CallEventDuration=-1), "CallEventDuration is negative"),
        (moc(CallEventDuration=None), "CallEventDuration is missing"),
        (moc(Imsi=None), "Imsi is missing or not 6 to 15 digits"),
        (moc(Imsi="123"), "Imsi is missing or not 6 to 15 digits"),
        (moc(Imsi=b"\x12\xa4\x56\xff"), "Imsi has something else than digits"),
        (moc(ConnectedNumber=b"\xe4"), "ConnectedNumber is not ASCII"),
        (moc(UtcTimeOffset=None), "UtcTimeOffset is missing or no +hhmm or -hhmm"),
        (moc(UtcTimeOffset="+0260"), "UtcTimeOffset is missing or no +hhmm or -hhmm"),
        (moc(CallEventStartTimeStamp=None), "CallEventStartTimeStamp is missing or no YYYYMMDDhhmmss"),
        (
            moc(CallEventStartTimeStamp="20160230110104"),
            "CallEventStartTimeStamp is no date and time that exists",
        ),
        (
            moc(CallEventStartTimeStamp="20160122246000"),
            "CallEventStartTimeStamp is no date and time that exists",
        ),
    ],
)
def test_a_bad_event_is_left_out_by_its_number_and_the_others_are_converted(event: Event, fault: str) -> None:
    """The fault names the field, never what it holds."""
    result = convert(ber(gprs(), event, moc()))

    assert [f"event 2: {fault}"] == result.faults
    assert (2, 1) == (len(result.lines), result.fault_count)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b">7<", b">one<", "DataVolumeIncoming is no whole number"),
        (b">7<", b"><", "DataVolumeIncoming is no whole number"),
        (b">7<", b">" + b"9" * 3_000 + b"<", "DataVolumeIncoming is too long"),
        (b"</Gprs>", b"<Imsi>262011234567890</Imsi></Gprs>", "Imsi is there twice"),
        (b"Gprs>", b"Later>", "neither Moc, Mtc nor Gprs"),
    ],
)
def test_a_bad_event_in_xml_is_left_out(old: bytes, new: bytes, fault: str) -> None:
    """XML has faults of its own."""
    assert [f"event 1: {fault}"] == convert(xml(gprs(DataVolumeIncoming=7)).replace(old, new)).faults


def test_only_the_first_faults_are_kept_word_for_word() -> None:
    """A file of nothing but bad events does not flood anybody."""
    result = convert(xml(*[moc(Imsi=None)] * 50))

    assert (20, 50) == (len(result.faults), result.fault_count)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "the file is empty"),
        (b"\x30\x03\x02\x01\x00", "neither XML nor BER of this format"),
        (b"<TransferBatch/>", "no NRTRDE file: the first element is not Nrtrde"),
        (b"a-text", "an element at octet 0 is longer than what holds it"),
        (b"\x61\x80" * 100, "nested too deep for this format"),
        (b"<Nrtrde>" * 100, "nested too deep for this format"),
        (b"\x61\x84\xff\xff\xff\xff", "an element at octet 0 is longer than what holds it"),
        (b"\x61\x88" + b"\xff" * 8, "broken BER at octet 0"),
        (b"\x61\x03\x09\x01\x40", "the element at octet 2 is not of this format"),
        (BER + b"\x00", "1 octets follow the end of the file's content"),
        (XML.replace(b"</Moc>", b"</Mtc>", 1), "broken XML in line 22"),
        (xml(gprs(), Sender=None), "Sender is missing, stands behind the events, or is no operator's code"),
        (xml(gprs(), Sender="$x"), "Sender is missing, stands behind the events, or is no operator's code"),
        (xml(FileAvailableTimeStamp=None), "FileAvailableTimeStamp is missing or no YYYYMMDDhhmmss"),
        (xml(UtcTimeOffset="0200"), "UtcTimeOffset is missing or no +hhmm or -hhmm"),
        (BOMB + xml(gprs()), "a document type (DTD) is not allowed"),
        (OUTSIDE + xml(gprs(Sender="&a;")), "a document type (DTD) is not allowed"),
        (b"<!DOCTYPE Nrtrde>" + xml(gprs()), "a document type (DTD) is not allowed"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_one_line(data: bytes, fault: str) -> None:
    """Nothing of such a file is converted."""
    with pytest.raises(InputFileError) as raised:
        convert(data)

    assert fault == str(raised.value)


def test_an_event_that_is_longer_than_its_length_says_refuses_the_file() -> None:
    """The library would read on into the next event and lose it."""
    shorter = BER.replace(b"\x63\x4b", b"\x63\x4a", 1)

    with pytest.raises(InputFileError, match="longer than what holds it"):
        convert(shorter)


@pytest.mark.parametrize("data", [BER, XML.rstrip()])
def test_a_file_that_was_cut_anywhere_is_refused(data: bytes) -> None:
    """Half a file must not count as a whole one: its rest would never be missed."""
    for length in range(len(data)):
        with pytest.raises(InputFileError):
            convert(data[:length])


def test_the_indefinite_length_is_read_like_the_definite_one() -> None:
    """BER allows both, X.690 8.1.3.6, and files with the former are seen."""
    content, event_list = BER[4:], BER.index(b"\x62\x82\x02\x41")
    head, rest = BER[4:event_list], BER[event_list + 4 :]
    events, count = rest[:0x241], rest[0x241:]

    open_ended = b"\x61\x80" + head + b"\x62\x80" + events + b"\x00\x00" + count + b"\x00\x00"

    assert len(content) == len(head) + 4 + len(rest)
    assert convert(BER).lines == convert(open_ended).lines


def test_an_indefinite_length_without_its_end_is_refused() -> None:
    """The library takes the end of the data for it."""
    with pytest.raises(InputFileError, match="breaks off"):
        convert(b"\x61\x80" + BER[4:])


def test_damage_is_refused_or_reported_and_never_anything_else() -> None:
    """Whatever octets change, the only error is the one that a person can read."""
    seed = 20_160_123
    chance = random.Random(seed)  # noqa: S311 - reproducible damage, no secret
    for _ in range(3_000):
        damaged = bytearray(chance.choice((BER, XML)))
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        said = _said(bytes(damaged))
        assert not any(IMSI in text for text in said), f"seed {seed}: {said}"


def _said(data: bytes) -> list[str]:
    """Return what a person is told of a file."""
    try:
        result = convert(data)
    except InputFileError as error:
        return [str(error)]
    assert result.event_count == len(result.lines) + result.fault_count
    return [*result.faults, *result.unknown_fields]


def test_a_file_beyond_the_largest_size_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound keeps a wrong file from eating the memory."""
    monkeypatch.setattr(nrtrde, "FILE_BYTES_MAX", len(BER) - 1)

    with pytest.raises(InputFileError, match="larger than"):
        convert(BER)
