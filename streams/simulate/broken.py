"""What goes wrong on the way in: some fifty records that must end as dead letters."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.simulate.month import Month, utc_text
from streams.simulate.outbox import USAGE, Outbox

Value = dict[str, object]

_TIMES: Final = 3
"""How often each kind of mistake is made."""
_STRANGERS: Final = 2
_OLD_DAYS: Final = 120


def _without(field: str) -> Callable[[Value], str]:
    return lambda value: json.dumps({name: own for name, own in value.items() if name != field})


def _with(**other: object) -> Callable[[Value], str]:
    return lambda value: json.dumps({**value, **other})


_MISTAKES: Final[tuple[Callable[[Value], str], ...]] = (
    lambda value: "null",  # noqa: ARG005  # a null says nothing
    lambda value: json.dumps(list(value)),
    _without("record_id"),
    _without("started_at"),
    _with(type="fax"),
    _with(started_at="2026-11-10T10:00:00"),
    _with(started_at="yesterday"),
    _with(bytes_up="many"),
    _with(bytes_down=-1_048_576),
    lambda value: json.dumps(
        {{"bytes_up": "BytesUp", "bytes_down": "BytesDown"}.get(k, k): v for k, v in value.items()}
    ),
)
"""Each spoils a good record's value in its own way."""


def send_broken(seed: int, subscriber_ids: Sequence[str], month: Month, outbox: Outbox) -> None:
    """Send records that nobody can take, of subscribers that exist and of some that do not."""
    if not subscriber_ids:
        return
    random = Random(f"usagewatch/{seed}/broken")  # noqa: S311  # a simulation, nothing secret
    count = 0

    def good() -> tuple[int, str, Value]:
        nonlocal count
        count += 1
        at_ms = month.opening_ms + random.randrange(3 * MS_PER_DAY, month.length_days * MS_PER_DAY)
        someone = random.choice(subscriber_ids)
        return (
            at_ms,
            someone,
            {
                "record_id": f"x-{count}",
                "source": "pgw9",
                "subscriber_id": someone,
                "type": "data",
                "started_at": at_ms,
                "bytes_up": 1_000,
                "bytes_down": 2_000,
            },
        )

    for _ in range(_TIMES):
        for mistake in _MISTAKES:
            at_ms, someone, value = good()
            outbox.put(at_ms, USAGE, someone, mistake(value))
        at_ms, someone, value = good()
        outbox.put(at_ms, USAGE, f"{someone}-of-somebody-else", json.dumps(value))
        at_ms, someone, value = good()
        outbox.put(at_ms, USAGE, someone, json.dumps({**value, "started_at": at_ms + 2 * MS_PER_HOUR}))
        at_ms, someone, value = good()
        outbox.put(at_ms, USAGE, someone, json.dumps({**value, "started_at": at_ms - _OLD_DAYS * MS_PER_DAY}))
        at_ms, someone, value = good()
        outbox.put(at_ms, USAGE, someone, json.dumps(value))
        outbox.put(at_ms + 60_000, USAGE, someone, json.dumps({**value, "bytes_down": 9_000}))
        at_ms, someone, value = good()
        outbox.put(
            at_ms, USAGE, None, f'{{"topic":"cdr","timestamp":"{utc_text(at_ms)}","key":"{someone}","val'
        )
    for number in range(_STRANGERS):
        at_ms, _, value = good()
        stranger = f"sim-zz-{number:05}"
        outbox.put(at_ms, USAGE, stranger, json.dumps({**value, "subscriber_id": stranger}))
