"""An import from the people card in a real browser: it goes on, and ends with the truth."""

from pathlib import Path
import zipfile

from demo import trouble
from PIL import Image
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait, scenery

from .conftest import PASSWORD, RealHass, until
from .people_card import SLOW, add, photo, shoot, show, violations

pytestmark = pytest.mark.timeout(240)


# As nginx that nobody has set up: nothing over 1 MB. Notes what is sent.
PROXY = """
window.sent = [];
const real = window.fetch;
window.fetch = (url, init = {}) => {
  const file = init.body instanceof FormData ? init.body.get("file") : init.body;
  if (!(file instanceof Blob)) return real(url, init);
  window.sent.push(file.size);
  if (file.size <= 1_000_000) return real(url, init);
  return Promise.resolve(new Response("<html>nginx</html>", { status: 413 }));
};
"""


async def choose(page: Page, *files: Path) -> None:
    await page.get_by_role("button", name="Import").click()
    await page.get_by_label("Choose files").set_input_files(files)


async def test_an_import_goes_on_while_nobody_looks_and_is_seen_again(
    real_hass: RealHass, module: SimulatedModule, page: Page, tmp_path: Path
) -> None:
    module.users.clear()
    module.faults.latency = 0.3
    await add(real_hass, module)
    await show(page, real_hass)
    names = [f"Person {number:02}" for number in range(12)]
    for name in names:
        (tmp_path / f"{name}.jpg").write_bytes(portrait(name, size=(1500, 2000)))
    await choose(page, *sorted(tmp_path.glob("*.jpg")))
    await expect(page.get_by_text("12 files chosen")).to_be_visible()
    await page.get_by_role("button", name="Start").click()
    going = page.locator("dialog").get_by_text("of 12", exact=False).first
    await expect(going).to_be_visible(timeout=SLOW)
    await shoot(page, "import-progress")
    dialog = page.locator("dialog")
    await expect(dialog.get_by_text("It goes on when you close this")).to_be_visible(
        timeout=SLOW
    )
    # Turning a phone lays the page out anew, and takes the card away for a moment.
    await page.locator("face-module-people-card").evaluate(
        """(card) => {
            const { parentNode, nextSibling } = card;
            card.remove();
            parentNode.insertBefore(card, nextSibling);
        }"""
    )
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("(dialog) => dialog.matches(':modal')")
    # Nothing of the card is left: another page, as after a phone was locked.
    await page.goto("about:blank")
    assert len(module.users) < 12
    await show(page, real_hass)
    line = page.locator(".job").get_by_text("Import: ", exact=False)
    await expect(line).to_be_visible(timeout=SLOW)
    module.faults.latency = 0
    done = page.get_by_text("Import finished: 12 added, 0 replaced, 0 unchanged, 0 failed")
    await expect(done).to_be_visible(timeout=SLOW)
    assert sorted(user.name for user in module.users.values()) == names
    # Whoever comes later sees it, too, until it is dismissed.
    await show(page, real_hass)
    await expect(done).to_be_visible(timeout=SLOW)
    # Home Assistant's own notes have such a button, too.
    card = page.locator("face-module-people-card")
    await card.get_by_role("button", name="Dismiss").click()
    await expect(done).to_be_hidden(timeout=SLOW)
    await expect(page.get_by_role("button", name="Person 03")).to_be_visible(timeout=SLOW)
    assert trouble(real_hass.config) == []


async def test_an_import_is_cancelled_from_another_page(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    module.faults.latency = 0.2
    await add(real_hass, module)
    await show(page, real_hass)
    await page.get_by_role("button", name="Import").click()
    people = [photo(f"Person {number:02}") for number in range(20)]
    await page.get_by_label("Choose files").set_input_files(people)
    await page.get_by_role("button", name="Start").click()
    await until(lambda: len(module.users) >= 2)
    await page.locator("dialog").get_by_role("button", name="Close").click()
    other = await page.context.new_page()
    await show(other, real_hass)
    await other.locator(".job").get_by_role("button", name="Cancel").click(timeout=SLOW)
    told = page.locator(".job").get_by_text("Import canceled after", exact=False)
    await expect(told).to_be_visible(timeout=SLOW)
    there = len(module.users)
    assert 2 <= there < 20
    await expect(told).to_contain_text(f"canceled after {there} of 20: {there} added")
    # The rest is sent again, and who is there is left alone.
    module.faults.latency = 0
    await page.get_by_role("button", name="Report").click()
    await page.get_by_role("button", name="Try again").click()
    await page.get_by_role("button", name="Start").click()
    rest = f"{20 - there} added, 0 replaced, {there} unchanged, 0 failed"
    await expect(page.locator("dialog").get_by_text(rest)).to_be_visible(timeout=SLOW)
    assert len(module.users) == 20
    assert trouble(real_hass.config) == []


@pytest.fixture
async def second() -> SimulatedModule:
    """Another module, without people."""
    return SimulatedModule(serial="0123A38884CE690002", password=PASSWORD, automatic=True)


async def test_what_failed_is_said_and_put_right_where_it_is_shown(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,
    page: Page,
    tmp_path: Path,
) -> None:
    module.users.clear()
    async with second:
        await add(real_hass, module, second)
        second.add_user("anna", "Anna", portrait("Anna", size=(600, 800)))
        await show(page, real_hass)
        folder = tmp_path / "People"
        folder.mkdir()
        (folder / "Ben.jpg").write_bytes(portrait("Ben", size=(600, 800)))
        twin = portrait("Anna", size=(600, 800), variation=2)
        (folder / "Annas twin.jpg").write_bytes(twin)
        (folder / "Nobody.jpg").write_bytes(scenery())
        (folder / "Broken.jpg").write_bytes(b"no picture")
        (folder / "notes.txt").write_bytes(b"not sent")
        await page.get_by_role("button", name="Import").click()
        await page.get_by_label("Choose a folder").set_input_files(folder)
        await page.get_by_label("Face module F6EE").uncheck()
        await page.get_by_role("button", name="Start").click()
        dialog = page.locator("dialog").first
        counted = dialog.get_by_text("Import finished: 1 added", exact=False)
        await expect(counted).to_be_visible(timeout=SLOW)
        await expect(dialog.get_by_text("Nobody: ")).to_be_visible()
        await expect(dialog.get_by_text("Broken.jpg: ")).to_be_visible()
        twin_line = dialog.locator("li", has_text="Annas twin: This looks like Anna")
        await expect(twin_line).to_be_visible()
        await shoot(page, "import-report")
        assert await violations(page) == []
        await twin_line.get_by_role("button", name="Put right").click()
        right = page.locator("face-module-people-enroll dialog")
        await expect(right.get_by_label("Name")).to_have_value("Annas twin", timeout=SLOW)
        await right.get_by_label("Somebody else: enroll anyway").check(timeout=SLOW)
        await shoot(page, "import-put-right")
        await right.get_by_role("button", name="Save").click()
        await right.get_by_role("button", name="Close").click(timeout=SLOW)
        await expect(twin_line).to_be_hidden(timeout=SLOW)
        await expect(
            dialog.get_by_text("Import finished: 2 added", exact=False)
        ).to_be_visible()
        names = sorted(user.name for user in second.users.values())
        assert names == ["Anna", "Annas twin", "Ben"]
        assert not module.users
        assert trouble(real_hass.config) == []


async def test_pictures_are_small_when_they_are_sent_and_a_proxy_is_explained(
    real_hass: RealHass, module: SimulatedModule, page: Page, tmp_path: Path
) -> None:
    module.users.clear()
    await add(real_hass, module)
    await page.add_init_script(PROXY)
    await show(page, real_hass)
    large = tmp_path / "Anna Klein.bmp"
    (tmp_path / "a.jpg").write_bytes(portrait("Anna Klein", size=(3000, 4000)))
    with Image.open(tmp_path / "a.jpg") as picture:
        picture.save(large)
    assert large.stat().st_size > 3_000_000
    packed = tmp_path / "more.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(large)
    await choose(page, large)
    await page.get_by_role("button", name="Start").click()
    done = page.locator("dialog").get_by_text("1 added", exact=False)
    await expect(done).to_be_visible(timeout=SLOW)
    (user,) = module.users.values()
    assert user.name == "Anna Klein"
    (size,) = await page.evaluate("window.sent")
    assert 20_000 < size < 1_000_000
    await page.locator("dialog").get_by_role("button", name="Close").click()
    await choose(page, packed)
    await page.get_by_role("button", name="Start").click()
    words = page.locator("dialog").get_by_text("The proxy in front of Home Assistant")
    await expect(words).to_be_visible(timeout=SLOW)
    await page.locator("dialog").get_by_role("button", name="Close").click()
    # The picture of one person goes the same way.
    await page.get_by_role("button", name="Enroll").click()
    await page.get_by_label("Choose a picture").set_input_files(large)
    await expect(page.locator("dialog input[name=name]")).to_have_value(
        "Anna Klein", timeout=SLOW
    )
    await expect(page.get_by_text("Looks like Anna Klein")).to_be_visible(timeout=SLOW)
    *_, size = await page.evaluate("window.sent")
    assert size < 1_000_000
