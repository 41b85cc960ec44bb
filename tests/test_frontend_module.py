"""The cards reach the browser without anybody adding them anywhere."""

from pathlib import Path
import re

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import HomeAssistant
from homeassistant.setup import ATTR_COMPONENT, async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module import frontend
from custom_components.face_module.const import DOMAIN

from .conftest import settle

WWW = Path(frontend.__file__).parent / "www"


@pytest.fixture
def urls(hass: HomeAssistant) -> set[str]:
    """What the frontend loads on every page; the frontend itself is a stub."""
    found: set[str] = set()
    hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(lambda _, url: found.add(url), [])
    return found


async def test_the_cards_are_loaded_when_the_frontend_is_there(
    hass: HomeAssistant, urls: set[str], hass_client_no_auth: ClientSessionGenerator
) -> None:
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, DOMAIN, {})
    (url,) = urls
    version = r"\d+\.\d+\.\d+-[0-9a-f]{12}"
    assert re.fullmatch(rf"/face_module_static/{version}/face-module\.js\?v={version}", url)
    browser = await hass_client_no_auth()
    answer = await browser.get(url)
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert "max-age=2678400" in answer.headers["Cache-Control"]
    assert await answer.read() == (WWW / "face-module.js").read_bytes()
    # Whatever a module imports is found below it.
    lit = url.replace("face-module.js", "shared/lit.js")
    assert (await browser.get(lit)).status == 200
    assert (await browser.get("/face_module_static/shared/lit.js")).status == 404
    words = await browser.get(url.replace("face-module.js", "texts/live.zh-Hans.json"))
    assert words.content_type == "application/json"
    assert (await words.json())["recognized"] == "识别成功"


async def test_the_cards_are_loaded_when_the_frontend_comes_later(
    hass: HomeAssistant, urls: set[str]
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await settle(hass)
    assert urls == set()
    hass.config.components.add("frontend")
    hass.bus.async_fire(EVENT_COMPONENT_LOADED, {ATTR_COMPONENT: "frontend"})
    await settle(hass)
    assert len(urls) == 1


async def test_without_a_frontend_the_integration_works(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await settle(hass)
    assert "frontend" not in hass.config.components


def test_every_change_of_a_file_has_an_address_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    room = tmp_path / "room"
    room.mkdir()
    (room / "b.js").write_text("2")
    first = frontend._hash(tmp_path)
    assert frontend._hash(tmp_path) == first
    (room / "b.js").write_text("3")
    second = frontend._hash(tmp_path)
    (room / "b.js").rename(room / "c.js")
    third = frontend._hash(tmp_path)
    (room / "c.js").rename(tmp_path / "c.js")
    fourth = frontend._hash(tmp_path)
    (room / "en.json").write_text("{}")
    assert len({first, second, third, fourth, frontend._hash(tmp_path)}) == 5
