"""People are deleted everywhere and forgotten, and nobody else is."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant

from custom_components.face_module.fleet.holding import async_is_anywhere
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from tests.common import eventually, perform, photo, prepared, refused
from tests.conftest import Another
from tests.people.kit import came, kept


async def test_a_person_is_deleted_everywhere_and_forgotten(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    roster = hass.data[DATA_ROSTER]
    assert roster.get("ben") is not None
    assert kept(hass) == 1
    answer = await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert answer["results"] == [{"device_id": device_id, "ok": True}]
    assert "ben" not in module.users
    assert roster.get("ben") is None
    assert kept(hass) == 0


async def test_who_is_on_another_module_stays_in_the_roster(
    hass: HomeAssistant, device_id: str, another: Another, picture: str
) -> None:
    simulated, _, other = another
    devices = [device_id, other]
    await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None
    await simulated.pull_cable()
    await refused(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None, "it may have them"
    await simulated.plug_in()


async def test_a_module_that_is_not_set_up_may_have_somebody(
    hass: HomeAssistant, another: Another, device_id: str, picture: str
) -> None:
    _, entry, other = another
    devices = [device_id, other]
    await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    await hass.config_entries.async_unload(entry.entry_id)
    await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert not await async_is_anywhere(hass, "ben", "Ben")


async def test_a_rule_is_not_forgotten_while_a_module_is_away_that_may_have_somebody(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    """Nobody was given to it by Home Assistant."""
    simulated, entry, _ = another
    simulated.add_user("anna", "Anna")
    await perform(hass, "set_access", user_id="anna", mode="never")
    await hass.config_entries.async_unload(entry.entry_id)
    await perform(hass, "delete_user", device_id=device_id, user_id="anna")
    assert "anna" not in module.users
    await hass.config_entries.async_setup(entry.entry_id)
    state = await came(hass, simulated, "anna")
    assert state.attributes["reason"] == "not_allowed"


async def test_deleting_whom_nobody_knows_says_so(
    hass: HomeAssistant, device_id: str
) -> None:
    error = await refused(hass, "delete_user", device_id=device_id, user_id="nobody")
    assert error == "user_unknown"


async def test_a_deletion_whose_answer_was_lost_is_no_failure(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.faults.next("drop_after", call="DeleteUser")
    await perform(hass, "delete_user", device_id=device_id, user_id="anna")
    assert "anna" not in module.users
    module.faults.next("drop", call="DeleteUser")
    error = await refused(hass, "delete_user", device_id=device_id, user_id="chenwei")
    assert error == "cannot_connect"


async def test_a_refused_deletion_of_somebody_who_is_there_is_a_refusal(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.faults.refuse.add("DeleteUser")
    error = await refused(hass, "delete_user", device_id=device_id, user_id="anna")
    assert error == "refused"


async def test_everybody_is_deleted_only_when_it_is_confirmed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    assert await refused(hass, "clear_users", device_id=device_id) == "not_confirmed"
    assert len(module.users) == 3
    answer = await perform(hass, "clear_users", device_id=device_id, confirm=True)
    assert answer == {"removed": 3}
    assert module.users == {}
    assert hass.data[DATA_ROSTER].get("ben").modules == {}


async def test_whoever_is_enrolled_while_somebody_looks_for_them_is_not_forgotten(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, _ = another
    path = photo(pictures, "Ben")
    data = {"device_id": device_id, "user_id": "ben"}
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    simulated.faults.latency = 0.4
    deleting = asyncio.create_task(perform(hass, "delete_user", **data))
    await eventually(lambda: "ben" not in module.users)
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    await deleting
    assert hass.data[DATA_ROSTER].get("ben") is not None
    assert await hass.data[DATA_ROSTER].async_picture("ben") == prepared(path)


async def test_an_id_is_looked_up_as_it_is(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.add_user(" anna", "Another")
    await perform(hass, "delete_user", device_id=device_id, user_id=" anna")
    assert "anna" in module.users
    assert " anna" not in module.users
