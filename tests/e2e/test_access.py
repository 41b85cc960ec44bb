"""Who may enter, clicked through in a real browser: guests from begin to end."""

import asyncio
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import RealHass, judge, until
from .people_card import SLOW, add, photo
from .test_card_walk import Visitor, Walk, start
from .test_live_card import ALIVE
from .test_people_card_jobs import second  # noqa: F401

pytestmark = pytest.mark.timeout(400)

# Each, and what an hour is called in the language.
VISITORS = (
    (Visitor("en", 1280, "light", "Greta"), "1 hour", "60 min"),
    (Visitor("zh-Hans", 390, "dark", "Hugo"), "1小时", "60分钟"),
)


async def invite(walk: Walk, hour: str) -> None:
    """Create a guest for an hour, in few clicks."""
    page, name = walk.page, walk.visitor.name
    await expect(walk.button("guest")).to_be_visible(timeout=SLOW)
    await page.evaluate(
        """() => {
            window.clicks = 0;
            addEventListener("pointerdown", () => { window.clicks += 1; }, true);
        }"""
    )
    began = time.monotonic()
    await walk.press("guest")
    # Nothing moves any more.
    await expect(page.get_by_role("button", name=hour, exact=True)).to_be_visible()
    async with page.expect_file_chooser() as chooser:
        await page.locator("label.file").get_by_text(walk.say("choose_file")).click()
    await (await chooser.value).set_files([photo(name)])
    await walk.told("good")
    await expect(page.get_by_label(walk.say("name"), exact=True)).to_have_value(name)
    await page.get_by_role("button", name=hour, exact=True).click()
    await expect(page.locator("ha-date-input")).to_be_visible(timeout=SLOW)
    await walk.look("guest")
    await walk.press("save")
    await walk.told("enrolled_done", name=name)
    took = time.monotonic() - began
    # The click in the dialog of the operating system is not seen by the page.
    clicks = await page.evaluate("window.clicks") + 1
    judge(f"a guest for an hour ({walk.visitor}): {clicks} clicks, {took:.1f} s", took, 30)
    assert clicks <= 8
    await walk.press("close")


async def comes(
    module: SimulatedModule, real_hass: RealHass, user_id: str
) -> dict[str, Any]:
    """Let somebody walk by; return what the event says once it is about that."""
    entity = (await real_hass.api.entities(module.serial))["recognition"]
    before = (await real_hass.api.states())[entity]["state"]
    await module.walk_by(user_id, score=0.97, **ALIVE)
    async with asyncio.timeout(SLOW / 1000):
        while (state := (await real_hass.api.states())[entity])["state"] == before:
            await asyncio.sleep(0.05)
    said: dict[str, Any] = state["attributes"]
    return said


async def stay(
    real_hass: RealHass, module: SimulatedModule, other: SimulatedModule, name: str
) -> None:
    """A guest comes, is late once, and is gone, also from a module that was away."""
    user_id = name.lower()
    assert user_id in module.users
    said = await comes(other, real_hass, user_id)
    assert (said["event_type"], said["name"]) == ("recognized", name)

    await other.pull_cable()
    # The module that is there is slow to forget: meanwhile somebody comes once more.
    module.faults.late_by = 5
    module.faults.next("late", call="DeleteUser")
    # Nobody can wait for an hour. The module counts whole seconds.
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    await real_hass.api.command(
        "face_module/access/set",
        user_id=user_id,
        name=name,
        mode="rule",
        end=end.isoformat(),
        remove_afterwards=True,
    )
    await until(lambda: datetime.now(UTC) > end)
    said = await comes(module, real_hass, user_id)
    assert (said["event_type"], said["reason"]) == ("rejected", "not_allowed")
    await until(lambda: user_id not in module.users)
    assert user_id in other.users
    async with asyncio.timeout(SLOW / 1000):
        while not (await real_hass.api.command("face_module/people/waiting"))["changes"]:
            await asyncio.sleep(0.05)
    await other.plug_in()
    # As in the next minute.
    entity = (await real_hass.api.entities(other.serial))["rgb_led"]
    await real_hass.api.action("homeassistant", "update_entity", entity)
    await until(lambda: user_id not in other.users)


async def test_a_guest_for_an_hour_comes_is_late_and_is_gone_from_both_modules(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
    page: Page,
) -> None:
    await add(real_hass, module, second)
    assert page.context.browser is not None
    for visitor, hour, left in VISITORS:
        walk = await start(page.context.browser, real_hass, visitor)
        await invite(walk, hour)
        tile = walk.page.locator(".tile", has_text=visitor.name)
        await expect(tile.locator(".left")).to_have_text(left, timeout=SLOW)
        await walk.look("guest-tile")
        await stay(real_hass, module, second, visitor.name)
        await expect(tile).to_have_count(0, timeout=SLOW)
        await walk.page.context.close()
    # The module that was unplugged is said to be away, and nothing else.
    assert all("does not answer" in line for line in trouble(real_hass.config))


async def test_who_may_enter_is_chosen_with_home_assistants_pickers(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await real_hass.api.command("schedule/create", name="Cleaning")
    assert page.context.browser is not None
    for visitor, sentences in (
        (Visitor("en", 1280, "dark", ""), ("May never enter", "Cleaning is on")),
        (Visitor("zh-Hans", 390, "light", ""), ("不得进入", "Cleaning 开启")),
    ):
        walk = await start(page.context.browser, real_hass, visitor)
        await choose_modes(walk, *sentences)
        await walk.page.context.close()
    assert trouble(real_hass.config) == []


async def choose_modes(walk: Walk, never: str, cleaning: str) -> None:
    """Let somebody never enter, then while a schedule is on, then always."""
    page = walk.page
    names = {
        "en": ("Never", "With conditions", "Always"),
        "zh-Hans": ("从不", "按条件", "随时"),
    }
    tile = page.locator(".tile", has_text="Anna")
    await tile.click(timeout=SLOW)
    for mode, sentence in zip(
        names[walk.visitor.language], (never, cleaning, ""), strict=True
    ):
        await walk.press("access_change")
        await page.get_by_text(mode, exact=True).click(timeout=SLOW)
        if sentence == cleaning:
            await page.locator("ha-entity-picker").last.click(timeout=SLOW)
            await page.get_by_text("Cleaning", exact=True).last.click(timeout=SLOW)
            # Home Assistant's own list is closed when it likes.
            await expect(page.locator("div[aria-posinset]")).to_have_count(0, timeout=SLOW)
            await walk.look("conditions")
        await walk.press("save")
        if sentence:
            said = page.locator("fieldset .bad-line").filter(has_text=sentence)
            await expect(said).to_be_visible(timeout=SLOW)
            await walk.look("may-enter")
            await expect(tile.locator(".mark.bad-line")).to_be_attached(timeout=SLOW)
    await expect(tile.locator(".mark")).to_have_count(0, timeout=SLOW)
    await walk.press("close")
