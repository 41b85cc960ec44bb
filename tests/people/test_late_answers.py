"""A removal that comes late, or an answer that breaks, loses nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.client import FaceModuleTimeoutError
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import eventually, perform, photo, poll, prepared, refused, requests
from tests.people.kit import came
from tests.websocket.kit import ask


@pytest.fixture
def carry_out(
    module: SimulatedModule, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Awaitable[Any]]:
    """The next removal gets no answer in time; it is carried out when this is called."""
    client, server = entry.runtime_data.client, module._server
    send, do = client.delete_user, server._carry_out
    wanted, done = asyncio.Event(), asyncio.Event()

    async def late(record: Any, body: object) -> Any:
        if record.name != "DeleteUser":
            return await do(record, body)
        monkeypatch.setattr(server, "_carry_out", do)
        await wanted.wait()
        answer = await do(record, body)
        done.set()
        return answer

    async def impatient(user_id: str) -> None:
        monkeypatch.setattr(client, "delete_user", send)
        request = asyncio.create_task(send(user_id))
        await eventually(lambda: "DeleteUser" in requests(module))
        request.cancel()
        raise FaceModuleTimeoutError

    async def carry_out() -> None:
        wanted.set()
        await done.wait()

    monkeypatch.setattr(server, "_carry_out", late)
    monkeypatch.setattr(client, "delete_user", impatient)
    return carry_out


async def test_a_deletion_that_comes_late_is_repaired(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    carry_out: Callable[[], Awaitable[Any]],
) -> None:
    before = module.users["anna"]
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "timed_out"
    await carry_out()
    await poll(hass)
    assert module.users["anna"] == before
    assert entry.runtime_data.people.half_done == 0


async def test_a_removal_that_comes_after_the_next_change_is_repaired(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    carry_out: Callable[[], Awaitable[Any]],
) -> None:
    data = {"device_id": device_id, "user_id": "anna"}
    assert await refused(hass, "update_user", name="Eva", **data) == "timed_out"
    path = photo(pictures, "Anna", 4)
    await perform(hass, "update_user", name="Ann", path=path, **data)
    assert module.users["anna"].photo == prepared(path)
    await carry_out()
    await poll(hass)
    assert module.users["anna"].name == "Ann"
    assert module.users["anna"].photo == prepared(path)
    monkeypatch.setattr(entry.runtime_data.people._pending, "_late", {})
    await poll(hass)
    assert entry.runtime_data.people.half_done == 0


async def test_a_removal_that_was_never_carried_out_ends_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module.faults.next("drop", call="DeleteUser")
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "cannot_connect"
    await poll(hass)
    assert entry.runtime_data.people.half_done == 1, "it may be carried out yet"
    monkeypatch.setattr(entry.runtime_data.people._pending, "_late", {})
    await poll(hass)
    assert entry.runtime_data.people.half_done == 0
    assert module.users["anna"].name == "Anna"


@pytest.mark.parametrize("fault", ["truncate", "no_ret_code"])
async def test_what_was_done_counts_though_its_answer_is_broken(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    fault: Any,
) -> None:
    first, second = photo(pictures, "Ben"), photo(pictures, "Ben", 4)
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=first)
    module.faults.next(fault, call="AddUser")
    data = {"device_id": device_id, "user_id": "ben"}
    await perform(hass, "update_user", path=second, **data)
    assert module.users["ben"].photo == prepared(second)
    answer = await perform(hass, "update_user", path=first, **data)
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["ben"].photo == prepared(first)
    module.faults.next(fault, call="DeleteUser")
    await perform(hass, "delete_user", **data)
    assert "ben" not in module.users
    assert hass.data[DATA_ROSTER].get("ben") is None


async def test_who_was_changed_behind_our_back_is_changed_back(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    module.add_user("ben", "Ben", portrait("Ben", variation=9))
    data = {"device_id": device_id, "user_id": "ben", "path": path}
    answer = await perform(hass, "update_user", **data)
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["ben"].photo == prepared(path)


async def test_a_reload_waits_for_the_change_that_is_under_way(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, device_id: str
) -> None:
    module.faults.latency = 0.2
    change = asyncio.create_task(
        perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    )
    await eventually(lambda: "DeleteUser" in requests(module))
    assert await hass.config_entries.async_reload(entry.entry_id)
    module.faults.latency = 0
    answer = await change
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["anna"].name == "Eva"
    assert entry.runtime_data.people.half_done == 0


async def test_who_was_added_before_the_module_went_away_is_in_the_list(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    data = {"user_id": "x", "name": "Zelda", "path": photo(pictures, "Zelda")}
    # Twice before they are added, and what is asked then is asked twice.
    module.faults.next("drop", call="GetUserInfo", skip=2, times=2)
    await refused(hass, "enroll_user", device_id=device_id, **data)
    assert module.users["x"].name == "Zelda"
    await perform(hass, "sync_users", device_id=device_id, mode="mirror")
    assert set(module.users) == {"x"}


async def test_who_was_renamed_by_an_action_that_was_stopped_is_still_the_same_person(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    data = {"user_id": "x", "path": photo(pictures, "Alexandra")}
    await perform(hass, "enroll_user", device_id=device_id, name="Zelda", **data)
    rules = {"person": "person.zelda", "minimum_score": 95}
    who = {"entry_id": entry.entry_id, "user_id": "x", "name": "Zelda"}
    await ask(socket, "people/link", **who, **rules)
    module.faults.next("hang_after", call="AddUser")
    data = {"device_id": device_id, "user_id": "x", "name": "Eva"}
    action = asyncio.create_task(perform(hass, "update_user", **data))
    await eventually(lambda: "x" in module.users and module.users["x"].name == "Eva")
    action.cancel()
    await asyncio.wait([action])
    await poll(hass)
    state = await came(hass, module, "x")
    assert state.attributes["person"] == "person.zelda"
    assert state.attributes["event_type"] == "rejected"
