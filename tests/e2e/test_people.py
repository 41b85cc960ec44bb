"""Many people onto several modules, as an administrator sees it in the browser."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
import json
from pathlib import Path
from typing import Any

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import PASSWORD, RESULTS, RealHass

pytestmark = pytest.mark.timeout(420)
SLOW = 240_000
PEOPLE = [f"Person {number:03}" for number in range(200)]

type Fleet = list[tuple[SimulatedModule, str]]


@pytest.fixture
async def three(real_hass: RealHass) -> AsyncGenerator[Fleet]:
    """Three modules without people, set up, and the ids of their devices."""
    async with AsyncExitStack() as stack:
        found: Fleet = []
        for number in range(1, 4):
            serial = f"0123A38884CE69000{number}"
            module = SimulatedModule(serial=serial, password=PASSWORD, automatic=True)
            await stack.enter_async_context(module)
            result = await real_hass.api.add_module(module.host, module.port, PASSWORD)
            assert result["type"] == "create_entry"
            found.append((module, await real_hass.api.device(serial)))
        yield found


def take_photos(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in PEOPLE:
        (folder / f"{name}.jpg").write_bytes(portrait(name, size=(360, 480)))


async def open_action(page: Page, url: str, action: str, data: dict[str, Any]) -> None:
    """Open the tools with the form of an action filled in, as it was left last time."""
    await page.goto(f"{url}/manifest.json")
    await page.evaluate(
        "value => localStorage.setItem('panel-dev-action-state-service-data', value)",
        json.dumps({"action": action, "data": data}),
    )
    await page.goto(f"{url}/config/tools/action")


async def test_a_folder_reaches_three_modules_though_one_loses_its_power(
    real_hass: RealHass, three: Fleet, page: Page
) -> None:
    await asyncio.to_thread(take_photos, real_hass.config / "media" / "people")
    devices = [device for _, device in three]
    data = {"device_id": devices, "path": "media/people", "allow_duplicate_face": True}
    url = real_hass.api.url
    await open_action(page, url, "face_module.import_users", data)
    perform = page.get_by_role("button", name="Perform action")
    await perform.click(timeout=SLOW)
    async with asyncio.timeout(60):
        while len(three[1][0].users) < 60:
            await asyncio.sleep(0.05)
    await three[1][0].pull_cable()
    await page.get_by_text("Notifications").first.click()
    progress = page.get_by_text("Face module 0001, Face module 0002, Face module 0003:")
    await expect(progress.first).to_contain_text("of 600.", timeout=SLOW)
    await page.screenshot(path=RESULTS / "import-progress.png")
    await expect(progress.first).to_contain_text("finished, 600 of 600", timeout=SLOW)
    there = len(three[1][0].users)
    assert 60 <= there < 200
    assert len(three[0][0].users) == len(three[2][0].users) == 200
    # Of the one that was under way the answer may be lost.
    told = (await progress.first.text_content()) or ""
    assert any(f"failed {200 - there + more}." in told for more in (0, 1))
    lost = page.get_by_text("Face module 0002 does not answer.")
    await expect(lost.first).to_be_visible()
    await page.screenshot(path=RESULTS / "import-report.png")

    await three[1][0].plug_in()
    report = await real_hass.api.perform("import_users", **data)
    assert report["added"] == 200 - there
    assert report["unchanged"] == 400 + there
    assert report["failed"] == []
    for module, _ in three:
        assert sorted(user.name for user in module.users.values()) == PEOPLE
    (outage,) = trouble(real_hass.config)
    assert (
        "Error fetching Face module 0002 data: Face module 0002 does not answer" in outage
    )


async def test_an_export_makes_a_new_module_alike(
    real_hass: RealHass, three: Fleet
) -> None:
    api = real_hass.api
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "陈伟"):
        one.add_user(f"no {name}", name)
    exported = await api.perform("export_users", device_id=first, path="media/all.zip")
    assert exported["added"] == 3
    report = await api.perform("import_users", device_id=second, path="media/all.zip")
    assert report["added"] == 3
    assert two.users == one.users
    folder = real_hass.config / "media"
    for name in ("Anna", "Ben", "陈伟", "Nobody"):
        (folder / "probe.jpg").write_bytes(portrait(name, variation=2))
        answers = [
            await api.perform("identify_face", device_id=device, path="media/probe.jpg")
            for device in (first, second)
        ]
        assert answers[0] == answers[1]
        assert answers[0]["recognized"] == (name != "Nobody")


async def test_a_person_is_enrolled_and_linked_in_the_browser(
    real_hass: RealHass, three: Fleet, page: Page
) -> None:
    module, device = three[0]
    photo = real_hass.config / "media" / "zoe.jpg"
    photo.write_bytes(portrait("Zoë", size=(3000, 4000)))
    url = real_hass.api.url
    data = {"device_id": [device], "name": "Zoë", "path": "media/zoe.jpg"}
    await open_action(page, url, "face_module.enroll_user", data)
    await page.get_by_role("button", name="Perform action").click(timeout=SLOW)
    await expect(page.get_by_text("Response").first).to_be_visible(timeout=30_000)
    await page.screenshot(path=RESULTS / "enrolled.png", full_page=True)
    assert module.users["zoe"].name == "Zoë"

    await page.goto(f"{url}/config/integrations/integration/face_module")
    await page.get_by_role("button", name="Configure").first.click(timeout=30_000)
    await page.get_by_text("People", exact=True).first.click(timeout=30_000)
    await expect(page.get_by_text("is the same for all modules").first).to_be_visible(
        timeout=30_000
    )
    # Nobody is chosen beforehand, and nobody is a bare id.
    await page.locator("ha-selector-select").first.click()
    await page.get_by_text("Zoë (zoe)").last.click(timeout=30_000)
    await page.screenshot(path=RESULTS / "people-choose.png")
    await page.get_by_role("button", name="Submit").first.click()
    name = page.get_by_role("textbox", name="Name").first
    await expect(name).to_have_value("Zoë", timeout=30_000)
    await page.screenshot(path=RESULTS / "people-edit.png")
    await name.fill("Zoë Klein")
    await page.get_by_role("button", name="Submit").first.click()
    async with asyncio.timeout(30):
        while module.users.get("zoe") is None or module.users["zoe"].name != "Zoë Klein":
            await asyncio.sleep(0.05)
    assert trouble(real_hass.config) == []
