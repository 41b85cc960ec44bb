"""Whoever cannot be added again is put back, at once or later."""

import asyncio
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, poll, refused
from tests.people.kit import half_done


@pytest.mark.parametrize("fault", ["drop", "garbage", "http"])
async def test_whoever_cannot_be_added_again_is_put_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    fault: str,
) -> None:
    before = module.users["anna"]
    if fault == "http":
        path = photo(pictures, "Anna", faces=2)
    else:
        path = photo(pictures, "Anna", variation=4)
        module.faults.next(fault, call="AddUser")  # type: ignore[arg-type]
    with pytest.raises(HomeAssistantError):
        await perform(
            hass,
            "update_user",
            device_id=device_id,
            user_id="anna",
            path=path,
            allow_duplicate_face=True,
        )
    assert module.users["anna"] == before


async def test_a_connection_lost_between_remove_and_add_loses_nobody(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = module.users["anna"]
    path = photo(pictures, "Anna", variation=4)
    deleted = asyncio.Event()

    class Watched(dict[str, Any]):
        def __delitem__(self, key: str) -> None:
            super().__delitem__(key)
            deleted.set()

    module.users = Watched(module.users)
    change = asyncio.create_task(
        perform(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    )
    await deleted.wait()
    await module.pull_cable()
    with pytest.raises(HomeAssistantError):
        await change
    assert "anna" not in module.users
    (stored,) = Path(hass.config.path(".storage")).glob(f"{DOMAIN}.pending.*")
    assert list(json.loads(stored.read_text())) == ["anna"]
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_")]
    assert "anna" not in "\n".join(ours).lower(), "names never reach the log"


async def test_somebody_the_module_does_not_take_back_is_a_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", variation=4)
    error = await refused(
        hass, "update_user", device_id=device_id, user_id="anna", path=path
    )
    assert error == "refused"
    registry = ir.async_get(hass)
    issue_id = f"person_not_restored_{entry.entry_id}"
    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue.translation_placeholders["name"] == "Anna"
    module.faults.clear()
    await poll(hass)
    assert module.users["anna"] == before
    assert registry.async_get_issue(DOMAIN, issue_id) is None


async def test_who_is_put_back_but_is_not_there_is_tried_again(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", variation=4)
    await refused(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    module.faults.clear()

    class Forgetful(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            """Keep nothing."""

    people = module.users
    monkeypatch.setattr(module, "users", Forgetful(people))
    await poll(hass)
    assert "anna" not in module.users
    monkeypatch.setattr(module, "users", people)
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before


async def test_nobody_takes_the_id_of_somebody_half_done(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    await poll(hass)
    module.faults.refuse.clear()
    path = photo(pictures, "Zora")
    answer = await perform(hass, "enroll_user", device_id=device_id, name="Anna", path=path)
    assert answer["user_id"] == "anna_2"
    await poll(hass)
    assert module.users["anna"] == before


async def test_whoever_took_the_id_behind_our_back_does_not_end_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    module.add_user("anna", "Zora", portrait("Zora"))
    await poll(hass)
    assert entry.runtime_data.people.half_done == 1
    del module.users["anna"]
    await poll(hass)
    assert module.users["anna"] == before


async def test_deleting_somebody_half_done_ends_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    data = {"device_id": device_id, "user_id": "anna"}
    await module.pull_cable()
    assert await refused(hass, "delete_user", **data) == "cannot_connect"
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before, "the deletion failed"
    await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    await poll(hass)
    issue_id = f"person_not_restored_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None
    await perform(hass, "delete_user", **data)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
    module.faults.refuse.clear()
    await poll(hass)
    assert "anna" not in module.users


async def test_the_repair_names_everybody_and_no_name_is_markup(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    module.add_user("odd", "[x](http://192.0.2.1)")
    module.faults.refuse.add("AddUser")
    for user_id in ("anna", "odd"):
        data = {"device_id": device_id, "user_id": user_id, "name": "Eva"}
        await refused(hass, "update_user", **data)
    issue_id = f"person_not_restored_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue.translation_placeholders["name"] == (r"Anna, \[x\]\(http\://192.0.2.1\)")
