"""A module is added by address and password, and asked for a changed one."""

from typing import Any

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import transport
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.flows.forms import host_and_port
from simulator import SimulatedModule
from tests.conftest import PASSWORD, SERIAL, SetUp, settle
from tests.flows.kit import user_input

ANOTHER = "http://192.0.2.7:8080/recognition"


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
    ("pasted", "understood"),
    [
        ("module.lan", ("module.lan", 8080)),
        (" http://door-2.lan:8081/UserManage ", ("door-2.lan", 8081)),
        ("192.168.3.99", ("192.168.3.99", 8080)),
    ],
)
def test_a_module_may_have_a_name_in_the_network(
    pasted: str, understood: tuple[str, int]
) -> None:
    assert host_and_port(pasted, 8080) == understood


@pytest.mark.parametrize(
    "host",
    [
        *("", "   ", "https://192.168.3.99", "no host", "http://", "$$$"),
        *("192.168.3.999", "192.168.3", "192.168.3.", "192.168.3.099", "1"),
    ],
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
    # Only a wrong password is to be typed again.
    (shown,) = [field for field in result["data_schema"].schema if field == "password"]
    kept = (shown.description or {}).get("suggested_value")
    assert kept == (None if trouble == "password" else PASSWORD)
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


@pytest.mark.parametrize("written", [SERIAL.lower(), f"{SERIAL}\r\n"])
async def test_a_module_that_writes_its_serial_in_another_way_is_the_same(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, written: str
) -> None:
    module.serial = SERIAL.lower()
    entry = await set_up()
    assert entry.unique_id == SERIAL.lower()
    module.serial = written
    await module.restart_now("127.0.0.2")
    result = await submit(hass, module, host="127.0.0.2")
    assert (result["type"], result["reason"]) == (
        FlowResultType.ABORT,
        "already_configured",
    )
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert await module.send_recognition("anna") == 200
    await settle(hass)
    assert entry.runtime_data.receiver.refused == {}
    assert len(entry.runtime_data.receiver.received) == 1


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


FACTORY = "123456"


async def test_the_password_of_the_factory_is_changed_there_and_then(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    module.password = FACTORY
    form = await submit(hass, module, password=FACTORY)
    assert form["step_id"] == "new_password"
    flow_id = form["flow_id"]
    configure = hass.config_entries.flow.async_configure
    form = await configure(flow_id, {"new_password": "no"})
    assert form["errors"] == {"new_password": "invalid_password"}
    await module.pull_cable()
    form = await configure(flow_id, {"new_password": "better"})
    assert form["errors"] == {"base": "cannot_connect"}
    await module.plug_in()
    result = await configure(flow_id, {"new_password": "better"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert module.password == result["data"][CONF_PASSWORD] == "better"
    assert result["description_placeholders"] == {"page": "/face_module"}
    await settle(hass)
    assert result["result"].state is ConfigEntryState.LOADED


async def test_the_password_of_the_factory_may_stay(
    hass: HomeAssistant, module: SimulatedModule
) -> None:
    module.password = FACTORY
    form = await submit(hass, module, password=FACTORY)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert module.password == result["data"][CONF_PASSWORD] == FACTORY
    await settle(hass)


async def test_what_we_left_on_a_module_ourselves_is_no_other_system(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> None:
    hass.config.internal_url = base_url
    left = f"{base_url}/api/webhook/of_an_entry_that_is_gone"
    module.config.recognition_cb_url = left
    result = await submit(hass, module)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    assert module.config.recognition_cb_url not in ("", left)


async def test_an_automation_that_the_module_calls_is_asked_for(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> None:
    async def handle(*_: object) -> None:
        """Do nothing."""

    hass.config.internal_url = base_url
    webhook.async_register(hass, "automation", "Mine", "my_own", handle)
    module.config.recognition_cb_url = f"{base_url}/api/webhook/my_own"
    result = await submit(hass, module)
    assert result["step_id"] == "take_over"


@pytest.mark.parametrize(("port", "hidden"), [(8080, True), (8081, False)])
async def test_a_port_that_may_be_wrong_is_not_hidden(
    hass: HomeAssistant, module: SimulatedModule, port: int, hidden: bool
) -> None:
    await module.pull_cable()
    form = await submit(hass, module, host="127.0.0.9", advanced={CONF_PORT: port})
    assert form["errors"]
    assert form["data_schema"].schema["advanced"].options["collapsed"] is hidden
