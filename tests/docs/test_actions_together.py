"""The script and the automations of docs/actions*.md do what the pages say."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)
import yaml

from simulator.portraits import portrait, scenery
from tests.conftest import settle
from tests.docs.actions import (
    CHINESE,
    ENGLISH,
    PAGES,
    House,
    MakeHouse,
    backup,
    blocks,
    camera,
    other_people,
)

TOGETHER = {
    page: {
        block["alias"]: block
        for block in map(yaml.safe_load, blocks(text))
        if isinstance(block, dict) and "alias" in block
    }
    for page, text in PAGES.items()
}


def together(page: str, number: int) -> dict[str, Any]:
    return list(TOGETHER[page].values())[number]


def test_the_pages_have_three_of_them() -> None:
    assert {page: len(found) for page, found in TOGETHER.items()} == {
        ENGLISH: 3,
        CHINESE: 3,
    }


@pytest.mark.parametrize("page", PAGES)
async def test_the_script_enrolls_whoever_is_at_the_doorbell(
    make_house: MakeHouse, page: str
) -> None:
    house = await make_house(page)
    hass = house.hass
    told = async_mock_service(hass, "notify", "everyone")
    script = {"script": {"enroll": house.real(together(page, 0))}}
    assert await async_setup_component(hass, "script", script)
    house.camera = scenery()
    with camera(house), pytest.raises(HomeAssistantError):
        await hass.services.async_call("script", "enroll", {"name": "Ben"}, blocking=True)
    assert told == []
    house.garage.add_user("eva", "Eva", portrait("Ben", variation=1))
    house.camera = portrait("Ben", size=(1200, 900))
    with camera(house):
        await hass.services.async_call("script", "enroll", {"name": "Ben"}, blocking=True)
    await settle(hass)
    assert house.front.users["ben"].name == "Ben"
    assert house.garage.users.keys() == {"eva"}
    (call,) = told
    assert call.data["title"].endswith("Ben")
    lines = [line.strip() for line in call.data["message"].split("\n") if line.strip()]
    assert len(lines) == 2
    assert "added" in lines[0]
    assert "Eva" in lines[1]


async def pass_three(hass: HomeAssistant, minute: int) -> None:
    """Let the next night come."""
    now = dt_util.now()
    then = now.replace(hour=3, minute=minute, second=0, microsecond=500_000)
    async_fire_time_changed(hass, then + timedelta(days=then <= now))
    await settle(hass)


@asynccontextmanager
async def automated(house: House, page: str, number: int) -> AsyncGenerator[str]:
    """Set an automation up; gives its entity id."""
    hass = house.hass
    config = {"automation": [house.real(together(page, number))]}
    assert await async_setup_component(hass, "automation", config)
    await settle(hass)
    (state,) = hass.states.async_all("automation")
    assert state.state == "on", "it is valid"
    yield state.entity_id
    data = {"entity_id": state.entity_id}
    await hass.services.async_call("automation", "turn_off", data, blocking=True)


async def trigger(hass: HomeAssistant, entity_id: str) -> None:
    data = {"entity_id": entity_id}
    await hass.services.async_call("automation", "trigger", data, blocking=True)
    await settle(hass)


@pytest.mark.parametrize("page", PAGES)
async def test_everybody_is_exported_every_night(make_house: MakeHouse, page: str) -> None:
    house = await make_house(page)
    told = async_mock_service(house.hass, "notify", "everyone")
    await backup(house)
    async with automated(house, page, 1) as automation:
        await pass_three(house.hass, 0)
        (path,) = (house.folder / "backup").iterdir()
        assert re.fullmatch(r"people-\d{4}-\d\d-\d\d\.zip", path.name)
        assert told == []
        path.unlink()
        house.front.quirks.no_register_img = True
        await trigger(house.hass, automation)
        joint = "、" if "zh-Hans" in page else ", "
        assert [call.data["message"] for call in told] == [f"Anna{joint}陈伟"]


@pytest.mark.parametrize("page", PAGES)
async def test_the_garage_learns_whom_the_front_door_knows(
    make_house: MakeHouse, page: str
) -> None:
    house = await make_house(page)
    told = async_mock_service(house.hass, "notify", "everyone")
    await other_people(house)
    async with automated(house, page, 2) as automation:
        await pass_three(house.hass, 30)
        assert house.garage.users == house.front.users
        (call,) = told
        assert re.findall(r"\d+", call.data["message"]) == ["1", "0", "1", "0"]
        house.garage.requests.clear()
        await trigger(house.hass, automation)
        assert "GetUserList" in [request.name for request in house.garage.requests]
        assert len(told) == 1, "nothing new is not told"
