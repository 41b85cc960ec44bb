"""Whoever comes in the middle of a change is held to the rule before and after it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.const import EVENT_GUEST_REMOVED
from custom_components.face_module.fleet import guests, members
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER as NO
from simulator import SimulatedModule
from tests.common import device_of, eventually, perform, photo, refused, requests
from tests.conftest import Another, SetUp, settle
from tests.visits.conftest import Events
from tests.websocket.kit import ask


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """A module where everybody who comes makes a visit of their own."""
    return await set_up(visit_window=0)


@pytest.fixture
async def zoe(hass: HomeAssistant, heard: Events, device_id: str, pictures: Path) -> None:
    """Somebody who may never enter."""
    path = photo(pictures, "Zoe", 1)
    data = {"device_id": device_id, "name": "Zoe", "path": path}
    await perform(hass, "enroll_user", **data)
    await perform(hass, "set_access", user_id="zoe", mode="never")


@pytest.fixture
async def archive(hass: HomeAssistant, zoe: None, device_id: str, pictures: Path) -> str:
    """An export of her and the others; she was deleted since."""
    path = str(pictures / "all.zip")
    await perform(hass, "export_users", device_id=device_id, path=path)
    await perform(hass, "delete_user", device_id=device_id, user_id="zoe")
    assert "zoe" not in hass.data[DATA_ROSTER].people
    return path


@pytest.fixture
def after(
    module: SimulatedModule, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Callable[[], Awaitable[None]]], None]:
    """Do something after a call was carried out and before it is answered."""

    def after(call: str, do: Callable[[], Awaitable[None]]) -> None:
        server = module._server
        carry_out = server._carry_out

        async def and_then(record: Any, body: Any) -> Any:
            answer = await carry_out(record, body)
            if record.name == call:
                monkeypatch.setattr(server, "_carry_out", carry_out)
                await do()
            return answer

        monkeypatch.setattr(server, "_carry_out", and_then)

    return after


@pytest.fixture
def comes(module: SimulatedModule, after: Any) -> Callable[..., None]:
    """Let somebody come after a call was carried out and before it is answered."""
    return lambda call, user_id="zoe": after(call, lambda: module.send_recognition(user_id))


@pytest.fixture
def unanswered(
    module: SimulatedModule, after: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """A call is carried out, and the module does not answer until somebody comes."""
    monkeypatch.setattr(members, "RECONNECT", 0.2)
    monkeypatch.setattr(members, "RECONNECT_EVERY", 0.05)

    async def falls_silent() -> None:
        module.faults.next("drop", times=50)

    def unanswered(call: str) -> None:
        module.faults.next("drop_after", call=call)
        after(call, falls_silent)

    return unanswered


@pytest.mark.usefixtures("zoe")
async def test_a_rename_that_is_under_way_opens_nothing(
    hass: HomeAssistant,
    heard: Events,
    device_id: str,
    comes: Callable[..., None],
) -> None:
    comes("AddUser")
    data = {"device_id": device_id, "user_id": "zoe", "name": "Zoe Miller"}
    await perform(hass, "update_user", **data)
    await settle(hass)
    assert heard.told == ["rejected: not_allowed zoe"]


@pytest.mark.usefixtures("zoe")
async def test_a_rename_whose_answer_is_lost_opens_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    heard: Events,
    device_id: str,
    unanswered: Callable[[str], None],
) -> None:
    unanswered("AddUser")
    data = {"device_id": device_id, "user_id": "zoe", "name": "Zoe Miller"}
    assert await refused(hass, "update_user", **data) == "cannot_connect"
    assert module.users["zoe"].name == "Zoe Miller"
    await module.send_recognition("zoe")
    await settle(hass)
    assert heard.told == ["rejected: not_allowed zoe"]


async def test_an_import_gives_the_rule_before_the_face(
    hass: HomeAssistant,
    module: SimulatedModule,
    heard: Events,
    device_id: str,
    archive: str,
    comes: Callable[..., None],
) -> None:
    comes("AddUser")
    await perform(hass, "import_users", device_id=device_id, path=archive)
    await settle(hass)
    assert heard.told == ["rejected: not_allowed zoe"]


async def test_an_import_whose_answer_is_lost_opens_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    heard: Events,
    device_id: str,
    archive: str,
    unanswered: Callable[[str], None],
) -> None:
    unanswered("AddUser")
    report = await perform(hass, "import_users", device_id=device_id, path=archive)
    assert [line["user_id"] for line in report["failed"]] == ["zoe"]
    assert "zoe" in module.users
    await module.send_recognition("zoe")
    await settle(hass)
    assert heard.told == ["rejected: not_allowed zoe"]


@pytest.mark.usefixtures("zoe")
async def test_another_id_has_the_rule_before_the_face(
    hass: HomeAssistant,
    module: SimulatedModule,
    heard: Events,
    device_id: str,
    another: Another,
    socket: MockHAClientWebSocket,
    comes: Callable[..., None],
) -> None:
    simulated, _, other = another
    simulated.add_user("zoe", "Zelda")
    await perform(hass, "get_user", device_id=other, user_id="zoe")
    comes("AddUser", "zoe_2")
    await ask(socket, "people/settle", user_id="zoe", same=False, name="Zoe")
    await settle(hass)
    assert heard.told == ["rejected: not_allowed zoe_2"]


@pytest.mark.usefixtures("zoe")
async def test_a_sync_brings_no_guest_back_whose_time_is_over(
    hass: HomeAssistant,
    module: SimulatedModule,
    heard: Events,
    device_id: str,
    another: Another,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is over when the guest is about to be given to the next module."""
    simulated, _, other = another
    monkeypatch.setattr(guests, "_SETTLES", 0.01)
    monkeypatch.setattr(guests, "_JOB", 0.05)
    end = dt_util.utcnow() + timedelta(seconds=1)
    data = {"user_id": "zoe", "mode": "rule", "end": end, "remove_afterwards": True}
    await perform(hass, "set_access", **data)
    removed = async_capture_events(hass, EVENT_GUEST_REMOVED)
    carry_out = simulated._server._carry_out

    async def too_late(record: Any, body: Any) -> Any:
        if body.get("user_id") == "chenwei":
            # The guest's picture is read, and who is next.
            await eventually(lambda: dt_util.utcnow() > end)
            await asyncio.sleep(0.5)
        return await carry_out(record, body)

    monkeypatch.setattr(simulated._server, "_carry_out", too_late)
    data = {"device_id": other, "source_device_id": device_id, "mode": "add"}
    await perform(hass, "sync_users", **data)
    await simulated.send_recognition("zoe")
    await eventually(lambda: len(removed) == 1)
    assert not any(one.startswith("recognized") for one in heard.told)
    assert ("zoe" in module.users, "zoe" in simulated.users) == (False, False)
    assert not hass.data[DATA_ROSTER].of_id("zoe")


async def test_the_same_callback_again_answers_by_what_holds_now(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """The module repeats what it told before, because it is asked again."""
    entry = await set_up()
    await module.send_heartbeat()
    now = module.now()
    events = Events(hass)
    await module.send_recognition("anna", 0.93, timestamp=now)
    await settle(hass)
    assert events.told == ["recognized anna"]
    await perform(hass, "set_access", user_id="anna", mode="never")

    async def again() -> None:
        await eventually(lambda: requests(module)[-1] == "SetCallbackRequest")
        await module.send_recognition("anna", 0.93, timestamp=now)

    task = asyncio.create_task(again())
    answer = await perform(
        hass, "request_recognition", device_id=device_of(hass, entry), timeout=5
    )
    await task
    assert (answer["result"], answer["reason"]) == ("rejected", "not_allowed")
    assert events.told == ["recognized anna"]


async def test_a_rule_that_is_changed_before_the_evidence_comes_counts(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    events = Events(hass)
    await module.send_recognition("anna")
    anna = RosterPerson(user_id="anna", name="Anna", access=NO)
    hass.data[DATA_ROSTER].async_put(anna)
    for score in (0.95, 0.96, 0.98):
        await module.send_status(rgb_liveness_score=score)
    await eventually(lambda: bool(events.told))
    assert events.told == ["rejected: not_allowed anna"]
