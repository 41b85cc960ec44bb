"""The way of somebody who has just unpacked a module, until their phone tells them."""

from collections.abc import AsyncGenerator
import time
from typing import Any

from aiohttp import web
from playwright.async_api import Locator, Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import RESULTS, RealHass, judge, until
from .people_card import photo

pytestmark = pytest.mark.timeout(240)
SLOW = 30_000
CLICKS = 12
SECONDS = 60


@pytest.fixture
def configuration() -> str:
    """As every Home Assistant of somebody's that was not written by hand."""
    return "mobile_app:\n"


@pytest.fixture
async def phone(real_hass: RealHass) -> AsyncGenerator[list[dict[str, Any]]]:
    """A phone with the app, logged in: what its maker's service is sent."""
    pushed: list[dict[str, Any]] = []

    async def push(request: web.Request) -> web.Response:
        pushed.append(await request.json())
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/push", push)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    # It is set up while Home Assistant answers already.
    config: dict[str, Any] = {}
    while "mobile_app" not in config.get("components", ()):
        config = await real_hass.api.get("/api/config")
    await real_hass.api.post(
        "/api/mobile_app/registrations",
        {
            "app_id": "test",
            "app_name": "Test",
            "app_version": "1",
            "device_id": "test",
            "device_name": "Olga's phone",
            "manufacturer": "Test",
            "model": "Test",
            "os_name": "Test",
            "os_version": "1",
            "supports_encryption": False,
            "app_data": {
                "push_token": "token",
                "push_url": f"http://127.0.0.1:{port}/push",
            },
        },
    )
    yield pushed
    await runner.cleanup()


class Newcomer:
    """Somebody with a mouse, whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.clicks = 0

    async def click(self, place: Locator) -> None:
        await place.click(timeout=SLOW)
        self.clicks += 1
        await self._page.screenshot(path=RESULTS / f"newcomer-{self.clicks:02}.png")


async def test_from_adding_the_module_to_a_picture_on_the_phone(
    real_hass: RealHass, phone: list[dict[str, Any]], page: Page
) -> None:
    async with SimulatedModule(automatic=True) as module:
        who = Newcomer(page)
        await page.goto(f"{real_hass.api.url}/config/integrations/dashboard")
        add = page.get_by_role("button", name="Add integration")
        await expect(add).to_be_visible(timeout=SLOW)
        began = time.monotonic()
        await who.click(add)
        await page.keyboard.type("face mod")
        await who.click(page.get_by_text("Face Module", exact=True).last)
        host = page.get_by_role("textbox", name="IP address or host name").first
        await host.fill(f"{module.host}:{module.port}", timeout=SLOW)
        await page.get_by_role("textbox", name="Password").first.fill("123456")
        submit = page.get_by_role("button", name="Submit").first
        await who.click(submit)
        new = page.get_by_role("textbox", name="New password").first
        await new.fill("better", timeout=SLOW)
        await who.click(submit)
        await who.click(page.get_by_role("link", name="Go on to its page"))

        await expect(page.get_by_text("Online. Recognitions arrive.").first).to_be_visible(
            timeout=SLOW
        )
        await who.click(page.get_by_role("button", name="Enroll the first person"))
        dialog = page.locator("face-module-people-enroll")
        async with page.expect_file_chooser() as chooser:
            await who.click(dialog.get_by_text("Choose a picture").first)
        await (await chooser.value).set_files(photo("Olga"))
        await dialog.locator("input[name=name]").fill("Olga")
        await who.click(dialog.get_by_role("button", name="Save"))
        await who.click(dialog.get_by_role("button", name="Tell me when Olga comes"))
        telling = page.locator("face-module-tell")
        await expect(telling.get_by_text("Olga's phone")).to_have_count(1, timeout=SLOW)
        await who.click(telling.get_by_role("button", name="Create automation"))
        await expect(telling.get_by_text("from now on you are told")).to_be_visible()

        (user_id,) = module.users
        await module.walk_by(user_id, score=0.97)
        await until(lambda: bool(phone))
        took = time.monotonic() - began
        words = f"from Add integration to the phone: {who.clicks} clicks, {took:.1f} s"
        judge(words, took, SECONDS)
        assert who.clicks <= CLICKS
        (told,) = phone
        assert told["message"] == "Olga is at the door."
        image = told["data"]["image"]
        async with real_hass.session.get(f"{real_hass.api.url}{image}") as answer:
            assert (await answer.read()).startswith(b"\xff\xd8\xff")
        assert module.password == "better"
