"""A person opens the demo and sees the session that goes on."""

from pathlib import Path
import re
import shutil

from playwright.async_api import Locator, Page, async_playwright, expect
import pytest

from simulator.process import REPOSITORY
from tests.e2e.demo_run import demo

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("socket_enabled")]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
_SCREENSHOTS = REPOSITORY / "test-results" / "screenshots"


def browser_path() -> str:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, "no browser: run scripts/setup --browser"
    return found


def tile(page: Page, charger: str, label: str) -> Locator:
    """Return the tile with a label in the section of a charger."""
    section = page.locator("hui-grid-section").filter(has=page.get_by_text(charger, exact=True)).first
    return section.locator("hui-tile-card").filter(has=page.get_by_text(label, exact=True)).first


async def test_browser_finds_the_live_session_on_the_dashboard(tmp_path: Path) -> None:
    _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    async with demo(tmp_path) as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=_FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1680, "height": 1500})
            await page.goto(running.url)
            # Energy above zero: the session is alive.
            energy = re.compile(r"(0\.0[1-9]|0\.[1-9]\d|[1-9]\d*\.\d+) kWh")
            await expect(tile(page, "Garage", "Session energy")).to_contain_text(energy, timeout=240_000)
            await expect(tile(page, "Garage", "Status")).to_contain_text("Charging", timeout=30_000)
            await expect(tile(page, "Garage", "Session cost")).to_contain_text(re.compile(r"€|EUR"))
            rows = page.locator("hui-markdown-card tr")
            await expect(rows.nth(10)).to_be_visible(timeout=30_000)
            await page.screenshot(path=_SCREENSHOTS / "demo.png", full_page=True)
        finally:
            await browser.close()
    assert (_SCREENSHOTS / "demo.png").stat().st_size > 50_000
