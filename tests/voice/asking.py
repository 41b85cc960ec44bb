"""A house that listens: modules, a camera, Assist, and what it answers."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.face_module.const import CONF_ENROLLMENT_CAMERA, CONF_VOICE_CHANGES
from custom_components.face_module.voice.installing import DATA_SENTENCES
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import device_of
from tests.conftest import SetUp, settle

CAMERA = "camera.door"

type Second = tuple[SimulatedModule, MockConfigEntry]


@dataclass
class House:
    """What a test changes and asks."""

    hass: HomeAssistant
    module: SimulatedModule
    entry: MockConfigEntry
    # What the camera shows, one picture after the other; the last one stays.
    pictures: list[bytes] = field(default_factory=lambda: [portrait("Zoe")])
    language: str = "en"

    async def said(self, words: str, context: Context | None = None, **who: Any) -> Any:
        """Say something to Assist; return the response. Without a user by default."""
        result = await conversation.async_converse(
            hass=self.hass,
            text=words,
            conversation_id=None,
            context=context or Context(),
            language=self.language,
            **who,
        )
        return result.response

    async def enroll(self, name: str, *context: Context, **who: Any) -> str:
        """Have somebody enrolled and say yes; return the last answer."""
        zh = self.language.startswith("zh")
        request = f"把我的脸录入为{name}" if zh else f"remember my face as {name}"
        told = await self.answer(request, *context, **who)
        if not told.startswith(("Shall I", "要把")):
            return told
        yes = f"是的，录入{name}" if zh else f"yes, enroll {name}"
        return await self.answer(yes, *context, **who)

    async def answer(self, words: str, context: Context | None = None, **who: Any) -> str:
        """Say something to Assist; return the words of the answer."""
        response = await self.said(words, context, **who)
        speech: str = response.speech["plain"]["speech"]
        return speech

    def call_module(self, name: str) -> None:
        """Give the module a name."""
        registry = dr.async_get(self.hass)
        registry.async_update_device(device_of(self.hass, self.entry), name_by_user=name)

    def satellite_in(self, entry: MockConfigEntry) -> str:
        """Return the id of the device of a satellite in the area of a module."""
        registry = dr.async_get(self.hass)
        module = registry.async_get(device_of(self.hass, entry))
        assert module is not None
        satellite = registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("test", entry.entry_id)}
        )
        registry.async_update_device(satellite.id, area_id=module.area_id)
        return satellite.id

    async def set_options(self, entry: MockConfigEntry, **options: Any) -> None:
        """Change options of a module, and set it up again."""
        self.hass.config_entries.async_update_entry(
            entry, options={**entry.options, **options}
        )
        await self.hass.config_entries.async_reload(entry.entry_id)
        await settle(self.hass)

    def context(self, *, admin: bool) -> Context:
        """Return the context of somebody who is logged in."""
        user = MockUser(is_owner=admin).add_to_hass(self.hass)
        # As the group of users: everything, and nothing of the administrators'.
        user.mock_policy({"entities": True})
        return Context(user_id=user.id)


def expose(hass: HomeAssistant, entry: MockConfigEntry, *, exposed: bool = True) -> None:
    """Let Assist know of a module, or not."""
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        async_expose_entity(hass, "conversation", entity.entity_id, should_expose=exposed)


@pytest.fixture
async def assist(hass: HomeAssistant) -> None:
    """Home Assistant's own conversation agent; before the web server starts."""
    Path(hass.config.path("configuration.yaml")).touch()
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


@pytest.fixture
async def house(
    hass: HomeAssistant, assist: None, set_up: SetUp, module: SimulatedModule
) -> AsyncGenerator[House]:
    """One module with a camera; the sentences are installed."""
    entry = await set_up(**{CONF_ENROLLMENT_CAMERA: CAMERA, CONF_VOICE_CHANGES: True})
    await hass.data[DATA_SENTENCES].async_install()
    expose(hass, entry)
    await module.send_heartbeat()
    hass.states.async_set(CAMERA, "idle")
    found = House(hass, module, entry)

    class Image:
        @property
        def content(self) -> bytes:
            return found.pictures.pop(0) if len(found.pictures) > 1 else found.pictures[0]

    with (
        patch("homeassistant.components.camera.async_get_image", return_value=Image()),
        patch("custom_components.face_module.voice.enrolling._PAUSE", 0.01),
        patch("custom_components.face_module.voice.questions._PATIENCE", 1.0),
    ):
        yield found


@pytest.fixture
async def second(
    house: House,
    set_up: SetUp,
) -> AsyncGenerator[Second]:
    """Another module, at the back; both have areas."""
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as other:
        entry = await set_up(other, **{CONF_VOICE_CHANGES: True})
        expose(house.hass, entry)
        other.add_user("ben", "Ben")
        areas = ar.async_get(house.hass)
        registry = dr.async_get(house.hass)
        for one, name in ((house.entry, "Front door"), (entry, "Back door")):
            area = areas.async_create(f"{name} area").id
            device = device_of(house.hass, one)
            registry.async_update_device(device, name_by_user=name, area_id=area)
        await other.send_heartbeat()
        yield other, entry
