"""An entry goes while a picture is looked at: nothing is told or kept of it any more."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from tests.common import eventually, files_in, perform, rows_of
from tests.conftest import Another, settle

from .conftest import DOORBELL, Doorbell


@pytest.mark.parametrize("who", ["Anna", "Nobody Known"])
async def test_what_a_module_saw_that_was_removed_meanwhile_is_not_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    another: Another,
    device_id: str,
    doorbell: Doorbell,
    who: str,
) -> None:
    doorbell.shows, doorbell.free = who, asyncio.Event()
    looking = hass.async_create_task(
        perform(hass, "look", device_id=device_id, entity_id=DOORBELL)
    )
    await eventually(lambda: doorbell.taken == 1)
    await hass.config_entries.async_remove(entry.entry_id)
    doorbell.free.set()
    with pytest.raises(HomeAssistantError) as caught:
        await looking
    assert caught.value.translation_key == "cannot_connect"
    await settle(hass)
    for table in ("visits", "people", "strangers"):
        assert await rows_of(hass, table) == []
    assert await files_in(Path(hass.config.path(DOMAIN, entry.entry_id))) == set()


async def test_after_a_reload_it_is_looked_at_again(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, doorbell: Doorbell
) -> None:
    await hass.config_entries.async_reload(entry.entry_id)
    doorbell.shows = "Anna"
    answer = await perform(hass, "look", device_id=device_id, entity_id=DOORBELL)
    assert answer["result"] == "recognized"
