"""A repair repairs where it is shown: another system, a password, an address."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.issues import async_raise
from simulator import SimulatedModule

from .common import poll
from .conftest import OTHER_SERIAL, SetUp, settle

ANOTHER = "http://192.0.2.7:8080/recognition"


async def begin(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> tuple[TestClient[Any, Any], dict[str, Any]]:
    """Open the repair as the frontend does."""
    await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    answer = await client.post(
        "/api/repairs/issues/fix",
        json={"handler": DOMAIN, "issue_id": f"callback_taken_{entry.entry_id}"},
    )
    assert answer.status == HTTPStatus.OK
    return client, await answer.json()


async def test_submitting_takes_the_callbacks_back(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    module.config.recognition_cb_url = ANOTHER
    await poll(hass)
    client, form = await begin(hass, hass_client, entry)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == {
        "module": "Face module F6EE",
        "addresses": "http://192.0.2.7:8080",
    }
    path = f"/api/repairs/issues/fix/{form['flow_id']}"

    await module.pull_cable()
    result = await (await client.post(path, json={})).json()
    assert result["errors"] == {"base": "cannot_connect"}
    await module.plug_in()

    module.faults.refuse = {"SetRecognitionCallback"}
    result = await (await client.post(path, json={})).json()
    assert result["errors"] == {"base": "refused"}
    assert module.config.recognition_cb_url == ANOTHER
    module.faults.clear()

    result = await (await client.post(path, json={})).json()
    assert result["type"] == "create_entry"
    await settle(hass)
    assert module.config.recognition_cb_url.endswith(
        entry.data["webhook_ids"]["recognition"]
    )
    await poll(hass)
    issue_id = f"callback_taken_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_a_module_that_is_not_set_up_cannot_be_taken_over(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    module.config.recognition_cb_url = ANOTHER
    await poll(hass)
    client, form = await begin(hass, hass_client, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    path = f"/api/repairs/issues/fix/{form['flow_id']}"
    result = await (await client.post(path, json={})).json()
    assert result["type"] == "abort"
    assert result["reason"] == "not_loaded"


class Repair:
    """A repair, open in the browser."""

    def __init__(self, client: TestClient[Any, Any], form: dict[str, Any]) -> None:
        self._client = client
        self.form = form

    async def submit(self, **entered: str) -> dict[str, Any]:
        """Send what was entered; return the next step."""
        path = f"/api/repairs/issues/fix/{self.form['flow_id']}"
        answer: dict[str, Any] = await (await self._client.post(path, json=entered)).json()
        return answer


async def open_repair(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    key: str,
) -> Repair:
    """Open one of the repairs of the module; it asks for something."""
    await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    answer = await client.post(
        "/api/repairs/issues/fix",
        json={"handler": DOMAIN, "issue_id": f"{key}_{entry.entry_id}"},
    )
    form = await answer.json()
    assert form["step_id"] == "confirm"
    return Repair(client, form)


def issue(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")


async def test_the_password_of_the_factory_is_changed_where_it_is_told(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    module.password = "123456"
    entry = await set_up()
    repair = await open_repair(hass, hass_client, entry, "factory_password")
    assert (await repair.submit())["errors"] == {"new_password": "invalid_password"}
    await module.pull_cable()
    wrong = await repair.submit(new_password="better")
    assert wrong["errors"] == {"base": "cannot_connect"}
    await module.plug_in()
    assert (await repair.submit(new_password="better"))["type"] == "create_entry"
    await settle(hass)
    assert module.password == entry.data["password"] == "better"
    assert entry.state is ConfigEntryState.LOADED
    assert issue(hass, entry, "factory_password") is None


@pytest.mark.parametrize("state", ["set up", "seen away", "not set up"])
async def test_another_module_in_its_place_keeps_its_password(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
    state: str,
) -> None:
    module.password = "123456"
    entry = await set_up()
    if state == "not set up":
        await hass.config_entries.async_unload(entry.entry_id)
    await module.pull_cable()
    if state == "seen away":
        await poll(hass)
    async with SimulatedModule(
        serial=OTHER_SERIAL, password="123456", port=module.port
    ) as other:
        repair = await open_repair(hass, hass_client, entry, "factory_password")
        wrong = await repair.submit(new_password="better")
        await settle(hass)
        assert wrong["errors"] == {"base": "wrong_module"}
        assert other.password == "123456"
    assert entry.data["password"] == "123456"


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_password_whose_answer_was_lost_can_be_entered_again(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
    loaded: bool,
) -> None:
    module.password = "123456"
    entry = await set_up()
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    repair = await open_repair(hass, hass_client, entry, "factory_password")
    module.faults.next("drop_after", call="SetPassWord")
    module.faults.next("drop", call="GetSysConfig", times=2)
    assert (await repair.submit(new_password="better"))["errors"]
    module.faults.clear()
    assert (await repair.submit(new_password="better"))["type"] == "create_entry"
    await settle(hass)
    assert module.password == entry.data["password"] == "better"


async def test_where_home_assistant_is_reached_is_entered_where_it_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    base_url: str,
    hass_client: ClientSessionGenerator,
) -> None:
    async_raise(hass, entry, "callbacks_unreachable", fixable=True, addresses="- x")
    repair = await open_repair(hass, hass_client, entry, "callbacks_unreachable")
    assert (await repair.submit(callback_base_url="nowhere"))["errors"] == {
        "callback_base_url": "invalid_url"
    }
    done = await repair.submit(callback_base_url=f"{base_url}/somewhere")
    assert done["type"] == "create_entry"
    await settle(hass)
    assert entry.options["callback_base_url"] == base_url
    async_raise(hass, entry, "address_not_kept", fixable=True, callbacks="-", log="-")
    repair = await open_repair(hass, hass_client, entry, "address_not_kept")
    assert (await repair.submit())["type"] == "create_entry"
    assert entry.options["callback_base_url"] == ""
    await settle(hass)


async def test_a_module_that_moved_is_followed_where_it_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    await module.restart_now("127.0.0.2")
    async with SimulatedModule(
        serial=OTHER_SERIAL, password=module.password, port=module.port
    ):
        hass.config_entries.async_schedule_reload(entry.entry_id)
        await settle(hass)
        assert issue(hass, entry, "other_module")
        repair = await open_repair(hass, hass_client, entry, "other_module")
        for host, error in (("no host", "invalid_host"), ("127.0.0.1", "wrong_module")):
            assert (await repair.submit(host=host))["errors"] == {"host": error}
        done = await repair.submit(host=f"127.0.0.2:{module.port}")
        assert done["type"] == "create_entry"
        await settle(hass)
    assert entry.data["host"] == "127.0.0.2"
    assert entry.state is ConfigEntryState.LOADED
    assert issue(hass, entry, "other_module") is None


async def test_a_module_that_is_gone_is_repaired_no_more(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    module.password = "123456"
    entry = await set_up()
    repair = await open_repair(hass, hass_client, entry, "factory_password")
    await hass.config_entries.async_remove(entry.entry_id)
    assert (await repair.submit(new_password="better"))["type"] in ("abort", "error")
