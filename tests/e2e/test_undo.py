"""A deletion in the people card is undone, in a real browser."""

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import RealHass, until
from .people_card import SLOW, add, shoot, show, violations
from .test_people_card_jobs import second  # noqa: F401

pytestmark = pytest.mark.timeout(240)
PEOPLE = ("Anna", "Ben", "Clara")


async def begin(real_hass: RealHass, page: Page, *modules: SimulatedModule) -> None:
    """Add modules that know some people, and show the card."""
    for simulated in modules:
        simulated.users.clear()
        for name in PEOPLE:
            simulated.add_user(name.lower(), name, portrait(name))
    await add(real_hass, *modules)
    await show(page, real_hass)


async def delete(page: Page, name: str, button: str) -> None:
    """Delete somebody with the keyboard, as far as that goes."""
    grid = page.locator("face-module-people-grid")
    await grid.get_by_role("button", name=name).click(timeout=SLOW)
    await page.get_by_role("button", name="Delete").click()
    await page.locator("dialog").get_by_role("button", name=button, exact=True).click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=SLOW)


async def test_whoever_is_deleted_comes_back_with_the_keyboard_alone(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
    page: Page,
) -> None:
    await begin(real_hass, page, module, second)
    grid = page.locator("face-module-people-grid")
    await delete(page, "Anna", "From all modules")
    # The next one has the keys, and it is said what happened.
    await expect(grid.get_by_role("button", name="Ben")).to_be_focused(timeout=SLOW)
    said = page.locator("face-module-people-undo [role=status]")
    await expect(said).to_contain_text("Anna is deleted.")
    await expect(grid.get_by_role("button", name="Anna")).to_have_count(0)
    assert "anna" not in module.users
    assert "anna" not in second.users
    await page.keyboard.press("Shift+Tab")
    await expect(said.get_by_role("button", name="Undo")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(said).to_contain_text("Anna is back.", timeout=SLOW)
    await expect(grid.get_by_role("button", name="Anna")).to_have_count(1, timeout=SLOW)
    await expect(grid.locator("button:focus")).to_have_count(1)
    for simulated in (module, second):
        assert simulated.users["anna"].picture == portrait("Anna")

    # Of the last one the one before has the keys, of the only one what enrolls.
    last = (await grid.get_by_role("button").all_inner_texts())[-1].split()[-1]
    await delete(page, last, "From all modules")
    await expect(grid.get_by_role("button")).to_have_count(2, timeout=SLOW)
    await expect(grid.get_by_role("button").last).to_be_focused(timeout=SLOW)
    for _ in range(2):
        left = (await grid.get_by_role("button").all_inner_texts())[0].split()[-1]
        await delete(page, left, "From all modules")
        await expect(grid.get_by_role("button", name=left)).to_have_count(0, timeout=SLOW)
    await expect(page.get_by_role("button", name="Enroll")).to_be_focused(timeout=SLOW)
    assert trouble(real_hass.config) == []


async def test_it_is_said_that_somebody_has_the_name_since(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await begin(real_hass, page, module)
    await delete(page, "Ben", "Delete")
    said = page.locator("face-module-people-undo [role=status]")
    await expect(said).to_contain_text("Ben is deleted.", timeout=SLOW)
    module.add_user("ben", "Ben", portrait("Somebody else"))
    await said.get_by_role("button", name="Undo").click()
    await expect(said).to_contain_text("Ben is not brought back", timeout=SLOW)
    assert await violations(page) == []
    await shoot(page, "undo")
    await said.get_by_role("button", name="Close").click()
    await expect(said).to_be_empty()
    assert module.users["ben"].picture == portrait("Somebody else")


async def test_a_deletion_that_waits_is_shown_and_given_up(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
    page: Page,
) -> None:
    await begin(real_hass, page, module, second)
    choice = page.get_by_label("Module", exact=True)
    await choice.select_option(label="Face module F6EE", timeout=SLOW)
    await second.pull_cable()
    await delete(page, "Clara", "From all modules")
    line = page.locator("face-module-people li", has_text="Clara is deleted from")
    await expect(line).to_be_visible(timeout=SLOW)
    await shoot(page, "pending")
    assert await violations(page) == []
    await line.get_by_role("button", name="Give up").click()
    await expect(line).to_have_count(0, timeout=SLOW)
    changes = await real_hass.api.command("face_module/people/waiting")
    assert changes == {"changes": []}
    await second.plug_in()
    await until(lambda: "clara" in second.users and "clara" not in module.users)


async def test_it_is_undone_in_chinese_on_a_phone(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await page.goto(f"{real_hass.api.url}/manifest.json")
    await page.evaluate("localStorage.setItem('selectedLanguage', '\"zh-Hans\"')")
    await page.set_viewport_size({"width": 360, "height": 740})
    await begin(real_hass, page, module)
    grid = page.locator("face-module-people-grid")
    await grid.get_by_role("button", name="Ben").click(timeout=SLOW)
    await page.get_by_role("button", name="删除").click()
    await expect(page.get_by_text("十秒内可以撤销")).to_be_visible()
    await shoot(page, "undo-ask-zh")
    await page.locator("dialog").get_by_role("button", name="删除", exact=True).click()
    said = page.locator("face-module-people-undo [role=status]")
    await expect(said).to_contain_text("Ben 已删除。", timeout=SLOW)
    await said.get_by_role("button", name="撤销").click()
    await expect(said).to_contain_text("Ben 已恢复。", timeout=SLOW)
    await shoot(page, "undo-zh")
    assert "ben" in module.users
    assert trouble(real_hass.config) == []
