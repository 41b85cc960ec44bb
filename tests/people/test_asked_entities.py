"""A repair names the entities that rules ask for and that are not there."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.rule import AccessMode, AccessRule


def ask(hass: HomeAssistant, *entities: str) -> None:
    """Let Zoe's rule ask for entities."""
    access = AccessRule(mode=AccessMode.RULE, entities=entities)
    person = RosterPerson(user_id="zoe", name="Zoe", access=access)
    hass.data[DATA_ROSTER].async_put(person)


async def shown(hass: HomeAssistant, issue: str = "access_entity_gone") -> Any:
    """Return what a repair says once everything has settled, None without one."""
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await hass.async_block_till_done()
    found = ir.async_get(hass).async_get_issue(DOMAIN, issue)
    return found and found.translation_placeholders


async def test_an_entity_that_is_removed_is_named_until_it_is_there_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    entity_id = registry.async_get_or_create("schedule", "test", "1").entity_id
    hass.states.async_set("switch.yaml", "on")
    ask(hass, entity_id, "switch.yaml")
    assert await shown(hass) is None, "it may be loading yet"
    registry.async_remove(entity_id)
    assert await shown(hass) == {"entities": "- schedule.test\\_1"}
    hass.states.async_remove("switch.yaml")
    assert await shown(hass) == {"entities": "- schedule.test\\_1\n- switch.yaml"}
    hass.states.async_set("switch.yaml", "off")
    hass.states.async_set(entity_id, "off")
    assert await shown(hass) is None
    ask(hass, *(f"switch.n{number:02}" for number in range(12)))
    assert (await shown(hass))["entities"].endswith("n09\n- … (+2)")
    ask(hass)
    assert await shown(hass) is None


async def test_rules_that_are_lost_are_shown(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with patch.object(Roster, "lost", PropertyMock(return_value={"zoe"})):
        ask(hass)
        assert await shown(hass, "access_lost") == {"people": "- zoe"}
    ask(hass, "switch.a")
    assert await shown(hass, "access_lost") is None


async def test_it_is_told_when_it_is_not_known_who_had_a_rule(
    hass: HomeAssistant,
) -> None:
    path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.access"))
    path.parent.mkdir(exist_ok=True)
    path.write_text("{")
    assert await async_setup_component(hass, DOMAIN, {})
    await shown(hass)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "access_unreadable")
