"""The short way of plain records counts as the long way does."""

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

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
@given(st.lists(plain(), max_size=30))
def test_plain_records_count_the_same_on_both_ways(drawn: list[Line]) -> None:
    """The same states, byte for byte, and the same outputs."""
    terms = plan(
        allowance(), allowance("voice", 6_000, rounding="60/60", counts="both"), allowance("sms", 300)
    )
    lines = [terms, profile(arrives=START), *drawn]
    short = replay(lines)
    with patch.object(usage, "is_plain", lambda *_: False):
        long = replay(lines)

    assert stored(short) == stored(long)
    assert short.emitted == long.emitted


def stored(fed: Fed) -> bytes | None:
    """Return the subscriber's state as it is kept."""
    state = fed.state()
    return None if state is None else encode_state(state)
