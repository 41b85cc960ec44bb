"""What is done on the people card in every test, and how it is looked at."""

from typing import Any

from playwright.async_api import FilePayload, Page, expect

from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import PASSWORD, RESULTS, ROOT, RealHass, make_dashboard

SLOW = 30_000
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def photo(name: str, file: str = "", **looks: Any) -> FilePayload:
    """Return a photo as it is chosen in the browser."""
    picture = portrait(name, size=(1500, 2000), **looks)
    return {"name": file or f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture}


async def add(real_hass: RealHass, *modules: SimulatedModule) -> None:
    """Add modules, and a dashboard with nothing but the card."""
    api = real_hass.api
    for module in modules:
        result = await api.add_module(module.host, module.port, PASSWORD)
        assert result["type"] == "create_entry"
    card = {"type": "custom:face-module-people-card"}
    view = {"title": "People", "type": "sections", "sections": [{"cards": [card]}]}
    await make_dashboard(api, "face-people", "People", {"views": [view]})


async def show(page: Page, real_hass: RealHass) -> None:
    await page.goto(f"{real_hass.api.url}/face-people")
    card = page.locator("face-module-people-card")
    await expect(card).to_be_visible(timeout=SLOW)


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=RESULTS / f"people-card-{name}.png")


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious on the card and its dialog."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE)
    found: list[str] = await page.locator("face-module-people-card").evaluate(
        """async (card) => {
            const found = await axe.run(card);
            return found.violations
                .filter((one) => ["serious", "critical"].includes(one.impact))
                .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html}
                    ${node.failureSummary}`));
        }"""
    )
    return found
