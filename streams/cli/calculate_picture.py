"""The picture of the calculator's page: one bucket's use against what each alternative includes, as SVG.

Bars of use are filled, bars of allowances hatched, and each has its amount beside it: nothing is told by
colour alone. What is beyond the scale ends in an arrow.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from msgspec import Struct

WIDTH: Final = 760
LABEL: Final = 250
BAR: Final = 330
"""Units of the drawing: the label's column, and the longest bar."""
ROW: Final = 26
TOP: Final = 8
NAME_LENGTH_MOST: Final = 34
HEADROOM_PERCENT: Final = 125
"""The scale ends a quarter beyond the most that was used: a larger allowance is large enough."""


class Bar(Struct, frozen=True, kw_only=True):
    """One line of the picture."""

    label: str
    amount: int | None
    """None is unlimited."""
    said: str
    """The amount in words."""
    is_use: bool
    is_best: bool = False


def picture(bars: Sequence[Bar], *, name: str, title: str, most: str) -> str:
    """Return a drawing; ``name`` is its id in the page, ``most`` what stands at the line of the most used."""
    used = max((bar.amount or 0 for bar in bars if bar.is_use), default=0)
    scale = max(1, used * HEADROOM_PERCENT // 100)
    height = TOP + ROW * (len(bars) + 1)
    line = LABEL + _length(used, scale)
    rows = "\n".join(_row(bar, place, scale, name) for place, bar in enumerate(bars))
    described = "; ".join(f"{bar.label}: {bar.said}" for bar in bars)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"
 aria-labelledby="{name}-title {name}-desc">
<title id="{name}-title">{escape(title)}</title>
<desc id="{name}-desc">{escape(described)}</desc>
<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>
<line x1="0" y1="0" x2="0" y2="6" stroke="#555" stroke-width="2"/></pattern></defs>
{rows}
<line x1="{line}" y1="{TOP}" x2="{line}" y2="{height - ROW}" class="most"/>
<text x="{line}" y="{height - ROW + 16}" text-anchor="middle">{escape(most)}</text>
</svg>"""


def _row(bar: Bar, place: int, scale: int, name: str) -> str:
    y = TOP + ROW * place
    length = BAR if bar.amount is None else _length(bar.amount, scale)
    is_beyond = bar.amount is None or bar.amount > scale
    fill = "#1f4e79" if bar.is_use else f"url(#{name}-hatch)"
    said = f"{bar.said} →" if is_beyond else bar.said
    weight = ' class="best"' if bar.is_best else ""
    return (
        f"<g{weight}><title>{escape(bar.label)}: {escape(bar.said)}</title>"
        f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end">{escape(_short(bar.label))}</text>'
        f'<rect x="{LABEL}" y="{y + 4}" width="{length}" height="{ROW - 8}" fill="{fill}" stroke="#1b1b1b"/>'
        f'<text x="{LABEL + length + 6}" y="{y + 16}">{escape(said)}</text></g>'
    )


def _length(amount: int, scale: int) -> int:
    """Return how long a bar is; what is beyond the scale is as long as the drawing allows."""
    return min(BAR, amount * BAR // scale)


def _short(label: str) -> str:
    return label if len(label) <= NAME_LENGTH_MOST else label[: NAME_LENGTH_MOST - 1] + "…"
