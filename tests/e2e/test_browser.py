"""A person opens the demo and sees the session that goes on; a person adds chargers that are known."""

from pathlib import Path
import re
import shutil

from playwright.async_api import Locator, Page, async_playwright, expect
import pytest

from simulator.demo import flows
from simulator.demo.brands import CHARGERS, BrandedCharger
from simulator.process import REPOSITORY
from tests.e2e.demo_run import demo
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.set_up import add_site, house_on

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
PATIENCE_MS = OTHERS_S * 1000  # a browser's first page beside other stories on two cores takes a while
expect.set_options(timeout=PATIENCE_MS)
#: A guard lets a car charge only when there has been room for some time.
LEISURE_MS = 4 * PATIENCE_MS
SCREENSHOTS = REPOSITORY / "test-results" / "screenshots"


def browser_path() -> str:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, "no browser: run scripts/setup --browser"
    return found


def tile(page: Page, charger: str, label: str) -> Locator:
    """Return the tile with a label in the section of a charger."""
    section = page.locator("hui-grid-section").filter(has=page.get_by_text(charger, exact=True)).first
    return section.locator("hui-tile-card").filter(has=page.get_by_text(label, exact=True)).first


async def begin_to_add(page: Page, what: str, first: Locator) -> Locator:
    """Open the form for a charger or a circuit; return what is seen of it `first`.

    While a site starts anew, as it does with each thing that it gets, Home Assistant has nothing to add one to: it
    offers a list of sites in which ours cannot be chosen. A person closes that and asks again.
    """
    sites = page.locator("dialog-pick-config-entry").get_by_role("button", name="Close")
    for _ in range(20):
        await page.get_by_text(f"Add {what}").first.click()
        await expect(first.or_(sites)).to_be_visible()
        if await first.is_visible():
            break
        await sites.click()
        await expect(sites).to_be_hidden()
    return first


async def add_by_hand(page: Page, charger: BrandedCharger) -> None:
    """Choose the device, take all that is found of it, and agree to whatever is asked then."""

    async def shot(step: str) -> None:
        await page.screenshot(path=SCREENSHOTS / f"flow_{charger.domain}_{step}.png")

    await (await begin_to_add(page, "charger", page.get_by_text("Select a device").first)).click()
    await page.get_by_placeholder("Search").last.fill(charger.name)
    await page.get_by_text(charger.name, exact=True).last.click()
    await shot("1_device")
    submit = page.get_by_role("button", name="Submit").last
    await submit.click()
    await expect(page.get_by_text("A charger that is known")).to_be_visible()
    await shot("2_known")
    await page.get_by_text("Take all of it").last.click()
    await expect(page.get_by_text("Lines and currents")).to_be_visible()
    await shot("3_lines")
    await submit.click()
    created = page.get_by_text(f"Created configuration for {charger.name}.")
    fallbacks = page.get_by_text("The fallbacks do not fit together")
    await expect(created.or_(fallbacks)).to_be_visible()
    if await fallbacks.is_visible():
        await shot("4_fallbacks")
        await submit.click()
    await expect(created).to_be_visible()
    await shot("5_created")
    await page.get_by_role("button", name="Finish").last.click()
    await expect(created).to_be_hidden()


async def test_person_adds_chargers_of_three_brands_with_one_click_each(tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    components = [charger.domain for charger in CHARGERS]
    async with house_on(tmp_path, "--branded", components=components) as house, async_playwright() as playwright:
        for charger in CHARGERS:
            await flows.add_brand(house.client, house.plant_port, charger)
        await flows.add_site(house.client, name="Home", fuse_a=25.0)
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(f"{house.hass.url}/config/integrations/integration/ev_sessions")
            for charger in CHARGERS:
                await add_by_hand(page, charger)
        finally:
            await browser.close()
        names = await flows.entities(house.client, [charger.name for charger in CHARGERS])
        await house.plant.ask("plug_in", charger="driveway")
        status = names.of_charger("Driveway", "connected")
        await house.client.wait_until("a car is seen", lambda states: states[status]["state"] == "on", OTHERS_S)
        allowed = names.of_charger("Driveway", "charging_allowed")
        await house.client.call("switch", "turn_off", {"entity_id": allowed})
        override = names.by_unique_id["openevse", "84f3eb5e1c20-override_state"]
        await house.client.wait_until("it is stopped", lambda states: states[override]["state"] == "disabled", OTHERS_S)


async def hang_a_circuit(page: Page, name: str, limit_a: int, shot: str) -> Locator:
    """Fill in a circuit below whatever is proposed, and return its form."""
    form = page.locator("step-flow-form")
    await begin_to_add(page, "circuit", form.get_by_text("So far there are"))
    await form.locator("ha-selector-text input").first.fill(name)
    await page.screenshot(path=SCREENSHOTS / f"circuit_{shot}_tree.png")
    for line in range(3):
        await form.locator("ha-selector-number input").nth(line).fill(str(limit_a))
    await page.screenshot(path=SCREENSHOTS / f"circuit_{shot}.png")
    return form


async def test_person_hangs_a_circuit_and_is_shown_the_tree(tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    async with house_on(tmp_path) as house, async_playwright() as playwright:
        await add_site(house)
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(f"{house.hass.url}/config/integrations/integration/ev_sessions")
            form = await hang_a_circuit(page, "Barn", 20, "1_barn")
            # The tree: the grid connection with its fuse, and the charger that hangs on it.
            await expect(form.get_by_text("Grid connection").first).to_be_visible()
            await expect(form.locator("li").filter(has_text="Garage").last).to_be_visible()
            await page.get_by_role("button", name="Submit").last.click()
            await expect(page.get_by_text("Created configuration for Barn.")).to_be_visible()
            await page.get_by_role("button", name="Finish").last.click()
            form = await hang_a_circuit(page, "Loft", 16, "2_loft")
            await expect(form.locator("li").filter(has_text="Barn").last).to_contain_text("20 A")
        finally:
            await browser.close()


async def see_why_the_car_gets_less(page: Page) -> None:
    """Switch kettle and sauna on as a person does, see the car's limit fall, and read why."""
    allowed = tile(page, "Garage", "Allowed current")
    await expect(allowed).to_contain_text("16.0 A", timeout=LEISURE_MS)
    for load in ("Kettle", "Sauna"):
        await tile(page, "House", load).locator("ha-tile-icon").click()
    await expect(allowed).not_to_contain_text("16.0 A")
    why = page.locator("hui-markdown-card").filter(has_text="Why:").first
    await expect(why).to_contain_text("L1")
    await page.screenshot(path=SCREENSHOTS / "kettle.png", full_page=True)


async def test_browser_finds_the_live_session_on_the_dashboard_and_why_a_kettle_lowers_it(tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    async with demo(tmp_path) as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1680, "height": 1500})
            await page.goto(running.url)
            # Energy above zero: the session is alive.
            energy = re.compile(r"(0\.0[1-9]|0\.[1-9]\d|[1-9]\d*\.\d+) kWh")
            await expect(tile(page, "Garage", "Session energy")).to_contain_text(energy, timeout=LEISURE_MS)
            # The evening may just have taken its current; it comes back when there has been room for a while.
            await expect(tile(page, "Garage", "Status")).to_contain_text("Charging", timeout=LEISURE_MS)
            await expect(tile(page, "Garage", "Session cost")).to_contain_text(re.compile(r"€|EUR"))
            rows = page.locator("hui-markdown-card tr")
            await expect(rows.nth(10)).to_be_visible(timeout=30_000)
            await page.screenshot(path=SCREENSHOTS / "demo.png", full_page=True)
            await see_why_the_car_gets_less(page)
        finally:
            await browser.close()
    assert (SCREENSHOTS / "demo.png").stat().st_size > 50_000
