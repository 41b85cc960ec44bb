"""A restored backup does nothing again that waited when it was made."""

from base64 import b64encode
from collections.abc import AsyncGenerator
import json
import os
from pathlib import Path
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.backup import async_post_backup, async_pre_backup
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet.holding import async_give_up
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER
from custom_components.face_module.people.waiting import DATA_WAITING, WaitingChange
from simulator import SimulatedModule
from tests.common import device_of, perform, poll
from tests.conftest import entry_for, settle


class Restored:
    """A Home Assistant that starts with what was in a backup."""

    def __init__(self, hass: HomeAssistant, module: SimulatedModule) -> None:
        self._hass = hass
        self.entry = entry_for(module)
        self.entry.add_to_hass(hass)

    def path(self, kind: str) -> Path:
        """Return the path of one of our files."""
        return Path(self._hass.config.path(".storage", f"{DOMAIN}.{kind}"))

    def write(self, kind: str, data: Any) -> None:
        """Have something in the backup."""
        path = self.path(f"{kind}.{self.entry.entry_id}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(data))

    def deletion(self, **more: Any) -> None:
        """Have Anna's deletion wait in the backup."""
        waits = {"user_id": "anna", "called": "Anna", "forget": True, **more}
        self.write("waiting", {"changes": [waits]})

    async def start(self, *, backup: bool = True) -> None:
        """Start, with the mark of a backup or without."""
        if backup:
            # As Home Assistant restores one: what was written then has its time.
            path, made = self.path("backup"), time.time() - 3600
            path.write_text(str(made))
            os.utime(path, (made, made))
        assert await async_setup_component(self._hass, DOMAIN, {})
        await settle(self._hass)
        await poll(self._hass)


@pytest.fixture
async def restored(
    hass: HomeAssistant, module: SimulatedModule
) -> AsyncGenerator[Restored]:
    made = Restored(hass, module)
    yield made
    if hass.config_entries.async_get_entry(made.entry.entry_id):
        await hass.config_entries.async_unload(made.entry.entry_id)


def issue(hass: HomeAssistant) -> ir.IssueEntry | None:
    """Return the repair about the backup."""
    return ir.async_get(hass).async_get_issue(DOMAIN, "from_backup")


@pytest.mark.parametrize("backup", [True, False])
@pytest.mark.parametrize("change", [{"forget": True}, {"name": "Eva"}])
async def test_what_waited_when_a_backup_was_made_is_not_done_by_the_restored_one(
    hass: HomeAssistant,
    module: SimulatedModule,
    restored: Restored,
    backup: bool,
    change: dict[str, Any],
) -> None:
    before = dict(module.users)
    waits = {"user_id": "anna", "called": "Anna", **change}
    restored.write("waiting", {"changes": [waits]})
    await restored.start(backup=backup)
    assert (module.users == before) is backup
    waiting = hass.data[DATA_WAITING].of(restored.entry.entry_id)
    assert bool(waiting) is backup
    shown = issue(hass)
    assert (shown is not None) is backup
    if shown is not None:
        assert shown.translation_placeholders == {"count": "1"}
        # It is in the diagnostics that Home Assistant lets users download.
        assert "Anna" not in json.dumps(shown.to_json())
        assert "backup" in (
            hass.data[DATA_WAITING].why(restored.entry.entry_id, waiting[0]) or ""
        )
    assert not restored.path("backup").exists()


async def test_what_is_held_by_a_restored_backup_is_done_when_asked_for_again(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored
) -> None:
    restored.deletion()
    await restored.start()
    device_id = device_of(hass, restored.entry)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    await perform(hass, "update_user", **data)
    assert module.users["anna"].name == "Eva"
    assert hass.data[DATA_WAITING].of(restored.entry.entry_id) == []
    assert issue(hass) is None


async def test_nothing_is_held_for_a_module_that_is_removed(
    hass: HomeAssistant, restored: Restored
) -> None:
    restored.deletion()
    await restored.start()
    assert issue(hass) is not None
    await hass.config_entries.async_remove(restored.entry.entry_id)
    await settle(hass)
    assert issue(hass) is None


async def test_who_was_half_done_when_a_backup_was_made_does_not_come_back_by_it(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored
) -> None:
    anna = module.users.pop("anna")
    picture = b64encode(anna.picture).decode()
    stored = {"name": "Anna", "picture": picture, "wanted": "Eva"}
    restored.write("pending", {"anna": stored})
    await restored.start()
    assert "anna" not in module.users
    shown = issue(hass)
    assert shown is not None
    assert shown.translation_placeholders == {"count": "1"}


async def test_whoever_was_held_does_not_enter_by_an_update_of_who_was_to_be_deleted(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored
) -> None:
    restored.deletion(ruled=True)
    await restored.start()
    data = {"device_id": device_of(hass, restored.entry), "user_id": "anna"}
    await perform(hass, "update_user", **data, name="Eva")
    (anna,) = hass.data[DATA_ROSTER].of_id("anna")
    assert (anna.name, anna.access) == ("Eva", NEVER)


async def test_whoever_was_held_does_not_enter_by_asking_twice_for_their_deletion(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored
) -> None:
    restored.deletion(ruled=True)
    await restored.start()
    waiting, entry_id = hass.data[DATA_WAITING], restored.entry.entry_id
    again = WaitingChange(user_id="anna", called="Anna", forget=True)
    await waiting.async_put(entry_id, again)
    (left,) = waiting.of(entry_id)
    await async_give_up(hass, entry_id, left)
    (anna,) = hass.data[DATA_ROSTER].of_id("anna")
    assert anna.access == NEVER


@pytest.mark.parametrize("mark", ["copied", "damaged", "unreadable"])
async def test_a_backup_that_was_copied_without_its_times_is_a_restored_one(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored, mark: str
) -> None:
    before = dict(module.users)
    restored.deletion()
    await async_pre_backup(hass)
    if mark == "unreadable":
        # Nor can it be removed.
        restored.path("backup").unlink()
        restored.path("backup").mkdir()
    elif mark == "damaged":
        restored.path("backup").write_text("")
    else:
        hour_later = time.time() + 3600
        os.utime(restored.path("backup"), (hour_later, hour_later))
    await restored.start(backup=False)
    assert module.users == before
    assert issue(hass) is not None


async def test_a_power_failure_during_a_backup_is_no_restored_one(
    hass: HomeAssistant, module: SimulatedModule, restored: Restored
) -> None:
    anna = module.users.pop("anna")
    picture = b64encode(anna.picture).decode()
    stored = {"name": "Anna", "picture": picture, "wanted": "Anna"}
    restored.write("pending", {"anna": stored})
    await async_pre_backup(hass)
    await restored.start(backup=False)
    assert module.users["anna"].picture == anna.picture, "a change never loses a person"
    assert issue(hass) is None
    assert not restored.path("backup").exists()


async def test_only_a_backup_says_that_it_is_one(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    path = Path(hass.config.path(".storage", f"{DOMAIN}.backup"))
    await async_pre_backup(hass)
    assert path.exists()
    await async_post_backup(hass)
    assert not path.exists()
