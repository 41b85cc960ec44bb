"""The people card in a real browser: many people and several modules at once."""

from collections.abc import AsyncGenerator

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RealHass
from .people_card import SLOW, add, shoot, show, violations

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def second() -> AsyncGenerator[SimulatedModule]:
    """Another module, without people."""
    async with SimulatedModule(
        serial="0123A38884CE690002", password=PASSWORD, automatic=True
    ) as simulated:
        yield simulated


NAMES = [f"Person {number:02}" for number in range(12)]


async def test_modules_are_compared_and_brought_in_line(
    real_hass: RealHass, module: SimulatedModule, second: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    module.add_user("extra", "Somebody else")
    module.add_user("wrong", "Here by mistake")
    module.add_user("kept", "To be kept")
    for number, name in enumerate(NAMES):
        second.add_user(f"p{number}", name)
    await add(real_hass, module, second)
    await show(page, real_hass)
    choice = page.get_by_label("Module", exact=True)
    await choice.select_option(label="Face module F6EE", timeout=SLOW)
    await page.get_by_role("button", name="Compare").click()
    compare = page.locator("dialog").get_by_role("button", name="Compare")
    await compare.click()
    await expect(page.get_by_text(": 12").first).to_be_visible(timeout=SLOW)
    await expect(page.get_by_text("Somebody else").last).to_be_visible()
    await shoot(page, "compare")
    assert await violations(page) == []

    # Somebody by choice: copied here, deleted here, copied there.
    async def decide(name: str, *buttons: str) -> None:
        line = page.locator("dialog li.pair").filter(has_text=name)
        for button in buttons:
            await line.get_by_role("button", name=button, exact=True).click()
        await expect(line).to_have_count(0, timeout=SLOW)

    assert await page.locator("dialog li.pair .face").count() == 15
    await decide("Person 03", "Add")
    following = page.locator("dialog li.pair").filter(has_text="Person 04")
    await expect(following.get_by_role("button", name="Add")).to_be_focused()
    assert "p3" in module.users
    await decide("Here by mistake", "Delete", "Delete")
    assert "wrong" not in module.users
    await decide("To be kept", "Copy to Face module 0002")
    assert second.users["kept"].name == "To be kept"
    await page.get_by_role("button", name="Add the missing").click()
    await expect(page.get_by_text("Added 11,")).to_be_visible(timeout=SLOW)
    assert len(module.users) == 14
    await compare.click()
    await page.get_by_role("button", name="Make it the same").click(timeout=SLOW)
    await shoot(page, "compare-sure")
    assert len(module.users) == 14
    await page.get_by_role("button", name="Yes, change").click()
    await expect(page.get_by_text("removed 1,")).to_be_visible(timeout=SLOW)
    names = sorted(user.name for user in module.users.values())
    assert names == [*NAMES, "To be kept"]
    # Home Assistant remembers those whom it copied.
    await page.get_by_label("With").select_option(label="Home Assistant's list")
    await compare.click()
    same = page.get_by_text("Both know the same people.")
    await expect(same).to_be_visible(timeout=SLOW)
    assert trouble(real_hass.config) == []
