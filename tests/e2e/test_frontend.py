"""What a user sees in the real frontend."""

from base64 import b64decode
import re
from statistics import median
from typing import Any

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import (
    PASSWORD,
    RESULTS,
    RealHass,
    add_dashboard,
    both_lines,
    judge,
    nobody_there,
    seconds_until_visible,
    until,
)

pytestmark = pytest.mark.timeout(240)
SLOW = 30_000


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=RESULTS / f"{name}.png")


async def add(real_hass: RealHass, module: SimulatedModule) -> str:
    """Add the module and a dashboard; return the entry's id."""
    result = await real_hass.api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    await add_dashboard(real_hass.api)
    entry_id: str = result["result"]["entry_id"]
    return entry_id


@both_lines
async def test_a_module_is_added_in_the_browser_after_a_wrong_password(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await page.goto(
        f"{real_hass.api.url}/config/integrations/dashboard/add?domain=face_module"
    )
    await page.get_by_role("button", name="OK").click(timeout=SLOW)
    host = page.get_by_role("textbox", name="IP address or host name")
    await expect(host.first).to_be_visible(timeout=SLOW)
    await host.first.fill(f"{module.host}:{module.port}")
    await page.get_by_role("textbox", name="Password").first.fill("wrong1")
    await shoot(page, "add-form")
    submit = page.get_by_role("button", name="Submit")
    await submit.first.click()
    wrong = page.get_by_text("The module refuses this password.")
    await expect(wrong.first).to_be_visible(timeout=SLOW)
    await shoot(page, "add-wrong-password")
    await page.get_by_role("textbox", name="Password").first.fill(PASSWORD)
    await submit.first.click()
    await expect(page.get_by_text("Name and assign")).to_be_visible(timeout=SLOW)
    await shoot(page, "added")
    assert module.config.heartbeat_cb_url


async def picture_in(page: Page) -> bytes:
    """Return the bytes of the face that the dashboard shows."""
    # With an aspect ratio the card shows it as the background of a frame.
    image = page.locator("hui-image img").first
    await expect(image).to_be_attached(timeout=SLOW)
    encoded: str = await image.evaluate(
        """async (image) => {
            const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
        }"""
    )
    return b64decode(encoded)


def crop_sent(module: SimulatedModule) -> bytes:
    """Return the crop of the last recognition as it left the module."""
    sent = next(one for one in reversed(module.sent) if one.kind == "recognition")
    return b64decode(sent.body["image"])


async def recognition(real_hass: RealHass) -> dict[str, Any]:
    """Return the attributes of the last event."""
    entity_id = (await real_hass.api.entities())["recognition"]
    states = await real_hass.api.states()
    attributes: dict[str, Any] = states[entity_id]["attributes"]
    return attributes


async def expect_line(page: Page, verdict: str) -> None:
    """Wait for a line of the logbook about a visit."""
    lines = page.locator("ha-logbook").get_by_text(re.compile(verdict, re.IGNORECASE))
    await expect(lines.first).to_be_visible(timeout=SLOW)


async def until_reason(real_hass: RealHass, reason: str) -> None:
    """Wait until the latest visit was rejected for a reason."""

    async def is_told() -> bool:
        return bool((await recognition(real_hass))["reason"] == reason)

    await until(is_told)


async def last_visit(real_hass: RealHass) -> dict[str, Any]:
    """Return the latest visit of the book."""
    found = await real_hass.api.command("face_module/visits/search", limit=1)
    visit: dict[str, Any] = found["visits"][0]
    return visit


@both_lines
async def test_who_walks_by_is_seen_judged_and_remembered(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.config.liveness_type = 3
    module.quirks.reports_spoofs = True
    entry_id = await add(real_hass, module)
    options = {"require_liveness": True, "visit_window": 300}
    await real_hass.api.set_options(entry_id, options)
    # A first report may be about somebody of before: the next one counts.
    module.sent.clear()
    await until(lambda: {"status", "heartbeat"} <= {s.kind for s in module.sent})
    await page.goto(f"{real_hass.api.url}/face-module")
    await expect(page.get_by_text("Who comes").first).to_be_visible(timeout=SLOW)

    # Somebody walks by: at once in the browser, with name, picture and a line. What
    # else the machine does can delay one of three, a slow integration delays all.
    took = []
    module.add_user("ben", "Ben")
    for user_id, name in (("anna", "Anna"), ("ben", "Ben"), ("chenwei", "陈伟")):
        seen = page.get_by_text(name, exact=True).first
        await expect(seen).not_to_be_visible()
        await module.walk_by(user_id, score=0.97)
        took.append(await seconds_until_visible(seen))
        # Whoever follows at once is judged later: the scores may be of the one before.
        await nobody_there(module)
    judge(f"from the callback to the name in the browser (s): {took}", median(took), 1)
    await expect_line(page, "recognized")
    first = await recognition(real_hass)
    assert await picture_in(page) == crop_sent(module)
    await shoot(page, "recognized")

    # The same person within the visit window is no second event, after it one.
    before = await last_visit(real_hass)
    await module.walk_by("chenwei", score=0.97)

    async def goes_on() -> bool:
        return bool((await last_visit(real_hass))["last_seen"] > before["last_seen"])

    async def is_another() -> bool:
        told = (await recognition(real_hass)).get("visit_id")
        return told not in (None, first["visit_id"])

    await until(goes_on)
    assert not await is_another()
    await real_hass.api.set_options(entry_id, {"visit_window": 0})
    await nobody_there(module)
    await module.walk_by("chenwei", score=0.98)
    await until(is_another)
    assert (await recognition(real_hass))["event_type"] == "recognized"
    await nobody_there(module)

    # A photo is a spoof, yesterday's callback is stale; neither opens a door.
    await module.walk_by("anna", score=0.97, rgb_liveness=0.1, nir_liveness=0.05)
    await expect_line(page, "rejected")
    spoof = await recognition(real_hass)
    assert (spoof["event_type"], spoof["reason"]) == ("rejected", "spoof")
    assert await picture_in(page) == crop_sent(module)
    await module.replay(86_400)
    await until_reason(real_hass, "stale")
    await shoot(page, "spoof-and-replay")
    states = await real_hass.api.states()
    assert states[(await real_hass.api.entities())["last_person"]]["state"] == "陈伟"

    # They are in the media browser, and can be deleted in the options.
    browse = await real_hass.api.command(
        "media_source/browse_media",
        media_content_id=f"media-source://face_module/{entry_id}",
    )
    assert [child["title"] for child in browse["children"]] == ["By day", "By person"]
    await page.goto(
        f"{real_hass.api.url}/media-browser/browser/app%2Cmedia-source%3A%2F%2Fface_module"
        f"/image%2Cmedia-source%3A%2F%2Fface_module%2F{entry_id}"
        f"/image%2Cmedia-source%3A%2F%2Fface_module%2F{entry_id}%2Fpeople"
    )
    await expect(page.get_by_text("Anna (3)").last).to_be_visible(timeout=SLOW)
    await shoot(page, "media-people")
    assert trouble(real_hass.config) == []


async def test_visits_are_deleted_by_hand(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await until(lambda: any(s.kind == "heartbeat" for s in module.sent))
    await module.walk_by("anna", score=0.97)
    await module.walk_by("chenwei", score=0.97)
    await page.goto(f"{real_hass.api.url}/config/integrations/integration/face_module")
    await page.get_by_role("button", name="Configure").first.click(timeout=SLOW)
    await shoot(page, "options-menu")
    await page.get_by_text("Delete visits from the history").first.click(timeout=SLOW)
    await expect(page.get_by_text("All visits of these people").first).to_be_visible(
        timeout=SLOW
    )
    await shoot(page, "options-history")
    await page.locator("ha-switch").first.click()
    await page.get_by_role("button", name="Submit").first.click()
    await expect(page.get_by_text("Visits deleted: 2.").first).to_be_visible(timeout=SLOW)
    await shoot(page, "options-deleted")


async def test_an_automation_is_written_by_hand_with_a_person_from_the_list(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    entry_id = await add(real_hass, module)
    await real_hass.api.set_options(entry_id, {"visit_window": 0})
    module.sent.clear()
    await until(lambda: any(s.kind == "heartbeat" for s in module.sent))
    await module.walk_by("chenwei", score=0.97)
    devices = await real_hass.api.command("config/device_registry/list")
    (device,) = [d for d in devices if d["primary_config_entry"] == entry_id]
    # As the editor leaves it once "Person recognized" was chosen under "Device".
    trigger = {"trigger": "device", "domain": "face_module", "device_id": device["id"]}
    await real_hass.api.post(
        "/api/config/automation/config/welcome",
        {
            "alias": "Welcome",
            "triggers": [trigger | {"type": "person_recognized"}],
            "actions": [
                {
                    "action": "persistent_notification.create",
                    "data": {"message": "{{ trigger.to_state.attributes.name }} is here."},
                }
            ],
        },
    )
    await page.goto(f"{real_hass.api.url}/config/automation/edit/welcome")
    await page.get_by_text("Person recognized").first.click(timeout=SLOW)
    await expect(page.get_by_text("Pick or type user IDs").first).to_be_visible(
        timeout=SLOW
    )
    await page.get_by_role("button", name="Add", exact=True).first.click()
    await page.get_by_text("陈伟 (chenwei)").last.click(timeout=SLOW)
    await shoot(page, "automation")
    await page.get_by_role("button", name="Save").last.click(timeout=SLOW)

    async def is_saved() -> bool:
        saved = await real_hass.api.get("/api/config/automation/config/welcome")
        return bool(saved["triggers"][0].get("user_id") == ["chenwei"])

    await until(is_saved)
    await module.walk_by("anna", score=0.97)
    await module.walk_by("chenwei", score=0.97)
    await page.goto(f"{real_hass.api.url}/face-module")
    await page.get_by_text("Notifications").first.click(timeout=SLOW)
    await expect(page.get_by_text("陈伟 is here.").first).to_be_visible(timeout=SLOW)
    await expect(page.get_by_text("Anna is here.")).to_have_count(0)


@both_lines
async def test_an_unplugged_module_and_a_restart_show_as_they_are(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await page.goto(f"{real_hass.api.url}/face-module")
    await expect(page.get_by_text("Who comes").first).to_be_visible(timeout=SLOW)
    await module.walk_by("anna", rgb_liveness=0.97, nir_liveness=0.95)
    await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
    await shoot(page, "anna")

    await module.pull_cable()
    await expect(page.get_by_text("Disconnected").first).to_be_visible(timeout=100_000)
    await shoot(page, "unplugged")
    await module.plug_in()
    gone = page.get_by_text("Disconnected").first
    await expect(gone).not_to_be_visible(timeout=SLOW)

    # The power fails while Anna is there.
    before, face = await recognition(real_hass), crop_sent(module)
    await real_hass.kill()
    await real_hass.start()
    await real_hass.api.connect()
    await page.goto(f"{real_hass.api.url}/face-module")
    # What Home Assistant itself had written down is of before she came.
    await expect(page.get_by_text("Anna", exact=True).first).to_be_visible(timeout=SLOW)
    assert await picture_in(page) == face
    after = await recognition(real_hass)
    assert after.get("visit_id") in (None, before["visit_id"]), "no false event"
    await module.walk_by("chenwei", rgb_liveness=0.97, nir_liveness=0.95)
    await expect(page.get_by_text("陈伟").first).to_be_visible(timeout=SLOW)
    assert (await recognition(real_hass))["user_id"] == "chenwei"

    async def is_shown() -> bool:
        return await picture_in(page) == crop_sent(module)

    await until(is_shown)
    await shoot(page, "after-restart")
    assert module.max_concurrent == 1
    # The cable: one line when it was pulled, and nothing else against us.
    records = trouble(real_hass.config)
    assert len(records) <= 1, records
    assert all("does not answer" in record for record in records)
