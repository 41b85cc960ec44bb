"""The connection and the password of a module are changed."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import transport
from simulator import SimulatedModule
from simulator.quirks import FaultName
from tests.conftest import PASSWORD, settle
from tests.flows.kit import reconfigure, user_input


async def test_the_connection_can_be_changed_without_the_password(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    flow = await reconfigure(hass, entry, "connection")
    advanced = {"advanced": {CONF_PORT: module.port}}
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_HOST: "127.0.0.9", **advanced}
    )
    assert result["errors"] == {"base": "cannot_connect"}
    await module.restart_now("127.0.0.2")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_HOST: "127.0.0.2", **advanced}
    )
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_HOST] == "127.0.0.2"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    await settle(hass)


async def test_the_connection_cannot_be_changed_to_another_module(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    async with SimulatedModule(serial="0123A38884CE690009", password=PASSWORD) as other:
        flow = await reconfigure(hass, entry, "connection")
        result = await hass.config_entries.flow.async_configure(
            flow["flow_id"], user_input(other)
        )
        assert result["reason"] == "unique_id_mismatch"
    assert entry.data[CONF_PORT] == module.port


@pytest.mark.parametrize(
    "bad", ["12345", "1234567", "12345!", "пароль", "12 456", "１２３４５６"]
)
async def test_a_password_the_module_cannot_take_is_not_sent(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, bad: str
) -> None:
    flow = await reconfigure(hass, entry, "change_password")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": bad}
    )
    assert result["errors"] == {"new_password": "invalid_password"}
    assert "SetPassWord" not in [request.name for request in module.requests]


async def test_the_entry_follows_a_password_the_module_agreed_to(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    flow = await reconfigure(hass, entry, "change_password")
    module.faults.refuse = {"SetPassWord"}
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["errors"] == {"base": "refused"}
    assert entry.data[CONF_PASSWORD] == PASSWORD

    module.faults.clear()
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["reason"] == "password_changed"
    assert module.password == "new123"
    assert entry.data[CONF_PASSWORD] == "new123"
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []


async def test_a_password_change_whose_answer_was_lost_is_found_out(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    flow = await reconfigure(hass, entry, "change_password")
    module.faults.next("drop", call="SetPassWord")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["errors"] == {"base": "invalid_auth"}, "the module never heard of it"
    assert entry.data[CONF_PASSWORD] == PASSWORD == module.password

    module.faults.next("drop_after", call="SetPassWord")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["reason"] == "password_changed"
    assert entry.data[CONF_PASSWORD] == "new123" == module.password
    await settle(hass)


@pytest.mark.parametrize("fault", ["truncate", "no_ret_code", "hang_after"])
async def test_a_password_that_was_changed_counts_though_its_answer_is_broken(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    fault: FaultName,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.2)
    flow = await reconfigure(hass, entry, "change_password")
    module.faults.next(fault, call="SetPassWord")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["reason"] == "password_changed"
    assert entry.data[CONF_PASSWORD] == "new123" == module.password
    await settle(hass)


async def test_a_module_that_agreed_and_went_away_has_the_new_password(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    flow = await reconfigure(hass, entry, "change_password")
    module.faults.next("drop", times=2, call="GetSysConfig")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["reason"] == "password_changed"
    assert entry.data[CONF_PASSWORD] == "new123" == module.password
    await settle(hass)


async def test_whoever_tries_again_after_a_lost_answer_is_told_that_it_is_done(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    flow = await reconfigure(hass, entry, "change_password")
    module.faults.next("drop_after", call="SetPassWord")
    module.faults.next("drop", times=2, call="GetSysConfig")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["errors"] == {"base": "cannot_connect"}
    assert module.password == "new123"
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["reason"] == "password_changed"
    assert entry.data[CONF_PASSWORD] == "new123"
    await settle(hass)


async def test_the_password_of_another_module_at_the_address_is_not_changed(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    module.quirks.other_serial = True
    flow = await reconfigure(hass, entry, "change_password")
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"new_password": "new123"}
    )
    assert result["errors"] == {"base": "wrong_module"}
    assert module.password == PASSWORD
