"""The page in a real browser, opened from disk with the network off: drawn, used and looked over for readers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build
import in_process
import pytest
from browsing import BROWSER, DESK, PHONE, REASON, Opened, launched
from playwright.sync_api import Browser, sync_playwright
from reporting_names import SCRIPT

import placement
from placement.design import Axis, grid
from placement.reporting import Report, report
from placement.reporting.sweep import sweep_report
from placement.sweeping import sweep

pytestmark = pytest.mark.skipif(BROWSER is None, reason=REASON)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launched(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, of_day: Report, of_decade: Report) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    paths = {"day": folder / "day.html", "decade": folder / "decade.html"}
    paths["day"].write_text(of_day.html(), encoding="utf-8")
    paths["decade"].write_text(of_decade.html(), encoding="utf-8")
    return paths


@pytest.fixture(scope="module", params=[("day", DESK, "light"), ("day", PHONE, "dark"), ("decade", DESK, "dark")])
def opened(request: pytest.FixtureRequest, browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    name, size, scheme = request.param
    made = Opened(browser, files[name], size, scheme)
    yield made
    made.close()


@pytest.fixture
def desk(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    made = Opened(browser, files["day"], DESK)
    yield made
    assert made.complaints == []
    made.close()


def test_it_is_drawn_without_a_word_and_asks_for_nothing(opened: Opened) -> None:
    page = opened.page
    assert opened.complaints == []
    assert [url for url in opened.asked if not url.startswith("file:")] == []
    assert page.evaluate("window.harmed") is None
    drawn = page.evaluate(
        "[...document.querySelectorAll('.chart')].filter(e => e.checkVisibility())"
        ".map(e => [e.getAttribute('aria-label'), e.querySelectorAll('svg path, svg text').length])"
    )
    assert len(drawn) >= 12
    assert all(label and marks > 5 for label, marks in drawn), drawn


def test_nothing_is_wider_than_the_window(opened: Opened) -> None:
    width, window = opened.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window
    over = opened.page.evaluate(
        "[...document.querySelectorAll('.chart svg')].map(e => e.getBoundingClientRect())"
        ".filter(r => r.right > window.innerWidth + 1).length"
    )
    assert over == 0


def test_no_word_stands_on_another(opened: Opened) -> None:
    """Of the words of a figure, boxes overlap by no more than the space around letters."""
    found = opened.page.evaluate(
        """() => {
          const bad = [];
          for (const svg of document.querySelectorAll('.chart svg')) {
            const words = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()
              && Number(getComputedStyle(t).opacity) > 0 && t.getAttribute('opacity') !== '0');
            const boxes = words.map(t => [t.textContent, t.getBoundingClientRect()]);
            for (let i = 0; i < boxes.length; i += 1) for (let j = i + 1; j < boxes.length; j += 1) {
              const a = boxes[i][1], b = boxes[j][1];
              const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              if (w > 3 && h > 5) bad.push([boxes[i][0], boxes[j][0]]);
            }
          }
          return bad;
        }"""
    )
    assert found == []


def test_nothing_keeps_readers_out(opened: Opened) -> None:
    """axe-core finds nothing serious, with all tables open."""
    page = opened.page
    page.evaluate("document.querySelectorAll('details.numbers').forEach(e => { e.open = true; })")
    page.wait_for_function("document.querySelectorAll('details.numbers table').length > 8")
    assert opened.serious() == []


def test_a_tip_says_what_a_block_is(desk: Opened) -> None:
    page = desk.page
    block = page.locator("#running details.panel[open] .mark-rect path").nth(2)
    block.scroll_into_view_if_needed()
    block.hover(force=True)
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert "accelerators each" in tip.inner_text()
    assert page.evaluate("window.harmed") is None


def test_a_stretch_of_time_is_chosen_by_slider_by_mouse_and_given_up(desk: Opened) -> None:
    page = desk.page

    def hours() -> str:
        return str(page.locator("#running details.panel[open] .chart").first.locator("text").all_inner_texts())

    whole = hours()
    page.locator("#from").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    said = page.locator("#busy output").inner_text()
    assert said.startswith("2027-06-07 07:12 to")
    page.wait_for_function("!document.querySelector('#running .chart').textContent.includes('03:00')")
    assert hours() != whole
    page.get_by_role("button", name="Whole horizon").click()
    page.wait_for_timeout(100)
    assert hours() == whole
    chart = page.locator("#busy .chart svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] - 75
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert page.locator("#busy output").inner_text() != "2027-06-07 00:00 to 2027-06-08 00:00 UTC"
    assert hours() != whole


def test_jobs_are_highlighted_by_name(desk: Opened) -> None:
    page = desk.page
    strong = (
        "[...document.querySelectorAll('#running .mark-rect path')].filter(e => e.getAttribute('opacity') > .5).length"
    )
    before = page.evaluate(strong)
    page.fill("#needle", "job 7")
    page.wait_for_timeout(150)
    assert 0 < page.evaluate(strong) < before
    page.fill("#needle", "'\"<script>")
    page.wait_for_timeout(150)
    assert page.evaluate(strong) == 0
    page.fill("#needle", "")
    page.wait_for_timeout(150)
    assert page.evaluate(strong) == before


def test_panels_are_filtered_and_opened_by_keyboard(desk: Opened) -> None:
    page = desk.page
    page.fill("#only-limits", "link")
    shown = page.locator("#limits details.panel:visible summary").all_inner_texts()
    assert shown
    assert all("link" in text for text in shown)
    first = page.locator("#limits details.panel:visible summary").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#limits details.panel[open] .chart svg:visible")


def test_numbers_are_told_and_saved(desk: Opened, of_day: Report, tmp_path: Path) -> None:
    page = desk.page
    page.locator("#cost details.numbers summary").click()
    rows = page.locator("#cost tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(of_day.figure("cost").tables["cost"])
    with page.expect_download() as download:
        page.locator("#cost").get_by_role("button", name="Save as CSV").click()
    download.value.save_as(tmp_path / "cost.csv")
    import pandas as pd

    told = pd.read_csv(tmp_path / "cost.csv")["present value, $"]
    assert told.tolist() == of_day.figure("cost").tables["cost"]["usd"].tolist()
    page.locator("#not-placed details.numbers summary").click()
    with page.expect_download() as download:
        page.locator("#not-placed").get_by_role("button", name="Save as CSV").click()
    download.value.save_as(tmp_path / "jobs.csv")
    assert "\n=1+1" not in (tmp_path / "jobs.csv").read_text(encoding="utf-8")


def test_light_and_dark_are_chosen(desk: Opened) -> None:
    page = desk.page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != light
    page.locator("#theme").click()
    assert page.evaluate(paper) == light


def test_it_prints_on_white_without_tools(browser: Browser, files: dict[str, Path]) -> None:
    made = Opened(browser, files["day"], DESK, "dark")
    made.page.emulate_media(media="print")
    assert made.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not made.page.locator("#theme").is_visible()
    assert not made.page.locator("#from").is_visible()
    assert made.page.pdf().startswith(b"%PDF")
    made.close()


def test_names_with_dollars_are_drawn_and_tables_hold_no_more_than_there_is(browser: Browser, tmp_path: Path) -> None:
    """Names that mean something where text is replaced; of 4 slots 4 rows, though a line has 5 points."""
    names = ("$&", "a`$'")
    limits = [{"name": f"limit of {name}", "of": name, "max": 1} for name in names]
    found = scenario_report(
        tmp_path, [build.cluster(resources=dict.fromkeys(names, 4))],
        [{**build.job(), "uses": dict.fromkeys(names, 1)}], limits=limits,
    )  # fmt: skip
    path = tmp_path / "x.html"
    path.write_text(found.html(), encoding="utf-8")
    made = Opened(browser, path, DESK)
    page = made.page
    page.evaluate(
        "document.querySelectorAll('#power details.numbers, #limits details').forEach(e => { e.open = true; })"
    )
    page.wait_for_function("document.querySelectorAll('#power tbody tr').length > 0")
    assert page.locator("#power tbody tr").count() == 4
    page.wait_for_function("document.querySelectorAll('#limits .chart svg').length >= 3")
    words = " ".join(page.locator("#limits .chart").all_inner_texts())
    for name in names:
        assert f"{name} per slot" in words
    assert made.complaints == []
    made.close()


def scenario_report(folder: Path, *args: Any, **more: Any) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        result = placement.solve(made := build.scenario(*args, **more), gap=0.1, work_limit=1)
    return report(placement.read_plan(placement.write_plan(folder / "x.plan", made, result)))


def test_what_the_mouse_drew_goes_with_the_stretch(desk: Opened) -> None:
    """A click beside it, a slider or the button gives up what was drawn; a click also the stretch."""
    page, output = desk.page, desk.page.locator("#busy output")
    whole = output.inner_text()
    page.locator("#busy svg").scroll_into_view_if_needed()
    cells = page.locator("#busy svg .mark-rect path").first.bounding_box()
    assert cells is not None
    left, y = cells["x"] + 2, cells["y"] + cells["height"] / 2

    def drag() -> None:
        page.mouse.move(left + 100, y)
        page.mouse.down()
        page.mouse.move(left + 300, y, steps=4)
        page.mouse.up()
        page.wait_for_function("was => document.querySelector('#busy output').textContent !== was", arg=whole)

    def drawn() -> bool:
        box = page.locator("#busy svg .brush_brush path").first.bounding_box()
        return box is not None and box["width"] > 50

    drag()
    assert drawn()
    page.mouse.click(left + 500, y)
    page.wait_for_function("whole => document.querySelector('#busy output').textContent === whole", arg=whole)
    drag()
    page.locator("#from").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert output.inner_text() != whole
    assert not drawn()


def test_sliders_move_through_the_points_of_a_sweep(browser: Browser, tmp_path: Path) -> None:
    jobs = [build.job(f"{SCRIPT} {n}", 2.0, 4, reject_usd=30.0) for n in range(3)]
    scenario = build.scenario([build.cluster("a", 4), build.cluster("b", 4, energy_price=200.0)], jobs, slots=4)
    axes = [Axis(("clusters.a.energy_price",), (50.0, 900.0)), Axis(("clusters.b.pools.h100-sxm.number",), (2.0, 8.0))]
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        found = sweep(scenario, grid(axes), tmp_path / "s", workers=1)
    path = tmp_path / "sweep.html"
    path.write_text(sweep_report(found).html(), encoding="utf-8")
    for size in (DESK, PHONE):
        made = Opened(browser, path, size)
        page = made.page
        facts = page.locator("#slider dl")
        assert facts.inner_text().splitlines()[:2] == ["Point", "0"]
        page.locator("#axis-0").focus()
        page.keyboard.press("ArrowRight")
        page.locator("#axis-1").focus()
        page.keyboard.press("ArrowRight")
        told = facts.inner_text().splitlines()
        assert told[:3] == ["Point", "3", "900, 8"]
        assert str(round(found.points["cost_usd"].iloc[3], 2)) in told
        assert made.serious() == []
        assert made.complaints == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        made.close()
