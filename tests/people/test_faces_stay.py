"""Whoever is renamed or exported keeps their own face, whichever one a namesake has.

Two modules that another tool filled may both call an id by one name, and mean two people.
A picture that a module was not given by Home Assistant is not known to be theirs there.
"""

from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.people.waiting import DATA_WAITING
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import eventually, perform, photo, poll
from tests.conftest import Another
from tests.websocket.kit import put


async def enroll(hass: HomeAssistant, device_id: str, path: str) -> None:
    data = {"name": "Ben", "user_id": "ben", "if_exists": "replace", "path": path}
    await perform(hass, "enroll_user", device_id=device_id, **data)


async def namesakes(
    hass: HomeAssistant, device_id: str, another: Another, pictures: Path
) -> SimulatedModule:
    """Enroll Ben on one module; the other has another Ben, and gives no pictures."""
    simulated, _, _ = another
    simulated.quirks.no_register_img = True
    simulated.add_user("ben", "Ben", portrait("another Ben"))
    await enroll(hass, device_id, photo(pictures, "Ben"))
    return simulated


async def test_another_name_gives_nobody_the_face_of_a_namesake(
    hass: HomeAssistant, device_id: str, another: Another, pictures: Path
) -> None:
    simulated = await namesakes(hass, device_id, another, pictures)
    devices = [device_id, another[2]]
    # One is enrolled there, and the other here.
    del simulated.users["ben"]
    await enroll(hass, another[2], photo(pictures, "another Ben"))
    theirs = simulated.users["ben"].photo
    await enroll(hass, device_id, photo(pictures, "Ben"))
    with suppress(HomeAssistantError):
        await perform(hass, "update_user", device_id=devices, user_id="ben", name="Benno")
    assert simulated.users["ben"].photo == theirs


async def test_an_export_has_nobody_with_the_face_of_a_namesake(
    hass: HomeAssistant, device_id: str, another: Another, pictures: Path
) -> None:
    await namesakes(hass, device_id, another, pictures)
    path = pictures / "people.zip"
    report = await perform(hass, "export_users", device_id=another[2], path=str(path))
    assert [line["user_id"] for line in report["failed"]] == ["ben"]
    with ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.json"]


async def test_nobody_is_copied_with_the_face_of_a_namesake(
    hass: HomeAssistant,
    device_id: str,
    another: Another,
    module: SimulatedModule,
    pictures: Path,
) -> None:
    await namesakes(hass, device_id, another, pictures)
    await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    await perform(hass, "sync_users", source_device_id=another[2], device_id=device_id)
    assert "ben" not in module.users


@pytest.mark.parametrize("is_taken", [False, True])
async def test_a_picture_that_waits_is_the_one_that_was_asked_for(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
    *,
    is_taken: bool,
) -> None:
    simulated, other, other_id = another
    await enroll(hass, other_id, photo(pictures, "another Ben"))
    if is_taken:
        await enroll(hass, device_id, photo(pictures, "another Ben"))
    theirs = simulated.users["ben"].photo
    await simulated.pull_cable()
    await (await hass_ws_client(hass)).send_json_auto_id(
        {
            "type": "face_module/people/update",
            "entry_ids": [entry.entry_id, other.entry_id],
            "user_id": "ben",
            "called": "Ben",
            "everywhere": True,
            "picture_id": put(hass, portrait("another Ben", variation=2)),
        }
    )
    await eventually(lambda: not is_taken or waiting(hass))
    # Since then the list has somebody else's under this id and name.
    await enroll(hass, device_id, photo(pictures, "Ben"))
    await simulated.plug_in()
    await poll(hass)
    await poll(hass)
    assert simulated.users["ben"].photo in {theirs, portrait("another Ben", variation=2)}


def waiting(hass: HomeAssistant) -> bool:
    return bool(hass.data[DATA_WAITING].all())
