"""Who shares a user id is settled by the user's word: once, and at nobody's cost."""

import asyncio
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people import ledger
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.repairs import SettleFlow
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo
from tests.conftest import Another
from tests.people.kit import read
from tests.websocket.kit import ask, refused


async def test_who_is_another_person_does_not_go_for_one_of_the_same_name(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, other = another
    module.add_user("0003", "Zelda")
    simulated.add_user("0003", "Ben", portrait("Ben Miller"))
    simulated.add_user("ben", "Ben", portrait("Ben Baker"))
    miller, baker = simulated.users["0003"].photo, simulated.users["ben"].photo
    await read(hass, "0003", device_id, other)
    said = {"user_id": "0003", "same": False, "name": "Ben"}
    assert await ask(socket, "people/settle", **said) == {"user_id": "ben_2"}
    photos = {user_id: user.photo for user_id, user in simulated.users.items()}
    assert photos == {"ben": baker, "ben_2": miller}


async def test_who_is_another_person_is_not_taken_for_one_of_the_same_name_elsewhere(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, other = another
    path = photo(pictures, "Ben Baker")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    rules = {"person": "person.ben", "minimum_score": None}
    who = {"entry_id": entry.entry_id, "user_id": "ben", "name": "Ben"}
    await ask(socket, "people/link", **who, **rules)
    module.add_user("0003", "Zelda")
    simulated.add_user("0003", "Ben", portrait("Ben Miller"))
    await read(hass, "0003", device_id, other)
    said = {"user_id": "0003", "same": False, "name": "Ben"}
    assert await ask(socket, "people/settle", **said) == {"user_id": "ben_2"}
    moved = hass.data[DATA_ROSTER].who(elsewhere.entry_id, "ben_2", "Ben")
    assert moved is not None
    assert moved.person is None


async def test_who_was_moved_half_way_as_the_disk_was_full_gets_the_same_id_again(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, other = another
    simulated.quirks.shrinks_pictures = True
    data = {"user_id": "0003", "path": photo(pictures, "Ben")}
    await perform(hass, "enroll_user", device_id=other, name="Ben", **data)
    module.add_user("0003", "Zelda")
    await read(hass, "0003", device_id, other)
    said = {"user_id": "0003", "same": False, "name": "Ben"}
    with patch.object(ledger, "save_json", side_effect=OSError(28, "full")):
        assert await refused(socket, "people/settle", **said) == "not_secured"
    assert set(simulated.users) == {"0003", "ben"}
    assert await ask(socket, "people/settle", **said) == {"user_id": "ben"}
    assert set(simulated.users) == {"ben"}


async def test_two_who_settle_at_the_same_time_are_heard_one_after_the_other(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
) -> None:
    simulated, _, other = another
    for device, name in ((device_id, "Zelda"), (other, "Ben")):
        data = {"device_id": device, "name": name, "path": photo(pictures, name)}
        await perform(hass, "enroll_user", user_id="0003", **data)
    second = await hass_ws_client(hass)
    said = {"type": "face_module/people/settle", "user_id": "0003", "same": True}
    await asyncio.gather(
        socket.send_json_auto_id({**said, "name": "Zelda"}),
        second.send_json_auto_id({**said, "name": "Ben"}),
    )
    answers = [await one.receive_json() for one in (socket, second)]
    assert sorted(answer["success"] for answer in answers) == [False, True]
    assert module.users["0003"].name == simulated.users["0003"].name
    assert ir.async_get(hass).async_get_issue(DOMAIN, "same_id") is None


async def test_the_repair_goes_on_when_somebody_else_has_settled_one(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, other = another
    for user_id in ("0003", "0004"):
        module.add_user(user_id, f"Zelda {user_id}")
        simulated.add_user(user_id, f"Ben {user_id}")
        await read(hass, user_id, device_id, other)
    flow = SettleFlow()
    flow.hass = hass
    await flow.async_step_init()
    said = {"user_id": "0003", "same": True, "name": "Zelda 0003"}
    await ask(socket, "people/settle", **said)
    form = await flow.async_step_confirm({"decision": "another:Ben 0003"})
    assert form["errors"] == {"base": "not_settled"}
    assert form["description_placeholders"] is not None
    assert form["description_placeholders"]["user_id"] == "0004"
    done = await flow.async_step_confirm({"decision": "another:Ben 0004"})
    assert done["type"] == "create_entry"
    assert set(simulated.users) == {"0003", "ben_0004"}
