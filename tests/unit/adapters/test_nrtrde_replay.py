"""A roaming file behind a profile and a plan: ``convert | replay`` counts what the file says."""

import json
from typing import Any, Final

import pytest
from click.testing import CliRunner

from streams.cli import usagewatch
from tests.unit.adapters.build_nrtrde import IMSI, SAMPLES

DATA_OCTETS: Final = 3 * 127_272_726
CALL_S: Final = 2 * 43
MESSAGES: Final = 2

BEFORE: Final = "2016-01-01T00:00:00Z"
ENCODINGS: Final = ("nrt_2_1.xml", "nrt_2_1.ber")


def plan(*, data: int, voice: int, sms: int) -> dict[str, Any]:
    """Return a plan line with these allowances, everything beyond charged."""
    allowances = [
        {"bucket": "data", "amount": data, "beyond": {"action": "charge", "price": "1.00", "per": 1_000_000}},
        {"bucket": "voice", "amount": voice, "beyond": {"action": "charge", "price": "0.10", "per": 60}},
        {
            "bucket": "sms",
            "amount": sms,
            "counts": "both",
            "beyond": {"action": "charge", "price": "0.10", "per": 1},
        },
    ]
    value = {"plan_id": "p", "currency": "EUR", "allowances": allowances}
    return {"topic": "plans", "timestamp": BEFORE, "key": "p", "value": value}


def profile() -> dict[str, Any]:
    """Return the line of the roamer's profile."""
    value = {
        "subscriber_id": IMSI,
        "plan_id": "p",
        "status": "active",
        "time_zone": "Europe/Berlin",
        "cycle_day": 1,
        "jurisdiction": "DE",
    }
    return {"topic": "subscribers", "timestamp": BEFORE, "key": IMSI, "value": value}


def signals(*files: str, data: int, voice: int, sms: int) -> list[dict[str, Any]]:
    """Return the signals of a replay of the converted sample files behind plan and profile."""
    converted = CliRunner().invoke(
        usagewatch, ["convert", "nrtrde", "--again", *(str(SAMPLES / file) for file in files)]
    )
    before = [plan(data=data, voice=voice, sms=sms), profile()]
    lines = "".join(json.dumps(line) + "\n" for line in before)
    replayed = CliRunner().invoke(usagewatch, ["replay", "-"], input=lines + converted.stdout)
    assert 0 == replayed.exit_code, replayed.stderr
    outputs = [json.loads(line) for line in replayed.stdout.splitlines()]
    return [output["value"] for output in outputs if output["topic"] == "signals"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_allowance_one_short_of_the_files_total_is_overrun_by_one(encoding: str) -> None:
    """Octets of three sessions, seconds of two calls, and two messages, to the last unit."""
    found = signals(encoding, data=DATA_OCTETS - 1, voice=CALL_S - 1, sms=MESSAGES - 1)

    overrun = {signal["bucket"]: (signal["used"], signal["over"]) for signal in found if "over" in signal}
    assert {"data": (DATA_OCTETS, 1), "voice": (CALL_S, 1), "sms": (MESSAGES, 1)} == overrun


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_allowance_of_exactly_the_files_total_is_used_up_and_not_overrun(encoding: str) -> None:
    """Nothing of the file is counted twice: sessions an hour apart are three, not one and not more."""
    found = signals(encoding, data=DATA_OCTETS, voice=CALL_S, sms=MESSAGES)

    assert [] == [signal for signal in found if signal["type"] == "overage"]
    full = {signal["bucket"]: signal["used"] for signal in found if signal.get("level") == 100}
    assert {"data": DATA_OCTETS, "voice": CALL_S, "sms": MESSAGES} == full


def test_the_same_file_in_the_other_encoding_counts_nothing_twice() -> None:
    """Every record of the second is a duplicate of one of the first."""
    once = signals("nrt_2_1.xml", data=DATA_OCTETS - 1, voice=CALL_S, sms=MESSAGES)

    twice = signals("nrt_2_1.xml", "nrt_2_1.ber", data=DATA_OCTETS - 1, voice=CALL_S, sms=MESSAGES)

    assert once == twice
    assert once
