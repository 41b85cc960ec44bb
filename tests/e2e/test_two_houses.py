"""Two houses on one broker: the second has only MQTT, and sees who comes to the first."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import aiohttp
from broker import PASSWORD as ACCOUNT, USERNAME, Broker, broker
from demo import free_port, trouble
from hass_api import DemoError, prepare_config
import pytest

from simulator import SimulatedModule

from .conftest import LINES, PASSWORD, RealHass, tell

pytestmark = pytest.mark.timeout(420)


@pytest.fixture
async def on_broker(tmp_path: Path) -> AsyncGenerator[Broker]:
    """A broker that asks for an account."""
    folder = tmp_path / "broker"
    folder.mkdir()
    try:
        async with broker(folder) as running:
            yield running
    except DemoError as err:
        pytest.fail(str(err))


@pytest.fixture
async def second(tmp_path: Path) -> AsyncGenerator[RealHass]:
    """Another Home Assistant, of another release, that knows nothing of our integration."""
    config = tmp_path / "second"
    prepare_config(config)
    (config / "custom_components" / "face_module").unlink()
    async with aiohttp.ClientSession() as session:
        running = RealHass(config, free_port(), session, LINES[0])
        await running.start()
        try:
            await running.api.onboard()
            await running.api.connect()
            yield running
        finally:
            await running.stop()


class Seen:
    """What a house shows of what it was told by MQTT."""

    def __init__(self, house: RealHass) -> None:
        self._api = house.api

    async def entities(self) -> dict[str, str]:
        """Return the entities by key, as in their unique ids."""
        return {
            entity["unique_id"].partition("_")[2]: entity["entity_id"]
            for entity in await self._api.command("config/entity_registry/list")
            if entity["platform"] == "mqtt" and entity["disabled_by"] is None
        }

    async def devices(self) -> list[str]:
        """Return the names of the devices."""
        return [
            str(device["name"])
            for device in await self._api.command("config/device_registry/list")
            if any(domain == "mqtt" for domain, _ in device["identifiers"])
        ]

    async def state(self, key: str) -> dict[str, Any]:
        """Return a state, an empty one if there is none."""
        entity_id = (await self.entities()).get(key, "")
        return (await self._api.states()).get(entity_id, {"state": "", "attributes": {}})

    async def until(
        self, key: str, good: Callable[[dict[str, Any]], bool], patience: float = 60
    ) -> dict[str, Any]:
        """Wait for a state that is good, and return it."""
        async with asyncio.timeout(patience):
            while not good(state := await self.state(key)):
                await asyncio.sleep(0.1)
        return state


def is_(value: str) -> Callable[[dict[str, Any]], bool]:
    return lambda state: bool(state["state"] == value)


async def test_the_second_sees_the_first(
    real_hass: RealHass, second: RealHass, on_broker: Broker, module: SimulatedModule
) -> None:
    first = real_hass
    for house in (first, second):
        result = await house.api.add_broker(on_broker.port, USERNAME, ACCOUNT)
        assert result["type"] == "create_entry"
    result = await first.api.add_module(module.host, module.port, PASSWORD)
    entry_id = result["result"]["entry_id"]
    there, here = Seen(second), Seen(first)
    on = {"publish_mqtt": True, "publish_pictures": True}
    await first.api.set_options(entry_id, on)

    await there.until("connected", is_("on"))
    await there.until("enrolled_users", is_("2"))
    assert (await there.state("recognition"))["state"] == "unknown"
    assert (await there.state("person_present"))["state"] == "off"
    (name,) = await there.devices()
    assert name.startswith("Home ")

    await module.send_recognition("chenwei")
    event = await there.until("recognition", lambda one: one["state"] != "unknown")
    assert event["attributes"]["event_type"] == "recognized"
    assert event["attributes"]["name"] == "陈伟"
    await there.until("person_present", is_("on"))
    await there.until("last_person", is_("陈伟"))
    await there.until("visits_today", is_("1"))
    image = await there.until("last_face", lambda one: one["state"] != "unknown")
    async with aiohttp.request(
        "GET", f"{second.api.url}{image['attributes']['entity_picture']}"
    ) as answer:
        assert (await answer.read()).startswith(b"\xff\xd8\xff")
    assert not await here.entities(), "the first does not show itself twice"

    await first.api.set_options(entry_id, dict.fromkeys(on, False))
    await there.until("connected", is_(""))
    async with asyncio.timeout(30):
        while await there.devices() or await here.devices():
            await asyncio.sleep(0.1)

    await first.api.set_options(entry_id, on)
    await there.until("connected", is_("on"))
    assert not await here.entities()
    assert not trouble(first.config)
    begun = asyncio.get_running_loop().time()
    await first.kill()
    await there.until("connected", is_("unavailable"), patience=120)
    took = asyncio.get_running_loop().time() - begun
    tell(f"a house that was killed is noticed after {took:.0f} s")
    assert (await there.state("visits_today"))["state"] == "unavailable"
