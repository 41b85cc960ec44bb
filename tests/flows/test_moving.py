"""A module gets another address, and the entry follows."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import transport
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.device import moving
from simulator import SimulatedModule
from simulator.quirks import FaultName
from tests.common import eventually, requests
from tests.conftest import PASSWORD, SetUp, settle
from tests.flows.kit import reconfigure


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait as long as a real module needs."""
    monkeypatch.setattr(moving, "MOVE_BEGINS", 0.1)
    monkeypatch.setattr(moving, "MOVE_RETRY", 0.05)
    monkeypatch.setattr(moving, "MOVE_ENDS", 0.6)
    monkeypatch.setattr(moving, "LOOK_TIMEOUT", 0.3)


NETWORK = {"device_ip": "127.0.0.3", "netmask": "255.255.255.0", "gateway": "127.0.0.1"}


async def test_a_module_moves_and_the_entry_follows(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, quick: None
) -> None:
    flow = await reconfigure(hass, entry, "network")
    assert flow["step_id"] == "network"
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["description_placeholders"] == {"address": "127.0.0.3"}
    result = await finish(hass, result)
    assert result["reason"] == "network_changed"
    assert module.host == "127.0.0.3"
    assert entry.data[CONF_HOST] == "127.0.0.3"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_a_module_is_looked_for_more_than_once_however_slow_the_machine_is(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "MOVE_ENDS", 0.0)
    flow = await reconfigure(hass, entry, "network")
    module.faults.next("garbage", call="GetDeviceID", skip=1)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    result = await finish(hass, result)
    assert result["reason"] == "network_changed"


@pytest.mark.parametrize("state", ["loaded", "unloaded"])
async def test_a_module_that_moves_is_followed_though_the_dialog_is_closed(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    state: str,
) -> None:
    if state == "unloaded":
        await hass.config_entries.async_unload(entry.entry_id)
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    hass.config_entries.flow.async_abort(result["flow_id"])
    await eventually(lambda: entry.data[CONF_HOST] == "127.0.0.3")
    assert module.host == "127.0.0.3"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.coordinator.last_update_success


async def test_a_module_that_was_removed_while_it_moved_is_not_looked_for(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    hass.config_entries.flow.async_abort(result["flow_id"])
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "hang_after"])
async def test_a_module_that_moves_without_an_answer_is_followed_too(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    fault: FaultName,
) -> None:
    flow = await reconfigure(hass, entry, "network")
    monkeypatch.setattr(transport, "TIMEOUT", 0.2)
    module.faults.next(fault, call="SetWiredNetwork")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    result = await finish(hass, result)
    assert result["reason"] == "network_changed"
    assert entry.data[CONF_HOST] == "127.0.0.3"
    await hass.async_block_till_done()


async def test_a_module_that_was_never_told_to_move_is_not_waited_for(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, quick: None
) -> None:
    flow = await reconfigure(hass, entry, "network")
    await module.pull_cable()
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    assert result["errors"] == {"base": "cannot_connect"}


async def finish(hass: HomeAssistant, result: Any) -> Any:
    """Wait for the progress to end, as the frontend does."""
    flow: Any = next(iter(hass.config_entries.flow._progress.values()))
    task = flow._move
    await task
    return await hass.config_entries.flow.async_configure(result["flow_id"])


async def test_a_module_that_did_not_move_stays_where_it_is(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "move_soon", lambda *_: None)
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    result = await finish(hass, result)
    assert result["reason"] == "network_unchanged"
    assert entry.data[CONF_HOST] == "127.0.0.1"


async def test_a_module_that_got_lost_leaves_advice(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def pull() -> None:
        await asyncio.sleep(0.05)
        await module.pull_cable()

    monkeypatch.setattr(module, "move_soon", lambda *_: hass.async_create_task(pull()))
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    result = await finish(hass, result)
    assert result["reason"] == "network_lost"
    assert result["description_placeholders"] == {
        "address": "127.0.0.3",
        "old": "127.0.0.1",
    }
    assert entry.data[CONF_HOST] == "127.0.0.1"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"device_ip": "nonsense"}, {"device_ip": "invalid_ip"}),
        ({"gateway": "1.2.3"}, {"gateway": "invalid_ip"}),
        ({"netmask": "255.0.255.0"}, {"netmask": "invalid_netmask"}),
        ({"netmask": "24"}, {"netmask": "invalid_netmask"}),
        ({"gateway": "10.0.0.1"}, {"gateway": "gateway_elsewhere"}),
        ({"device_ip": "127.0.0.4"}, {"device_ip": "address_in_use"}),
        ({"device_ip": "127.0.0.5"}, {"device_ip": "address_in_use"}),
    ],
)
async def test_a_network_that_cannot_work_is_not_sent(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    quick: None,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    other = SimulatedModule(host="127.0.0.4", port=module.port, password="wrong1")
    third = SimulatedModule(host="127.0.0.5", port=module.port, password=PASSWORD)
    async with other, third:
        flow = await reconfigure(hass, entry, "network")
        result = await hass.config_entries.flow.async_configure(
            flow["flow_id"], NETWORK | changes
        )
    assert result["errors"] == errors
    assert "SetWiredNetwork" not in [request.name for request in module.requests]


async def test_a_refused_move_shows_the_modules_words(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, quick: None
) -> None:
    module.faults.refuse = {"SetWiredNetwork"}
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    assert result["errors"] == {"base": "refused"}
    assert result["description_placeholders"]["log"] == "refused by simulator"


async def test_an_unloaded_module_can_be_moved_too(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, quick: None
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await reconfigure(hass, entry, "network")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    result = await finish(hass, result)
    assert result["reason"] == "network_changed"
    await hass.async_block_till_done()


async def test_the_network_of_an_unplugged_module_cannot_be_changed(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    hass.config.language = "zh-Hans"
    entry = await set_up()
    await module.pull_cable()
    result = await reconfigure(hass, entry, "network")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "cannot_connect"
    assert result["description_placeholders"] == {"log": "Face module F6EE 没有响应。"}


async def test_another_module_at_the_address_is_not_moved(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, quick: None
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await reconfigure(hass, entry, "network")
    module.quirks.other_serial = True
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], NETWORK)
    assert result["errors"] == {"base": "wrong_module"}
    assert "SetWiredNetwork" not in requests(module)
    result = await reconfigure(hass, entry, "network")
    assert result["reason"] == "cannot_connect"
    assert result["description_placeholders"] == {
        "log": "Another module answers at the address of Face module F6EE."
    }
