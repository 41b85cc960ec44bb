"""A change is written down before anybody is removed, and survives a restart."""

from base64 import b64encode
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people import ledger
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from simulator.state import User
from tests.common import complaints, perform, photo, poll, prepared, refused, requests
from tests.conftest import settle
from tests.people.kit import half_done


@pytest.mark.parametrize(
    "picture", [b"not a picture", scenery(), portrait("Anna", blur=12)]
)
async def test_who_could_not_be_put_back_is_not_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: bytes
) -> None:
    feature = module.users["anna"].feature
    module.users["anna"] = before = User("anna", "Anna", picture, feature)
    module.config.quality_control = "HIGH"
    await poll(hass)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "no_old_picture"
    assert module.users["anna"] == before
    assert "DeleteUser" not in requests(module)


async def test_the_rosters_picture_serves_where_the_modules_is_none(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    user = module.users["ben"]
    module.users["ben"] = User("ben", "Ben", b"not a picture", user.feature)
    await perform(hass, "update_user", device_id=device_id, user_id="ben", name="Benny")
    assert module.users["ben"].photo == prepared(path)


@pytest.mark.parametrize("error", [WriteError("full"), OSError(28, "full")])
async def test_without_room_on_the_disk_nobody_is_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, error: Exception
) -> None:
    before = dict(module.users)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    with patch.object(ledger, "save_json", side_effect=error):
        assert await refused(hass, "update_user", **data) == "not_secured"
    assert module.users == before
    assert "DeleteUser" not in requests(module)
    await perform(hass, "update_user", **data)


async def test_while_home_assistant_stops_a_change_is_on_disk_too(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    hass.set_state(CoreState.stopping)
    await half_done(hass, module, device_id, pictures)
    hass.set_state(CoreState.running)
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    assert list(json.loads(path.read_text())) == ["anna"]
    assert path.stat().st_mode & 0o077 == 0


async def test_what_cannot_be_crossed_out_does_no_harm(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real: Any = vars(ledger)["save_json"]
    calls = []

    def second_fails(*args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise WriteError("full")
        real(*args, **kwargs)

    with patch.object(ledger, "save_json", second_fails):
        await perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    assert module.users["anna"].name == "Eva"
    assert any("stays written down" in line for line in complaints(caplog))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert module.users["anna"].name == "Eva"
    assert entry.runtime_data.people.half_done == 0


async def test_unfinished_changes_that_cannot_be_read_are_said(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    path.parent.mkdir(exist_ok=True)
    path.write_text("{broken")
    await hass.config_entries.async_reload(entry.entry_id)
    assert any("cannot be read" in line for line in complaints(caplog))


async def test_a_restart_in_between_puts_everybody_back(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    before = module.users["anna"]
    await hass.config_entries.async_unload(entry.entry_id)
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    path.parent.mkdir(exist_ok=True)
    picture = b64encode(before.picture).decode()
    stored = {"name": "Anna", "picture": picture, "wanted": "Eva"}
    path.write_text(json.dumps({"anna": stored}))
    del module.users["anna"]
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert module.users["anna"] == before
    assert json.loads(path.read_text()) == {}
