"""The short ways of plain records count as the long way does."""

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from streams import applying
from streams.core.stored import encode_state
from streams.observe import usage
from tests.build import Fed, Line, after, allowance, data, mms, plan, profile, replay, sms, voice

EXAMPLES = settings(max_examples=60, derandomize=True, deadline=None)
START = "2026-10-25T00:00:00Z"
HOURS = st.integers(0, 20 * 24).map(lambda hours: after(START, hours=hours))


@st.composite
def plain(draw: st.DrawFn) -> Line:
    """Draw usage of any kind."""
    own: dict[str, Any] = {"at": draw(HOURS), "roaming": draw(st.booleans())}
    direction = {"direction": draw(st.sampled_from(["in", "out"]))}
    quantity = draw(st.integers(0, 400))
    return draw(
        st.sampled_from(
            [
                data(bytes_up=quantity * 10_000, **own),
                voice(quantity, **direction, **own),
                sms(quantity, **direction, **own),
                mms(quantity, **direction, **own),
            ]
        )
    )


@EXAMPLES
@given(st.lists(plain(), max_size=60), st.sampled_from([4_000_000, 40_000_000, None]))
def test_plain_records_count_the_same_on_all_ways(drawn: list[Line], amount: int | None) -> None:
    """The same states, byte for byte, and the same outputs: quietly, plainly and the long way."""
    terms = plan(
        allowance(amount=amount),
        allowance("voice", 6_000, rounding="60/60", counts="both"),
        allowance("sms", 300),
    )
    lines = [terms, profile(arrives=START), *drawn]
    quiet = replay(lines)
    with patch.object(applying, "count_quietly", lambda *_, **__: False):
        short = replay(lines)
        with patch.object(usage, "is_plain", lambda *_: False):
            long = replay(lines)

    assert stored(quiet) == stored(short) == stored(long)
    assert quiet.emitted == short.emitted == long.emitted


def stored(fed: Fed) -> bytes | None:
    """Return the subscriber's state as it is kept."""
    state = fed.state()
    return None if state is None else encode_state(state)
