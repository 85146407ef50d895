"""The frontier of an evening is drawn from its data, and the data lie beside it."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.frontier import Panel, Point, write

PANEL = Panel(
    title="a car & a meter",
    holds=[
        Point(name="follow", over_a_s=3000.0, within_percent=84.0),
        Point(name="hold 90", over_a_s=500.0, within_percent=73.0),
    ],
    ours=[Point(name="ours", over_a_s=490.0, within_percent=79.0)],
    ceiling=Point(name="sees the future", over_a_s=0.0, within_percent=89.0),
)


def test_each_controller_has_its_place_and_its_figures_lie_beside(tmp_path: Path) -> None:
    write([PANEL, PANEL, PANEL], tmp_path / "evening.svg", {"evenings": 20})
    svg = ET.parse(tmp_path / "evening.svg").getroot()  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    words = [one.text for one in svg.iter(f"{space}text")]
    assert words.count("ours") == 3
    assert "a car & a meter" in words
    first = next(svg.iter(f"{space}g"))
    places = {
        float(one.attrib["r"]): (float(one.attrib["cx"]), float(one.attrib["cy"]))
        for one in first.iter(f"{space}circle")
    }
    x, y = places[5.0]
    # As little over-current as the patient one next to it, and more energy: higher up.
    assert abs(x - places[3.0][0]) < 5
    assert y < places[3.0][1]
    data = json.loads((tmp_path / "evening.json").read_text(encoding="utf-8"))
    assert data["evenings"] == 20
    assert data["panels"]["a car & a meter"]["ours"] == [490.0, 79.0]
