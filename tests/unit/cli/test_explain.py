"""``usagewatch explain``: one subscriber's story, and nobody else's."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from streams.cli.explain import explain
from tests.build import (
    NOON,
    SUBSCRIBER,
    Line,
    after,
    allowance,
    broken,
    data,
    event,
    lines_of,
    plan,
    profile,
    usage,
    voice,
)

OTHER = "4915100000099"
STORY: list[Line] = [
    plan(allowance(), price="128.00"),
    profile(time_zone="Asia/Shanghai"),
    profile(subscriber_id=OTHER),
    data(20, record_id="a", at="2026-11-02T12:00:00Z"),
    data(65, record_id="b"),
    data(65, record_id="b"),
    data(50, subscriber_id=OTHER, record_id="secret"),
    data(55, record_id="c", corrects={"record_id": "b", "was": {"bytes_up": 6_500_000}}),
    data(6, record_id="d"),
    event("addon.purchased", addon_id="pack", bucket="data", amount=10_000_000, event_id="e"),
    data(30, record_id="z", zero_rated=True),
    voice(61, record_id="v", direction="in"),
    usage("data", bytes_up=-1, record_id="bad"),
    data(7, record_id="late", arrives="2026-12-05T00:00:00Z"),
]


def told(folder: Path, *options: str, subscriber: str = SUBSCRIBER, records: list[Line] = STORY) -> Result:
    """Return what the command did with a file of these records."""
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(lines_of(records, is_bare=True)))
    return CliRunner().invoke(explain, [subscriber, str(file), *options])


def steps(folder: Path, records: list[Line] = STORY) -> dict[str, dict[str, Any]]:
    """Return the steps of a story by the record's id."""
    lines = told(folder, "--json", records=records).stdout.splitlines()
    found = [orjson.loads(line) for line in lines]
    return {_name(one): one for one in found}


def _name(step: dict[str, Any]) -> str:
    record = step["record"]
    return str(record.get("record_id") or record.get("event_id") or step["what"])


@pytest.mark.parametrize(
    "words",
    [
        "02 Nov 2026 20:00:00  data a: applied  line 4",
        "data of 2026-11-01: 2 MB → 8.5 MB of 10 MB, 85 %",
        "→ near_limit: 80 % of data is reached: 8.5 MB of 10 MB are used, 85 %; 1.5 MB left until 1 Dec",
        "→ usage_notice by sms: “Data: 8.5 MB of 10 MB used",
        "→ no addon offer: there is no consent to commercial messages",
        "data b: duplicate  line 6",
        "it is the same record again: it counts nothing.",
        "→ resolved: 80 % of data, raised with line 5, is true no more; nobody is alerted",
        "→ reinstated: 80 % of data, raised with line 5, is true again; nobody is alerted",
        "allowance 10 MB → 20 MB, generation 1",
        "it is zero-rated: in the history, against no allowance.",
        "it came in, and the plan counts only what goes out.",
        "refused: negative_quantity, bytes_up",
        "30 Nov 2026 00:00:00  time went on  before line 14",
        "→ expiring: 1.9 MB of data from add-on pack lapse on 1 Dec 2026 00:00",
        "10 Nov 2026 20:00:00  data late: applied  line 14, arrived 05 Dec 2026 08:00:00",
        "→ late_adjustment: data of the period from 2026-11-01, long over, was 8.1 MB and is 8.8 MB",
        "no levels: it arrived 24 hours or more after the period's end",
        "next level 80 % at 8 MB, 6 MB more; no forecast: less than 30 % is used.",
        "raised already: 80 % with line 5.",
    ],
)
def test_story_says_what_each_record_did_and_what_it_did_not(words: str, tmp_path: Path) -> None:
    """Local times of the events, the plan's units, line numbers, reasons."""
    done = told(tmp_path, "--all")

    assert 0 == done.exit_code
    assert " ".join(words.split()) in " ".join(done.stdout.split())


def test_records_that_raise_nothing_are_told_as_one(tmp_path: Path) -> None:
    """What moved from the first to the last, and what comes next; with --all each by itself."""
    hours = [data(2, record_id=f"d{hour}", at=after(NOON, hours=hour)) for hour in range(14)]
    records = [plan(), profile(), *hours, voice(61, record_id="v", direction="in", at=after(NOON, hours=14))]
    short, whole = (told(tmp_path, *options, records=records).stdout for options in ([], ["--all"]))

    assert (
        "10 Nov 2026 12:00:00 to 11 Nov 02:00:00  15 records  lines 3 to 17\n    14 data, 1 voice\n" in short
    )
    assert "data of 2026-11-01: 0 MB → 2.8 MB of 10 MB, 28 %. Nothing to raise: next level 80 %" in short
    assert "Not counted: 1 because it came in" in short
    assert 15 == whole.count(": applied  line") - 1


def test_nobody_else_is_in_the_story(tmp_path: Path) -> None:
    """Neither another's id nor another's records."""
    for options in ([], ["--json"]):
        done = told(tmp_path, *options)

        assert OTHER not in done.stdout
        assert "secret" not in done.stdout


def test_record_of_two_people_is_there_with_its_reason_and_without_its_content(tmp_path: Path) -> None:
    """Under this key, with another's value: that it came, where, and why it was refused."""
    mixed = {**data(1, subscriber_id=OTHER, record_id="secret", source="secret"), "key": SUBSCRIBER}
    text, lines = (
        told(tmp_path, *options, records=[plan(), profile(), mixed]) for options in ([], ["--json"])
    )
    step = orjson.loads(lines.stdout.splitlines()[-1])

    assert (3, "cdr", "dead", {}) == (step["line"], step["what"], step["became"], step["record"])
    assert "a record of cdr that may be somebody else's" in text.stdout
    assert "refused: key_mismatch, subscriber_id" in text.stdout
    assert [] == [word for word in (OTHER, "secret") if word in text.stdout + lines.stdout]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"topic":"cdr","key":"%b","value":{"record_id":"secret' % SUBSCRIBER.encode(), "not_json"),
        (
            b'{"topic":"cdr","value":{"record_id":"secret","subscriber_id":"%b' % SUBSCRIBER.encode(),
            "not_json",
        ),
        (b'{"topic":"secret","key":"%b","value":{}}' % SUBSCRIBER.encode(), "bad_field, topic"),
        (b'["secret", "%b"]' % SUBSCRIBER.encode(), "not_an_object"),
    ],
)
def test_line_that_is_none_is_told_where_it_names_the_subscriber(
    line: bytes, reason: str, tmp_path: Path
) -> None:
    """As a dead letter at its place, without its content, of which nobody knows whose it is."""
    records = [plan(), profile(), broken(line), data(1, record_id="a")]
    text, lines = (told(tmp_path, *options, records=records).stdout for options in ([], ["--json"]))
    step = orjson.loads(lines.splitlines()[1])

    assert (3, "file", "dead", {}, None) == tuple(
        step[name] for name in ("line", "what", "became", "record", "at")
    )
    assert f"refused: {reason}" in text
    assert "secret" not in text + lines


def test_value_that_names_the_subscriber_under_anothers_key_is_told_without_its_content(
    tmp_path: Path,
) -> None:
    """That there was such a record, where, and why it was refused."""
    mixed = {**data(1, record_id="secret", source="secret"), "key": OTHER}
    text, lines = (
        told(tmp_path, *options, records=[plan(), profile(), mixed]).stdout for options in ([], ["--json"])
    )
    step = orjson.loads(lines.splitlines()[-1])

    assert (3, "cdr", "dead", {}) == tuple(step[name] for name in ("line", "what", "became", "record"))
    assert "refused: key_mismatch, subscriber_id" in text
    assert [] == [word for word in (OTHER, "secret") if word in text + lines]


def test_owner_is_told_what_the_group_crossed_and_not_by_whom(tmp_path: Path) -> None:
    """A member's record is another line's."""
    group = {"group_id": "g", "owner_id": SUBSCRIBER, "plan_id": "p", "members": [SUBSCRIBER, OTHER]}
    record = {**group, "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}
    lines: list[Line] = [
        plan(),
        profile(),
        profile(subscriber_id=OTHER),
        {"topic": "groups", "timestamp": NOON, "value": record},
        data(85, record_id="theirs", subscriber_id=OTHER),
    ]
    text, steps_ = (told(tmp_path, *options, records=lines).stdout for options in ([], ["--json"]))

    assert "near_limit" in text
    assert '"line":"another line of the group"' in steps_
    assert [] == [word for word in (OTHER, "theirs") if word in text + steps_]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        # Used on the 3rd, arrived on the 10th: its event time decides.
        (data(5, at="2026-11-03T12:00:00Z", arrives=NOON), "no forecast: it was used before day 5"),
        (data(5, at="2026-11-30T23:00:00Z", arrives="2026-12-01T01:00:00Z"), "no forecast: it arrived late"),
        (data(5, at="2026-11-30T23:00:00Z", arrives="2026-12-09T01:00:00Z"), "no forecast: it arrived late"),
    ],
)
def test_forecast_is_missing_for_the_rules_own_reason(record: Line, why: str, tmp_path: Path) -> None:
    """By when it was used and whether that came late, not by the clock of arrivals."""
    before = data(45, at="2026-11-02T12:00:00Z")

    text = told(tmp_path, "--all", records=[plan(), profile(), before, record]).stdout

    assert why in " ".join(text.split())


def test_name_of_a_record_does_not_speak_to_the_terminal(tmp_path: Path) -> None:
    """It may be anything of 128 characters."""
    text = told(tmp_path, records=[plan(), profile(), data(1, record_id="a\x1b[2J\nb")]).stdout

    assert "data a�[2J�b: applied  line 3" in text


def test_steps_for_other_programs(tmp_path: Path) -> None:
    """One object a step, with what moved before and after."""
    found = steps(tmp_path)

    assert ["profile", "a", "b", "c", "d", "e", "z", "v", "bad", "timer", "late"] == list(found)
    moved = found["c"]["moved"][0]
    assert ([8_500_000, 7_500_000], "2026-11-01") == (moved["used"], moved["period"])
    assert "dead" == found["bad"]["became"]


def test_only_what_was_raised(tmp_path: Path) -> None:
    """A duplicate and a zero-rated record raise nothing."""
    lines = told(tmp_path, "--json", "--only-raised").stdout.splitlines()
    ids = [orjson.loads(line)["record"].get("record_id") for line in lines]

    assert "b" in ids
    assert not {"z", "v"} & set(ids)


def test_days_cut_the_story_by_when_it_happened(tmp_path: Path) -> None:
    """By the subscriber's own days, both included: a late record is of the day on which it was used."""
    cut = told(tmp_path, "--json", "--from", "2026-11-10", "--to", "2026-11-10").stdout.splitlines()
    found = [orjson.loads(line) for line in cut]

    assert {"2026-11-10"} == {step["at"][:10] for step in found}
    assert {"2026-11-10", "2026-12-05"} == {step["arrived_at"][:10] for step in found}


def test_what_has_no_time_of_its_own_is_cut_by_its_arrival(tmp_path: Path) -> None:
    """A record that may be somebody else's."""
    mixed = {**data(1, subscriber_id=OTHER, at="2026-11-03T12:00:00Z", arrives=NOON), "key": SUBSCRIBER}
    records = [plan(), profile(), mixed]
    chosen = [
        told(tmp_path, "--json", "--from", day, "--to", day, records=records).stdout
        for day in ("2026-11-03", "2026-11-10")
    ]

    assert [0, 1] == [len(text.splitlines()) for text in chosen]


def test_group_is_told_as_such(tmp_path: Path) -> None:
    """What a line uses moves the group's bucket; the members are not named."""
    group = {"group_id": "g", "owner_id": SUBSCRIBER, "plan_id": "p", "members": [SUBSCRIBER, OTHER]}
    record = {**group, "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}
    lines: list[Line] = [
        plan(),
        profile(group_id="g"),
        profile(subscriber_id=OTHER, group_id="g"),
        {"topic": "groups", "timestamp": NOON, "value": record},
        data(50, record_id="own"),
        data(35, record_id="theirs", subscriber_id=OTHER),
    ]
    done = told(tmp_path, records=lines)

    assert "the subscriber belongs to a group from here on" in done.stdout
    assert "the group: data of 2026-11-01: 0 MB → 5 MB of 10 MB, 50 %" in done.stdout
    assert "a record of another line of the group  line 6" in done.stdout
    assert OTHER not in done.stdout


def test_unknown_subscriber_is_said_so(tmp_path: Path) -> None:
    """Exit status 1, and no other id is named."""
    done = told(tmp_path, subscriber="nobody")

    assert (1, "") == (done.exit_code, done.stdout)
    assert "nothing of that subscriber" in done.stderr
    assert OTHER not in done.stderr
