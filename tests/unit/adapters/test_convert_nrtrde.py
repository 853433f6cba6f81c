"""``usagewatch convert nrtrde``: lines on standard output, everything for people on standard error."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from streams.cli import usagewatch
from tests.unit.adapters.build_nrtrde import BER, IMSI, SAMPLES, gprs, moc, xml

SAMPLE_XML = str(SAMPLES / "nrt_2_1.xml")
SAMPLE_BER = str(SAMPLES / "nrt_2_1.ber")
CHARGES = "note: charges of 5 events dropped, the files name no currency\n"
ONE = "1 file, 0 duplicates skipped\n"


def run(*arguments: str | Path) -> Result:
    """Return what the command did."""
    return CliRunner().invoke(usagewatch, ["convert", "nrtrde", *map(str, arguments)])


def test_the_sample_gives_seven_lines_and_two_remarks() -> None:
    """Its control count is wrong and its charges have no currency; neither stops anything."""
    result = run(SAMPLE_XML)

    assert 0 == result.exit_code
    assert 7 == len(result.stdout.splitlines())
    assert f"warning: {SAMPLE_XML}: CallEventsCount says 10, file has 7\n{CHARGES}{ONE}" == result.stderr


def test_both_encodings_write_the_same_octets() -> None:
    """Who reads the lines cannot tell what they were made from."""
    assert run(SAMPLE_XML).stdout_bytes == run(SAMPLE_BER).stdout_bytes


def test_of_a_right_file_nothing_is_said_but_that_it_was_one(tmp_path: Path) -> None:
    """Nothing odd, no word of it."""
    (tmp_path / "a.xml").write_bytes(xml(gprs()))

    result = run(tmp_path / "a.xml")

    assert (0, ONE) == (result.exit_code, result.stderr)


def test_a_bad_file_is_one_line_and_the_others_are_converted(tmp_path: Path) -> None:
    """The exit status tells a script that something is missing."""
    broken, missing = tmp_path / "broken.nrt", tmp_path / "missing.nrt"
    broken.write_bytes(BER[:100])

    result = run(broken, missing, SAMPLE_BER)

    assert 1 == result.exit_code
    assert 7 == len(result.stdout.splitlines())
    assert [
        f"error: {broken}: an element at octet 0 is longer than what holds it",
        f"error: {missing}: No such file or directory",
    ] == result.stderr.splitlines()[:2]


def test_a_bad_event_is_named_by_file_and_number(tmp_path: Path) -> None:
    """The others of its file are converted, and the exit status is 1."""
    file = tmp_path / "a.xml"
    file.write_bytes(xml(gprs(), moc(CallEventDuration=-1), moc()))

    result = run(file)

    assert 1 == result.exit_code
    assert 2 == len(result.stdout.splitlines())
    assert f"error: {file}: event 2: CallEventDuration is negative\n{ONE}" == result.stderr


def test_more_faults_than_are_kept_are_counted(tmp_path: Path) -> None:
    """A hundred bad events are twenty-one lines, and the last says how many files there were."""
    file = tmp_path / "a.xml"
    file.write_bytes(xml(*[moc(Imsi=None)] * 100))

    said = run(file).stderr.splitlines()

    assert (22, f"error: {file}: and 80 more events left out") == (len(said), said[-2])


def test_charges_are_mentioned_once_for_all_files(tmp_path: Path) -> None:
    """What holds for the format need not be said of each file."""
    (tmp_path / "a.xml").write_bytes(xml(moc(ChargeAmount=7)))

    assert 1 == run(SAMPLE_XML, tmp_path / "a.xml").stderr.count("charges of 6 events dropped")


def test_files_out_of_their_order_are_warned_of(tmp_path: Path) -> None:
    """A replay takes lines in the order of arrival; its clock never goes back."""
    older = tmp_path / "older.xml"
    older.write_bytes(xml(FileAvailableTimeStamp="20160123110202"))

    result = run(SAMPLE_BER, older)

    expected = "available since 2016-01-23T09:02:02.000Z, earlier than the file before it"
    assert f"warning: {older}: {expected}: a replay wants its lines in order of arrival\n" in result.stderr
    assert 0 == result.exit_code


def test_events_that_repeat_another_are_warned_of(tmp_path: Path) -> None:
    """Two messages in one second look the same: a person should know that they will count as one."""
    file = tmp_path / "a.xml"
    file.write_bytes(xml(gprs(), gprs()))

    expected = "1 events repeat an earlier one in every value that is known, and will not be counted again"
    assert f"warning: {file}: {expected}\n{ONE}" == run(file).stderr


def test_unknown_fields_are_named_once_a_file(tmp_path: Path) -> None:
    """They may be what tells two records apart."""
    file = tmp_path / "a.xml"
    file.write_bytes(xml(gprs(ChargingId=1), moc(CallReference="7f")))

    assert (
        f"note: {file}: fields left out that are not known here: CallReference, ChargingId\n{ONE}"
        == run(file).stderr
    )


def test_ids_map_the_imsi_and_those_without_are_counted_once(tmp_path: Path) -> None:
    """An IMSI that is not in the table keeps its usage, under itself."""
    ids, other = tmp_path / "ids.csv", tmp_path / "other.xml"
    ids.write_text(f"imsi,subscriber_id\n{IMSI},sub-1\n")
    other.write_bytes(xml(gprs(Imsi="262011234567890"), gprs(Imsi="262011234567891")))

    result = run("--ids", ids, other, SAMPLE_BER)

    keys = [json.loads(line)["key"] for line in result.stdout.splitlines()]
    assert ["262011234567890", "262011234567891", *["sub-1"] * 7] == keys
    assert f"warning: 2 events of an IMSI not in {ids} keep the IMSI\n" in result.stderr
    assert 0 == result.exit_code


def test_a_bad_table_of_ids_converts_nothing(tmp_path: Path) -> None:
    """Half a table would key some usage by the IMSI and some by the id."""
    ids = tmp_path / "ids.csv"
    ids.write_text("1,2,3\n")

    result = run("--ids", ids, SAMPLE_BER)

    assert (1, "") == (result.exit_code, result.stdout)
    assert f"error: {ids}: line 1 is not imsi,subscriber_id\n" == result.stderr


def test_no_number_of_a_subscriber_is_on_standard_error(tmp_path: Path) -> None:
    """Standard error ends in logs."""
    file = tmp_path / "a.xml"
    file.write_bytes(xml(moc(ConnectedNumber="495211065844", CallEventDuration=-1), moc(UtcTimeOffset="x")))

    said = run(file, SAMPLE_XML).stderr

    assert not [number for number in (IMSI, "495211065844", "1232323") if number in said]
