"""A house that listens: modules, a camera, Assist, and what it answers."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.face_module.const import CONF_ENROLLMENT_CAMERA, CONF_VOICE_CHANGES
from custom_components.face_module.sentences import DATA_SENTENCES
from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import SetUp

CAMERA = "camera.door"


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

    async def answer(self, words: str, context: Context | None = None, **who: Any) -> str:
        """Say something to Assist; return the words of the answer."""
        response = await self.said(words, context, **who)
        speech: str = response.speech["plain"]["speech"]
        return speech

    def context(self, *, admin: bool) -> Context:
        """Return the context of somebody who is logged in."""
        user = MockUser(is_owner=admin).add_to_hass(self.hass)
        return Context(user_id=user.id)


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
    await module.send_heartbeat()
    hass.states.async_set(CAMERA, "idle")
    found = House(hass, module, entry)

    class Image:
        @property
        def content(self) -> bytes:
            return found.pictures.pop(0) if len(found.pictures) > 1 else found.pictures[0]

    with (
        patch("homeassistant.components.camera.async_get_image", return_value=Image()),
        patch("custom_components.face_module.voice_enrollment._PAUSE", 0.01),
        patch("custom_components.face_module.intent._PATIENCE", 1.0),
    ):
        yield found
