"""``usagewatch explain``: one subscriber's story, and nobody else's."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from streams.cli.explain import explain
from tests.build import NOON, SUBSCRIBER, Line, allowance, data, event, lines_of, plan, profile, usage, voice

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
    file.write_bytes(b"\n".join([*lines_of(records, is_bare=True), b'{"broken ' + subscriber.encode()]))
    return CliRunner().invoke(explain, [subscriber, str(file), *options])


def steps(folder: Path, records: list[Line] = STORY) -> dict[str, dict[str, Any]]:
    """Return the steps of a story by the record's id."""
    lines = told(folder, "--json", records=records).stdout.splitlines()
    found = [orjson.loads(line) for line in lines]
    return {
        one["record"].get("record_id") or one["record"].get("event_id") or one["what"]: one for one in found
    }


@pytest.mark.parametrize(
    "words",
    [
        "02 Nov 2026 20:00:00  data a: applied  line 4",
        "data of 2026-11-01: 2 MB → 8.5 MB of 10 MB, 85 %",
        "→ near_limit: bucket data",
        "level 80",
        "→ no addon offer: no_consent",
        "data b: duplicate  line 6",
        "It is the same record again, so it counts nothing.",
        "→ resolved: of ",
        "→ reinstated: of ",
        "allowance 10 MB → 20 MB, generation 1",
        "It is zero-rated: in the history only, against no allowance.",
        "It came in, and the plan counts only what goes out.",
        "refused, negative_quantity: bytes_up",
        "→ late_adjustment: ",
        "ended more than 24 hours before it arrived",
        "80 % is not reached, 20.0 % is used; 6 MB (6,000,000) are missing.",
        "No forecast: less than 30 % of data is used.",
        "near_limit 80 is raised already and is said once.",
    ],
)
def test_story_says_what_each_record_did_and_what_it_did_not(words: str, tmp_path: Path) -> None:
    """Local times, the plan's units, line numbers, reasons."""
    done = told(tmp_path)

    assert 0 == done.exit_code
    assert " ".join(words.split()) in " ".join(done.stdout.split())


def test_nobody_else_is_in_the_story(tmp_path: Path) -> None:
    """Neither another's id nor another's records."""
    for options in ([], ["--json"]):
        done = told(tmp_path, *options)

        assert OTHER not in done.stdout
        assert "secret" not in done.stdout


def test_steps_for_other_programs(tmp_path: Path) -> None:
    """One object a step, with what moved before and after."""
    found = steps(tmp_path)

    assert ["profile", "a", "b", "c", "d", "e", "z", "v", "bad", "late"] == list(found)
    moved = found["c"]["moved"][0]
    assert ([8_500_000, 7_500_000], "2026-11-01") == (moved["used"], moved["period"])
    assert "dead" == found["bad"]["became"]


def test_only_what_was_raised(tmp_path: Path) -> None:
    """A duplicate and a zero-rated record raise nothing."""
    lines = told(tmp_path, "--json", "--only-raised").stdout.splitlines()
    ids = [orjson.loads(line)["record"].get("record_id") for line in lines]

    assert "b" in ids
    assert not {"z", "v"} & set(ids)


def test_days_cut_the_story(tmp_path: Path) -> None:
    """By the subscriber's own days, both included."""
    cut = told(tmp_path, "--json", "--from", "2026-11-10", "--to", "2026-11-10").stdout.splitlines()

    assert {"2026-11-10"} == {orjson.loads(line)["arrived_at"][:10] for line in cut}


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

    assert "(the group's): 0 MB → 5 MB of 10 MB, 50 %" in done.stdout
    assert "another line of the group" in done.stdout
    assert OTHER not in done.stdout


def test_unknown_subscriber_is_said_so(tmp_path: Path) -> None:
    """Exit status 1, and no other id is named."""
    done = told(tmp_path, subscriber="nobody")

    assert (1, "") == (done.exit_code, done.stdout)
    assert "nothing of that subscriber" in done.stderr
    assert OTHER not in done.stderr
