"""What the live card hears: the modules, and who comes."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from simulator import SimulatedModule
from tests.common import device_of, eventually, heard, id_of, visits_of
from tests.conftest import SetUp, settle

SUBSCRIBE = "face_module/visits/subscribe"


async def subscribe(client: MockHAClientWebSocket, **fields: Any) -> list[dict[str, Any]]:
    """Subscribe, and return the visits of the first message."""
    await client.send_json_auto_id({"type": SUBSCRIBE, **fields})
    answer = await client.receive_json()
    assert answer["success"], answer
    first = await heard(client)
    assert first["type"] == "visits"
    visits: list[dict[str, Any]] = first["visits"]
    return visits


async def test_the_modules_are_told_with_their_entities(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    registry = er.async_get(hass)
    registry.async_update_entity(
        id_of("switch.face_boxes_in_the_video"), disabled_by=er.RegistryEntryDisabler.USER
    )
    await client.send_json_auto_id({"type": "face_module/modules"})
    (module,) = (await client.receive_json())["result"]
    entities = module.pop("entities")
    assert module == {
        "entry_id": entry.entry_id,
        "device_id": device_of(hass, entry),
        "title": "Face module F6EE",
        "loaded": True,
    }
    assert entities["recognition"] == id_of("event.recognition")
    assert entities["rgb_liveness_score"].startswith("sensor.")
    assert "show_bbox" not in entities, "it is disabled"


async def test_a_module_that_is_not_loaded_is_told_as_such(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await client.send_json_auto_id({"type": "face_module/modules"})
    (module,) = (await client.receive_json())["result"]
    assert module["loaded"] is False
    assert module["entities"]["recognition"] == id_of("event.recognition")


async def test_everybody_who_is_logged_in_hears_who_comes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    await client.send_json_auto_id({"type": "face_module/modules"})
    assert (await client.receive_json())["success"]
    assert await subscribe(client) == []
    await module.walk_by("chenwei", score=0.97)
    event = await heard(client)
    (known,) = visits_of(entry)
    visit = event["visit"]
    assert event["type"] == "visit"
    assert set(visit) == {
        *("visit_id", "entry_id", "verdict", "reason", "user_id", "name", "person"),
        *("score", "rgb_liveness_score", "nir_liveness_score", "mask_score"),
        *("time", "last_seen", "device_time", "age", "late", "image_url"),
        *("wrong", "wrong_name", "source", "stranger_id", "times_seen", "first_seen"),
    }
    assert (visit["visit_id"], visit["entry_id"]) == (known.visit_id, entry.entry_id)
    assert (visit["name"], visit["verdict"], visit["reason"]) == (
        "陈伟",
        "recognized",
        None,
    )
    assert visit["time"] == known.time.isoformat()
    assert visit["late"] is False


async def test_a_browser_sees_the_picture_without_a_header(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_ws_client(hass)
    await module.walk_by("anna")
    await settle(hass)
    (visit,) = await subscribe(client)
    browser = await hass_client_no_auth()
    assert (await browser.get(visit["image_url"])).status == 200
    unsigned = visit["image_url"].partition("?")[0]
    assert (await browser.get(unsigned)).status == 401


async def test_a_visit_without_a_picture_has_no_address(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.face_module.pictures.kinds._KINDS", {})
    await module.walk_by("anna")
    await settle(hass)
    (visit,) = await subscribe(await hass_ws_client(hass))
    assert visit["image_url"] is None


async def test_the_latest_come_first_and_only_so_many(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    module.add_user("ben", "Ben")
    for user_id in ("anna", "ben", "chenwei"):
        await module.walk_by(user_id)
        await settle(hass)
    visits = await subscribe(client, limit=2)
    assert [visit["name"] for visit in visits] == ["陈伟", "Ben"]


@pytest.mark.parametrize("limit", [0, 201, "many"])
async def test_a_limit_beyond_reason_is_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    limit: object,
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": SUBSCRIBE, "limit": limit})
    assert (await client.receive_json())["error"]["code"] == "invalid_format"


async def test_a_rejected_person_who_is_recognized_then_is_the_same_visit(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await set_up(minimum_score=95)
    client = await hass_ws_client(hass)
    assert await subscribe(client) == []
    await module.walk_by("anna", score=0.9)
    rejected = (await heard(client))["visit"]
    await module.walk_by("anna", score=0.99)
    recognized = (await heard(client))["visit"]
    assert (rejected["verdict"], rejected["reason"]) == ("rejected", "low_score")
    assert (recognized["verdict"], recognized["reason"]) == ("recognized", None)
    assert recognized["visit_id"] == rejected["visit_id"]


async def test_deleted_visits_are_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await module.walk_by("anna")
    await settle(hass)
    client = await hass_ws_client(hass)
    (visit,) = await subscribe(client)
    await entry.runtime_data.visits.forgetting.async_delete({visit["visit_id"]}, ())
    assert await heard(client) == {"type": "deleted", "visit_ids": [visit["visit_id"]]}
    # Nobody's visits need nobody's attention.
    await entry.runtime_data.visits.forgetting.async_delete((), {"nobody"})
    await module.walk_by("chenwei")
    assert (await heard(client))["type"] == "visit"


async def test_it_goes_on_when_a_module_is_reloaded_added_and_removed(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    entry = await set_up()
    client = await hass_ws_client(hass)
    assert await subscribe(client) == []
    await module.walk_by("anna")
    assert (await heard(client))["visit"]["name"] == "Anna"

    assert await hass.config_entries.async_reload(entry.entry_id)
    again = await heard(client)
    assert [visit["name"] for visit in again["visits"]] == ["Anna"]
    await settle(hass)
    await module.walk_by("chenwei")
    assert (await heard(client))["visit"]["name"] == "陈伟"

    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as other:
        other.add_user("ben", "Ben")
        added = await set_up(other)
        assert len((await heard(client))["visits"]) == 2
        await other.walk_by("ben")
        assert (await heard(client))["visit"]["entry_id"] == added.entry_id
        await settle(hass)
        await hass.config_entries.async_remove(added.entry_id)
        left = await heard(client)
        assert {visit["name"] for visit in left["visits"]} == {"Anna", "陈伟"}


async def test_only_the_chosen_modules_are_heard(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    entry = await set_up()
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as other:
        other.add_user("ben", "Ben")
        added = await set_up(other)
        client = await hass_ws_client(hass)
        assert await subscribe(client, entry_ids=[entry.entry_id]) == []
        await other.walk_by("ben")
        await settle(hass)
        assert len(visits_of(added)) == 1
        await hass.config_entries.async_reload(added.entry_id)
        await module.walk_by("anna")
        assert (await heard(client))["visit"]["name"] == "Anna"


async def test_whoever_leaves_is_told_nothing_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    visits = entry.runtime_data.visits
    before = len(visits._listeners), len(visits.history._listeners)
    await subscribe(client)
    assert (len(visits._listeners), len(visits.history._listeners)) != before
    await client.close()
    await eventually(
        lambda: (len(visits._listeners), len(visits.history._listeners)) == before
    )
