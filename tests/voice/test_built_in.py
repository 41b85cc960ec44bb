"""Home Assistant's own sentences mean with ours installed what they meant before.

All of them are run, from the package that ships them; FACE_MODULE_BUILT_IN says how many
times each template is said (with another choice at every fork), and 1 is what every run
of the tests does.
"""

import os
from typing import Any, Final

from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.models import ConversationInput
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    floor_registry as fr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.voice.installing import DATA_SENTENCES
from tests.conftest import SetUp
from tests.voice.asking import assist  # noqa: F401
from tests.voice.builtin import AREAS, FLOORS, Mouth, entities

TIMES: Final = int(os.environ.get("FACE_MODULE_BUILT_IN", "1"))
SEED: Final = 17
LANGUAGES: Final = {"en": "en", "zh-CN": "zh-Hans"}

type Meaning = tuple[str, dict[str, Any]] | None


@pytest.fixture
def device_id(hass: HomeAssistant, assist: None) -> str:  # noqa: F811
    """A satellite's device in a house with something of every kind; without people."""
    entry = MockConfigEntry(domain="test")
    entry.add_to_hass(hass)
    floors, areas = fr.async_get(hass), ar.async_get(hass)
    for language in LANGUAGES:
        for name in FLOORS[language]:
            floors.async_create(name)
        for name in AREAS[language]:
            areas.async_create(name)
        for kind, name in entities(language):
            entity_id = f"{kind}_{language[:2]}"
            hass.states.async_set(entity_id, "on", {"friendly_name": name})
            async_expose_entity(hass, "conversation", entity_id, should_expose=True)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", "satellite")}
    )
    return device.id


async def meaning(
    hass: HomeAssistant, words: str, language: str, device_id: str | None
) -> Meaning:
    """Return what Home Assistant's own agent takes a sentence for."""
    agent = get_agent_manager(hass).default_agent
    assert agent is not None
    found = await agent.async_recognize_intent(
        ConversationInput(
            text=words,
            context=Context(),
            conversation_id=None,
            device_id=device_id,
            satellite_id=None,
            language=language,
            agent_id="conversation.home_assistant",
        )
    )
    if found is None:
        return None
    return found.intent.name, {key: one.value for key, one in found.entities.items()}


@pytest.mark.timeout(60 + 120 * TIMES)
@pytest.mark.parametrize("called", LANGUAGES)
async def test_no_sentence_of_home_assistant_changes_its_meaning(
    hass: HomeAssistant,
    device_id: str,
    set_up: SetUp,
    called: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    language = LANGUAGES[called]
    area = ar.async_get(hass).async_get_area_by_name(AREAS[called][0])
    assert area is not None
    dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    said = [*Mouth(called, SEED).sentences(TIMES)]
    where = [device_id if one.has_area else None for one in said]
    agent = get_agent_manager(hass).default_agent
    assert agent is not None

    async def meanings() -> list[Meaning]:
        return [
            await meaning(hass, one.words, language, device)
            for one, device in zip(said, where, strict=True)
        ]

    before = await meanings()
    understood = sum(one is not None for one in before)
    assert understood > 0.98 * len(said), "they are what they are taken for"
    await set_up()
    await hass.data[DATA_SENTENCES].async_install()
    assert await meaning(hass, OURS[called], language, None), "ours are installed"
    after = await meanings()
    changed = [
        (one.words, then, now)
        for one, then, now in zip(said, before, after, strict=True)
        if then != now
    ]
    with capsys.disabled():
        templates = len({one.template for one in said})
        print(  # noqa: T201  # the figure is what it is run for
            f"\n{called}: {len(said)} sentences of {templates} templates run,"
            f" {understood} understood, {len(changed)} changed"
        )
    assert changed == []


OURS: Final = {"en": "who came today", "zh-CN": "今天谁来过"}
