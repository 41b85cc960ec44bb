"""Whoever was forgotten everywhere does not come back, not from our own list either."""

from typing import override

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
)

from simulator import Faults, SimulatedModule
from simulator.quirks import FaultName
from tests.common import perform, poll
from tests.conftest import PASSWORD, Another, SetUp
from tests.websocket.kit import ask


class SilentAbout(Faults):
    """Cuts the connection when asked for somebody who is gone from the module."""

    def __init__(self, module: SimulatedModule, user_id: str) -> None:
        super().__init__()
        self._module, self._user_id = module, user_id

    @override
    def pick(self, call: str) -> FaultName | None:
        gone = self._user_id not in self._module.users
        return "reset" if call == "GetUserInfo" and gone else super().pick(call)


@pytest.mark.parametrize("away", [False, True])
async def test_a_last_question_without_an_answer_keeps_nobody(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    socket: MockHAClientWebSocket,
    picture: str,
    *,
    away: bool,
) -> None:
    simulated, other, other_id = another
    devices = [device_id, other_id]
    await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    module.faults = SilentAbout(module, "ben")
    if away:
        await simulated.pull_cable()
    answer = await ask(
        socket,
        "people/delete",
        entry_ids=[entry.entry_id, other.entry_id],
        user_id="ben",
        called="Ben",
        everywhere=True,
    )
    assert all(line["ok"] for line in answer["results"])
    module.faults = Faults()
    await simulated.plug_in()
    await poll(hass)
    assert "ben" not in module.users
    assert "ben" not in simulated.users
    # Of nobody in the list there is anybody to be copied.
    simulated.add_user("zoe", "Zoe")
    await perform(hass, "sync_users", source_device_id=other_id)
    await perform(hass, "sync_users", device_id=devices)
    assert "ben" not in module.users
    assert "ben" not in simulated.users


async def test_who_is_called_as_the_user_saw_is_meant_though_renamed_elsewhere(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    set_up: SetUp,
    socket: MockHAClientWebSocket,
    picture: str,
) -> None:
    simulated, other, other_id = another
    async with SimulatedModule("0123A38884CE690003", PASSWORD) as third:
        third.add_user("ben", "Ben")
        third_entry = await set_up(third)
        data = {"device_id": [device_id, other_id], "user_id": "ben", "name": "Ben"}
        await perform(hass, "enroll_user", path=picture, **data)
        data = {"device_id": device_id, "user_id": "ben", "name": "Benno"}
        await perform(hass, "update_user", **data)
        # Seen on the second module, where he is called as on the third, which is slow.
        third.faults.latency = 0.2
        entries = [entry.entry_id, other.entry_id, third_entry.entry_id]
        answer = await ask(
            socket,
            "people/delete",
            entry_ids=entries,
            user_id="ben",
            called="Ben",
            everywhere=True,
        )
        assert all(line["ok"] for line in answer["results"])
        for one in (module, simulated, third):
            assert "ben" not in one.users
        await hass.config_entries.async_unload(third_entry.entry_id)
