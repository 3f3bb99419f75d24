"""Figures in files stand alone: each has its title, what it is of, and nothing lies over them."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from placement.reporting import Report, drawing
from placement.reporting.figure import BELOW_SIZE, WIDTH, Figure, titled

SVG = "{http://www.w3.org/2000/svg}"


def words_at(node: ET.Element, x: float = 0.0, y: float = 0.0) -> Iterator[tuple[str, float, float]]:
    """Texts of a drawing with where they stand."""
    moved = re.match(r"translate\(([-\d.e]+),([-\d.e]+)\)", node.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if node.tag == f"{SVG}text" and "".join(node.itertext()).strip():
        yield "".join(node.itertext()).strip(), x, y
    for inner in node:
        yield from words_at(inner, x, y)


def drawn(content: str) -> tuple[list[tuple[str, float, float]], float]:
    root = ET.fromstring(content)
    return list(words_at(root)), float(root.get("width", "nan"))


def test_a_file_has_the_title_of_the_page_and_the_scenario(of_day: Report) -> None:
    files = dict(of_day.files("svg"))
    assert len(files) > 5
    for name, content in files.items():
        texts, _ = drawn(content.decode())
        (figure,) = [each for each in of_day.figures if name == f"{each.name}.svg" or _is_panel(name, each)]
        said = " ".join(text for text, _, _ in texts)
        assert figure.title in said, name
        assert of_day.title in said, name


def _is_panel(name: str, figure: Figure) -> bool:
    return bool(figure.panels) and re.match(rf"{figure.name}-\d+-", name) is not None


def test_a_panel_is_named_in_its_title(of_day: Report) -> None:
    figure = next(each for each in of_day.figures if any(panel.opened for panel in each.panels))
    title = f"{figure.title}: {next(panel for panel in figure.panels if panel.opened).title}"
    contents = [content.decode() for name, content in of_day.files("svg") if _is_panel(name, figure)]
    assert title in " ".join(text for text, _, _ in drawn(contents[0])[0])


def test_nothing_lies_over_a_title_and_it_fits_in(of_day: Report) -> None:
    """What is below the title begins a line below what belongs to it; long ones are broken into lines."""
    for figure in of_day.figures:
        title, below = f"{figure.title} " + "and so on " * 20, "a scenario of many words " * 10
        panel = figure.panels[0] if figure.panels else None
        texts, width = drawn(drawing.svg(titled(figure.chart(panel), title.strip(), below.strip())))
        mine = {(text, y) for text, _, y in texts if "and so on" in text or "of many" in text}
        others = [y for text, _, y in texts if (text, y) not in mine]
        assert max(y for _, y in mine) + BELOW_SIZE < min(others, default=1e9), figure.name
        assert min(y for _, y in mine) > 0, figure.name
        assert width <= WIDTH + 1, figure.name


def test_a_title_takes_no_room_of_the_drawing(of_day: Report) -> None:
    plain = of_day.figure("cost").chart()
    assert titled(plain, "a", "b")["height"] > plain["height"]
    assert "title" not in plain
