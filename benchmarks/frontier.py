"""The frontier of an evening, drawn: energy against over-current, for each car and meter a panel.

A drawing of our own, as it needs no more than lines and words; what it shows lies beside it as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
from math import ceil, floor, log10
from pathlib import Path
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 460, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 34, 46
_LEAST_OVER, _MOST_OVER = 100.0, 10_000.0
_HOLDS_COLOUR, _OURS_COLOUR, _CEILING_COLOUR, _INK = "#6b7280", "#c2410c", "#15803d", "#1f2937"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What came of a controller's evenings in the mean: over-current in A·s, energy below the fuse in %."""

    name: str
    over_a_s: float
    within_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One car and one meter: controllers without memory from the least patience to the most, ours, and who foresees."""

    title: str
    holds: Sequence[Point]
    ours: Sequence[Point]
    ceiling: Point


def write(panels: Sequence[Panel], svg: Path, remarks: Mapping[str, object]) -> None:
    """Write the drawing, and its data beside it."""
    svg.write_text(drawing(panels), encoding="utf-8")
    data = {
        "over": "A·s above the fuse, mean of an evening",
        "within": "energy below the fuse, % of what could be had",
        **remarks,
        "panels": {
            panel.title: {
                point.name: [round(point.over_a_s, 1), round(point.within_percent, 2)]
                for point in (*panel.holds, *panel.ours, panel.ceiling)
            }
            for panel in panels
        },
    }
    svg.with_suffix(".json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def drawing(panels: Sequence[Panel]) -> str:
    """Return the panels as SVG, two in a row."""
    rows = ceil(len(panels) / 2)
    width, height = 2 * _WIDTH, rows * _HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="11">'
        ),
        "<title>Energy below the fuse against over-current</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number % 2 * _WIDTH} {number // 2 * _HEIGHT})">')
        parts.extend(_panel(panel))
        parts.append("</g>")
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _panel(panel: Panel) -> list[str]:
    points = [*panel.holds, *panel.ours, panel.ceiling]
    least = 5.0 * floor(min(point.within_percent for point in points) / 5.0)
    parts = [_text(_LEFT, 20, panel.title, weight="bold")]

    def x_of(over_a_s: float) -> float:
        share = log10(min(_MOST_OVER, max(_LEAST_OVER, over_a_s)) / _LEAST_OVER) / log10(_MOST_OVER / _LEAST_OVER)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y_of(within_percent: float) -> float:
        return _TOP + (100.0 - within_percent) / (100.0 - least) * (_HEIGHT - _TOP - _BOTTOM)

    for percent in range(round(least), 101, 5):
        y = y_of(percent)
        parts.append(_line((_LEFT, y), (_WIDTH - _RIGHT, y), "#e5e7eb"))
        parts.append(_text(_LEFT - 6, y + 4, f"{percent} %", anchor="end"))
    for over in (100, 200, 500, 1000, 2000, 5000, 10000):
        x = x_of(over)
        parts.append(_line((x, _TOP), (x, _HEIGHT - _BOTTOM), "#e5e7eb"))
        parts.append(_text(x, _HEIGHT - _BOTTOM + 18, f"{over:,}", anchor="middle"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        _text(middle, _HEIGHT - 10, "over-current, A·s an evening (energy below the fuse upward)", anchor="middle")
    )
    y = y_of(panel.ceiling.within_percent)
    parts.append(_line((_LEFT, y), (_WIDTH - _RIGHT, y), _CEILING_COLOUR, dash="6 4"))
    parts.append(_text(_LEFT + 6, y - 5, panel.ceiling.name, colour=_CEILING_COLOUR))
    path = " ".join(f"{x_of(point.over_a_s):.1f},{y_of(point.within_percent):.1f}" for point in panel.holds)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_HOLDS_COLOUR}"/>')
    for point, colour, size in (
        *((point, _HOLDS_COLOUR, 3) for point in panel.holds),
        *((point, _OURS_COLOUR, 5) for point in panel.ours),
    ):
        x, y = x_of(point.over_a_s), y_of(point.within_percent)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}"/>')
        ours = colour == _OURS_COLOUR
        place = (x - 8, y - 6, "end") if ours else (x + 6, y + 13, "start")
        parts.append(_text(place[0], place[1], point.name, colour=colour, anchor=place[2]))
    return parts


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, *, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{colour}"{dashed}/>'
    )


def _text(x: float, y: float, words: str, *, colour: str = _INK, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )
