"""Pictures of the page and its cards for the README: the demo in a browser."""

import asyncio
import contextlib
import json
from pathlib import Path
import re
import tempfile
from typing import Literal

import aiohttp
from demo import MODULE_PASSWORD, free_port, furnish
from hass_api import (
    BROWSER_OPTIONS,
    REPOSITORY,
    DemoError,
    Hass,
    browser_path,
    prepare_config,
    start_hass,
    stop,
)
from household import take_photos
from playwright.async_api import Page, async_playwright

from simulator import SimulatedModule

IMAGES = REPOSITORY / "docs" / "images"
PYTHON = REPOSITORY / ".venv-current" / "bin" / "python"
SERIAL = "0123A38884CE69F6EE"
# How the browser is told, and what the picture is called.
SCHEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (
    ("light", ""),
    ("dark", "-dark"),
)
DISMISS = re.compile("Dismiss|知道了")
# Seconds between two visitors: the liveness scores of one shall not be another's.
PACE = 4


async def visits(module: SimulatedModule) -> None:
    """Let some people come: known ones, a stranger, and a photo."""
    for user_id, liveness in (
        ("clara", 0.97),
        ("david_lee", 0.98),
        ("stranger", 0.97),
        ("emil", 0.2),
        ("wang_xiao_ming", 0.97),
        ("anna", 0.98),
    ):
        await module.walk_by(user_id, rgb_liveness=liveness, nir_liveness=liveness)
        for _ in range(3):
            await asyncio.sleep(0.3)
            await module.send_status()
        await asyncio.sleep(PACE)


async def shoot(page: Page, element: str, name: str) -> None:
    """Save a picture of one card, or of everything."""
    card = page.locator(element).first
    await card.wait_for(timeout=30_000)
    await page.wait_for_timeout(3000)
    await card.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


async def pictures(hass: Hass, module: SimulatedModule) -> None:
    """Look at the page and its cards, in both languages, light and dark."""
    tokens = json.dumps({**hass.tokens, "expires": 2_000_000_000_000})
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path(), args=BROWSER_OPTIONS
        )
        for language, suffix in (("en", ""), ("zh-Hans", ".zh-Hans")):
            for scheme, look in SCHEMES:
                context = await browser.new_context(
                    viewport={"width": 1280, "height": 860},
                    device_scale_factor=1.5,
                    color_scheme=scheme,
                )
                await context.add_init_script(
                    f"localStorage.setItem('hassTokens', {json.dumps(tokens)});"
                    f"localStorage.setItem('selectedLanguage', '\"{language}\"');"
                )
                page = await context.new_page()
                await page.goto(f"{hass.url}/face_module")
                await page.locator("face-module-card").first.wait_for(timeout=60_000)
                await visits(module)
                name = f"{look}{suffix}"
                await shoot(page, "home-assistant", f"page{name}")
                await shoot(page, "face-module-card", f"live-card{name}")
                await page.goto(f"{hass.url}/face_module/people")
                await page.locator("face-module-people").wait_for()
                await page.wait_for_timeout(2000)
                # How the import ended.
                report = page.get_by_role("button", name=DISMISS)
                if await report.count():
                    await report.click()
                await shoot(page, "face-module-people-card", f"people-card{name}")
                await context.close()
        await browser.close()


async def main() -> None:
    """Start everything, look, and end everything."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        prepare_config(config)
        await asyncio.to_thread(take_photos, config / "media" / "people")
        async with (
            SimulatedModule(SERIAL, MODULE_PASSWORD, automatic=True) as module,
            aiohttp.ClientSession() as session,
        ):
            module.config.liveness_type = 3
            module.quirks.reports_strangers = module.quirks.reports_spoofs = True
            for user_id, name in (("anna", "Anna"), ("ben", "Ben")):
                module.add_user(user_id, name)
            port = free_port()
            process = await start_hass(config, port, PYTHON)
            hass = Hass(f"http://127.0.0.1:{port}", session)
            try:
                await hass.wait_until_up(process)
                entities = await furnish(hass, {SERIAL: module.port})
                # With its new options it is set up once more.
                await asyncio.sleep(3)
                while (await hass.states())[entities["connected"]]["state"] != "on":
                    await asyncio.sleep(0.5)
                # It would be in the pictures.
                if issues := (await hass.command("repairs/list_issues"))["issues"]:
                    raise DemoError(f"there is something to repair: {issues}")
                device = await hass.device(SERIAL)
                report = await hass.perform(
                    "import_users", device_id=device, path="media/people"
                )
                if report["failed"]:
                    raise DemoError(f"not everybody was enrolled: {report['failed']}")
                await pictures(hass, module)
            finally:
                await hass.close()
                await stop(process)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
