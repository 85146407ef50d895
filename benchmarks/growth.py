"""Draw how a decision's time grows with the number of chargers: measure, and write an SVG and its figures.

python -m benchmarks.growth            measures, and writes docs/images/growth.csv and .svg
python -m benchmarks.growth --drawn    draws anew what was measured
"""

from collections.abc import Iterable, Mapping
import csv
import gc
from math import log, log10
from pathlib import Path
from statistics import median
import sys

from benchmarks.rows.many import decisions_ms

_IMAGES = Path(__file__).parents[1] / "docs" / "images"
_COUNTS = (10, 30, 100, 300, 1000, 2000, 4000)
_WIDTH, _HEIGHT, _MARGIN = 640, 400, 56
_MS = (0.1, 1, 10, 100)
#: n·log n is laid through the median of so many chargers.
_THROUGH = 100


def main() -> None:
    """Measure and draw."""
    figures = _IMAGES / "growth.csv"
    if "--drawn" not in sys.argv[1:]:
        gc.collect()
        gc.freeze()
        rows = [(count, min(took), median(took)) for count in _COUNTS for took in [decisions_ms(count)]]
        with figures.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("chargers", "least_ms", "median_ms"))
            writer.writerows((count, f"{least:.3f}", f"{middle:.3f}") for count, least, middle in rows)
    with figures.open(encoding="utf-8", newline="") as file:
        read = {int(row["chargers"]): float(row["least_ms"]) for row in csv.DictReader(file)}
    (_IMAGES / "growth.svg").write_text(drawn(read), encoding="utf-8")


def drawn(took_ms: Mapping[int, float]) -> str:
    """Return the figures as an SVG with both axes logarithmic, beside n·log n."""
    scale = took_ms[_THROUGH] / (_THROUGH * log(_THROUGH))
    lines = [(count, scale * count * log(count)) for count in took_ms]
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            ' font-family="sans-serif" font-size="13">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        *(f'<path d="M{_x(10)} {_y(ms)}H{_x(4000)}" stroke="#ddd"/>' for ms in _MS),
        *(_text(_x(10) - 8, _y(ms) + 4, f"{ms:g} ms", "end") for ms in _MS),
        *(_text(_x(count), _HEIGHT - _MARGIN + 20, f"{count:,}", "middle") for count in took_ms),
        _text(_WIDTH / 2, _HEIGHT - 12, "chargers, ten to a circuit", "middle"),
        f'<polyline points="{_points(lines)}" fill="none" stroke="#999" stroke-dasharray="6 4"/>',
        _text(_x(2000), _y(lines[-2][1]) + 24, "n·log n", "start", "#666"),
        f'<polyline points="{_points(took_ms.items())}" fill="none" stroke="#0a6cbc" stroke-width="2"/>',
        *(f'<circle cx="{_x(count)}" cy="{_y(ms)}" r="4" fill="#0a6cbc"/>' for count, ms in took_ms.items()),
        _text(_MARGIN, 24, "One decision of the balancer: computing time, the least of forty", "start"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _points(pairs: Iterable[tuple[int, float]]) -> str:
    return " ".join(f"{_x(count)},{_y(ms)}" for count, ms in pairs)


def _x(count: float) -> float:
    part = (log10(count) - 1) / (log10(4000) - 1)
    return round(_MARGIN + 14 + part * (_WIDTH - 2 * _MARGIN), 1)


def _y(ms: float) -> float:
    part = (log10(ms) - log10(_MS[0])) / (log10(_MS[-1]) - log10(_MS[0]))
    return round(_HEIGHT - _MARGIN - part * (_HEIGHT - 2 * _MARGIN), 1)


def _text(x: float, y: float, text: str, anchor: str, fill: str = "#222") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{fill}">{text}</text>'


if __name__ == "__main__":
    main()
