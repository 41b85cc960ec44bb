"""The fix for a slot that another system took."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

from .common import poll
from .conftest import settle

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
