"""What Hypothesis draws from: records, in any order and of any content."""

from typing import Any

from hypothesis import strategies as st

from tests.build import Line, after, usage

START = "2026-11-01T00:00:00Z"
MINUTES = 40 * 24 * 60
"""Over the end of November into December."""


def moments() -> st.SearchStrategy[str]:
    """Draw instants of event time."""
    return st.integers(0, MINUTES).map(lambda minute: after(START, minutes=minute))


@st.composite
def records(draw: st.DrawFn) -> Line:
    """Draw a usage record of any type that arrives when it happened."""
    kind = draw(st.sampled_from(["data", "voice", "sms", "mms"]))
    own: dict[str, Any] = {
        "roaming": draw(st.booleans()),
        "zero_rated": draw(st.sampled_from([False, False, True])),
    }
    quantity = st.integers(0, 2_000_000)
    if kind == "data":
        own |= {"bytes_up": draw(quantity), "bytes_down": draw(quantity)}
    else:
        own["duration_s" if kind == "voice" else "count"] = draw(st.integers(0, 400))
        own["direction"] = draw(st.sampled_from(["out", "in"]))
    return usage(kind, at=draw(moments()), **own)
