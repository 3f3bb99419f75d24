"""A page in Chromium, opened from disk with the network off."""

import functools
import os
import shutil
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page, Playwright

BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
REASON = "no Chromium is installed, nor named in CHROMIUM"

OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
]  # fmt: skip
DESK, PHONE = (1280, 900), (375, 740)


def launched(playwright: Playwright) -> Browser:
    """The browser."""
    return playwright.chromium.launch(executable_path=BROWSER, args=OPTIONS)


class Opened:
    """A page with everything that it complained of or asked for."""

    def __init__(self, browser: Browser, path: Path, size: tuple[int, int], scheme: Any = "light"):
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, offline=True, accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-drawn=yes]", timeout=60_000)

    def serious(self) -> list[tuple[str, list[str]]]:
        """What keeps readers out, by axe-core: its rule and where."""
        self.page.evaluate(_axe())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        return [
            (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def close(self) -> None:
        """Close it."""
        self.context.close()


@functools.cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
