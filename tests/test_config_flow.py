"""Adding a module and reconfiguring it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import web
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module import moving
from custom_components.face_module.client import transport
from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.quirks import FaultName

from .conftest import PASSWORD, SERIAL, settle

ANOTHER = "http://192.0.2.7:8080/recognition"


def user_input(module: SimulatedModule, **changes: Any) -> dict[str, Any]:
    return {
        CONF_HOST: module.host,
        CONF_PASSWORD: PASSWORD,
        "advanced": {CONF_PORT: module.port},
        **changes,
    }


async def submit(hass: HomeAssistant, module: SimulatedModule, **changes: Any) -> Any:
    """Open the form for a new module and send it."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "user"
    assert not flow["errors"]
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], user_input(module, **changes)
    )


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant, base_url: str) -> AsyncGenerator[None]:
    """Unload what the flows set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait as long as a real module needs."""
    monkeypatch.setattr(moving, "MOVE_BEGINS", 0.1)
    monkeypatch.setattr(moving, "MOVE_RETRY", 0.05)
    monkeypatch.setattr(moving, "MOVE_ENDS", 0.6)
    monkeypatch.setattr(moving, "LOOK_TIMEOUT", 0.3)


async def test_a_module_is_added_by_address_and_password(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    result = await submit(hass, module)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Face module F6EE"
    entry = result["result"]
    assert entry.unique_id == SERIAL
    data = dict(entry.data)
    assert len(set(data.pop("webhook_ids").values())) == 3
    assert data == {
        CONF_HOST: module.host,
        CONF_PASSWORD: PASSWORD,
        CONF_PORT: module.port,
    }
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_pasted_address_is_understood(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    pasted = f" http://{module.host}:{module.port}/DeviceManage "
    result = await submit(hass, module, host=pasted, advanced={CONF_PORT: 1})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_HOST] == module.host
    assert result["data"][CONF_PORT] == module.port
    await settle(hass)


@pytest.mark.parametrize(
    "host", ["", "   ", "https://192.168.3.99", "no host", "http://", "$$$"]
)
async def test_what_is_no_address_is_said_at_its_field(
    hass: HomeAssistant, module: SimulatedModule, host: str
) -> None:
    result = await submit(hass, module, host=host)
    assert result["errors"] == {"host": "invalid_host"}


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("password", "invalid_auth"),
        ("drop", "cannot_connect"),
        ("hang", "timed_out"),
        ("html", "not_face_module"),
        ("garbage", "not_face_module"),
        ("truncate", "not_face_module"),
        ("no_ret_code", "not_face_module"),
        ("huge", "not_face_module"),
        ("refuse", "refused"),
        ("http_status", "not_face_module"),
    ],
)
async def test_each_failure_has_its_own_text_and_can_be_overcome(
    hass: HomeAssistant,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    error: str,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.5)
    match trouble:
        case "password":
            module.password = "other1"
        case "refuse":
            module.faults.refuse = {"GetDeviceID"}
        case "http_status":
            module.faults.http_status = 500
        case _:
            setattr(module.faults, trouble, True)
    result = await submit(hass, module)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    if trouble == "refuse":
        assert result["description_placeholders"]["log"] == "refused by simulator"
    assert PASSWORD not in str(result["description_placeholders"])

    module.password = PASSWORD
    module.faults.clear()
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], user_input(module)
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)


async def test_an_unplugged_module_cannot_be_added(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    await module.pull_cable()
    result = await submit(hass, module)
    assert result["errors"] == {"base": "cannot_connect"}


async def test_another_device_on_the_port_is_no_module(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    result = await submit(hass, module, advanced={CONF_PORT: port})
    assert result["errors"] == {"base": "not_face_module"}
    await runner.cleanup()


async def test_a_module_that_is_known_gets_its_new_address(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    await module.restart_now("127.0.0.2")
    result = await submit(hass, module, host="127.0.0.2")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    await settle(hass)
    assert entry.data[CONF_HOST] == "127.0.0.2"
    assert entry.state is ConfigEntryState.LOADED


async def test_a_foreign_receiver_is_shown_and_replaced_only_when_confirmed(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    module.config.recognition_cb_url = ANOTHER
    result = await submit(hass, module)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "take_over"
    assert result["description_placeholders"] == {"addresses": "http://192.0.2.7:8080"}
    assert module.config.recognition_cb_url == ANOTHER

    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    ids = result["result"].data["webhook_ids"]
    assert module.config.recognition_cb_url.endswith(ids["recognition"])
    assert set(result["result"].data) == {"host", "port", "password", "webhook_ids"}, (
        "the agreement is used up, and nothing else"
    )


async def test_a_changed_password_is_asked_for(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    module.password = "other1"
    flow = await entry.start_reauth_flow(hass)
    assert flow["step_id"] == "reauth_confirm"
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_PASSWORD: "wrong1"}
    )
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_PASSWORD: "other1"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == "other1"
    await settle(hass)


async def test_a_password_is_not_accepted_from_another_module(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    module.serial = "0123A38884CE690009"
    flow = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_PASSWORD: PASSWORD}
    )
    assert result["reason"] == "unique_id_mismatch"


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Open one of the items of the reconfigure menu."""
    flow = await entry.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.MENU
    assert flow["menu_options"] == ["connection", "change_password", "network"]
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": step}
    )


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
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    await module.pull_cable()
    result = await reconfigure(hass, entry, "network")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "cannot_connect"
