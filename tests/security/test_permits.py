"""Who may read a module's recognition event sees who came to it, and nobody else does."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from aiohttp import ClientPayloadError
from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er, intent
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.intent import async_setup_intents
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import device_of, eventually, heard, id_of, perform, requests, visits_of
from tests.conftest import Another, settle

from .doors import READING_ACTIONS, READING_COMMANDS, commands, views
from .visitors import Visitor, act, call, move, visitor

LOOKING = READING_ACTIONS - {"look", "request_recognition"}
HALL_EVENT = id_of("event.recognition")


@dataclass(slots=True)
class Scene:
    """A module in the hall and one in the garden; Anna came to both."""

    hall: MockConfigEntry
    garden: MockConfigEntry
    hall_module: SimulatedModule
    garden_module: SimulatedModule
    hall_id: str
    garden_id: str
    # May do everything in the garden, and nothing elsewhere.
    kid: Visitor

    @property
    def hall_visit(self) -> Visit:
        return visits_of(self.hall)[0]

    @property
    def garden_visit(self) -> Visit:
        return visits_of(self.garden)[0]


@pytest.fixture
async def scene(
    hass: HomeAssistant,
    hass_access_token: str,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
) -> Scene:
    other, garden, garden_id = another
    other.add_user("anna", "Anna")
    move(hass, entry, "Hall")
    area = move(hass, garden, "Garden")
    for one in (module, other):
        await one.send_heartbeat()
        await one.send_recognition("anna")
    await settle(hass)
    kid = await visitor(hass, "kid", entities={"area_ids": {area: True}})
    hall_id = device_of(hass, entry)
    return Scene(entry, garden, module, other, hall_id, garden_id, kid)


@pytest.fixture
async def kid(
    hass: HomeAssistant, scene: Scene, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """The connection of somebody who may do everything in the garden only."""
    return await hass_ws_client(hass, scene.kid.token)


@pytest.fixture
async def reader(
    hass: HomeAssistant, scene: Scene, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """The connection of somebody who may see everything, and only see."""
    who = await visitor(hass, "reader", group=GROUP_ID_READ_ONLY)
    return await hass_ws_client(hass, who.token)


# Over the websocket


async def subscribe(client: MockHAClientWebSocket, **fields: Any) -> set[str]:
    """Return the modules of the visits that are told first."""
    kind = f"{DOMAIN}/visits/subscribe"
    await client.send_json_auto_id({"type": kind, **fields})
    assert (await client.receive_json())["success"]
    return {visit["entry_id"] for visit in (await heard(client))["visits"]}


async def test_modules_and_visits_are_told_to_those_who_may_see_them(
    scene: Scene, kid: MockHAClientWebSocket, reader: MockHAClientWebSocket
) -> None:
    both = {scene.hall.entry_id, scene.garden.entry_id}
    for client, expected in ((kid, {scene.garden.entry_id}), (reader, both)):
        found = await call(client, {"type": f"{DOMAIN}/modules"})
        assert {one["entry_id"] for one in found} == expected
        assert await subscribe(client) == expected
        assert await subscribe(client, entry_ids=[scene.hall.entry_id]) == (
            expected - {scene.garden.entry_id}
        )


async def test_nothing_that_happens_at_a_module_is_told_to_those_who_may_not_see_it(
    hass: HomeAssistant, scene: Scene, kid: MockHAClientWebSocket
) -> None:
    await subscribe(kid)
    gone = scene.hall_visit.visit_id
    await scene.hall_module.send_recognition("chenwei")
    await settle(hass)
    await scene.hall.runtime_data.visits.forgetting.async_delete({gone}, set())
    scene.garden_module.add_user("ben", "Ben")
    await scene.garden_module.send_recognition("ben")
    event = await heard(kid)
    assert (event["type"], event["visit"]["name"]) == ("visit", "Ben")
    assert await hass.config_entries.async_reload(scene.hall.entry_id)
    event = await heard(kid)
    assert {visit["entry_id"] for visit in event["visits"]} == {scene.garden.entry_id}


async def test_what_somebody_may_see_may_change_while_they_look(
    hass: HomeAssistant, scene: Scene, kid: MockHAClientWebSocket
) -> None:
    await subscribe(kid)
    move(hass, scene.hall, "Garden")
    move(hass, scene.garden, "Hall")
    scene.garden_module.add_user("ben", "Ben")
    await scene.garden_module.send_recognition("ben")
    await settle(hass)
    await scene.hall_module.send_recognition("chenwei")
    assert (await heard(kid))["visit"]["name"] == "陈伟"


async def test_only_entities_that_may_be_read_are_named(
    hass: HomeAssistant, scene: Scene, hass_ws_client: WebSocketGenerator
) -> None:
    who = await visitor(hass, "one", entities={"entity_ids": {HALL_EVENT: {"read": True}}})
    client = await hass_ws_client(hass, who.token)
    (found,) = await call(client, {"type": f"{DOMAIN}/modules"})
    assert found["entities"] == {"recognition": HALL_EVENT}


@pytest.mark.parametrize("how", ["disabled", "removed"])
async def test_without_the_event_only_those_see_visits_who_may_see_everything(
    hass: HomeAssistant,
    scene: Scene,
    reader: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    how: str,
) -> None:
    only = {HALL_EVENT: True}
    who = await visitor(hass, "one", entities={"entity_ids": only})
    client, browser = await hass_ws_client(hass, who.token), await hass_client(who.token)
    path = f"/api/{DOMAIN}/visits/{scene.hall.entry_id}/{scene.hall_visit.visit_id}"
    assert await subscribe(client) == {scene.hall.entry_id}
    assert (await browser.get(path)).status == 200
    registry = er.async_get(hass)
    if how == "removed":
        registry.async_remove(HALL_EVENT)
    else:
        by_user = er.RegistryEntryDisabler.USER
        registry.async_update_entity(HALL_EVENT, disabled_by=by_user)
    assert await subscribe(client, limit=1) == set()
    assert (await browser.get(path)).status == 404
    assert scene.hall.entry_id in await subscribe(reader)


async def test_the_visit_book_tells_those_who_ask_what_they_may_see(
    hass: HomeAssistant, scene: Scene, kid: MockHAClientWebSocket
) -> None:
    both = [scene.hall.entry_id, scene.garden.entry_id]
    for fields_ in ({}, {"entry_ids": both}):
        found = await call(kid, {"type": f"{DOMAIN}/visits/search", **fields_})
        assert found["count"] == 1
        assert {one["entry_id"] for one in found["visits"]} == {scene.garden.entry_id}
        (line,) = (await call(kid, {"type": f"{DOMAIN}/visits/attendance", **fields_}))[
            "lines"
        ]
        assert line["entry_ids"] == [scene.garden.entry_id]
        (anna,) = (await call(kid, {"type": f"{DOMAIN}/visits/people", **fields_}))[
            "people"
        ]
        assert anna["visits"] == 1
    context = scene.kid.context
    answer = await perform(hass, "search_visits", context)
    assert [one["device_id"] for one in answer["visits"]] == [scene.garden_id]
    with pytest.raises(Unauthorized):
        await perform(hass, "search_visits", context, device_id=scene.hall_id)


# Every door


async def test_no_door_is_open_to_somebody_from_elsewhere(
    hass: HomeAssistant,
    scene: Scene,
    kid: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
) -> None:
    """Every view and command of ours, also those of the future."""
    scene.hall_module.requests.clear()
    browser = await hass_client(scene.kid.token)
    hall = {"entry_id": scene.hall.entry_id, "visit_id": scene.hall_visit.visit_id}
    more = {"user_id": "anna", "picture_id": "x", "stranger_id": "x"}
    for door in views(hass):
        answer = await browser.request(door.method, door.filled(**hall, **more))
        assert answer.status in (401, 404), door
    secrets = {scene.hall.entry_id, scene.hall.title, HALL_EVENT, hall["visit_id"]}
    for kind, message in commands(hass).items():
        found = await call(kid, message)
        assert found == "Unauthorized" or kind in READING_COMMANDS
        # Who is in the garden, they may see.
        assert "Anna" not in str(found) or kind in READING_COMMANDS
        assert not [secret for secret in secrets if secret in str(found)], kind
    assert requests(scene.hall_module) == []


async def test_only_administrators_are_offered_people_for_a_trigger(
    hass: HomeAssistant,
    scene: Scene,
    kid: MockHAClientWebSocket,
    reader: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "device_automation", {})
    message = {
        "type": "device_automation/trigger/capabilities",
        "trigger": {
            "platform": "device",
            "domain": DOMAIN,
            "device_id": scene.hall_id,
            "type": "person_recognized",
        },
    }
    scene.hall_module.requests.clear()
    for client in (kid, reader):
        found = await call(client, message)
        assert "extra_fields" in found, "the fields are there"
        assert "Anna" not in str(found)
    assert requests(scene.hall_module) == []
    admin = await hass_ws_client(hass)
    assert "Anna" in str(await call(admin, message))


# Pictures


async def test_pictures_are_shown_to_those_who_may_see_the_visit(
    hass: HomeAssistant, scene: Scene, hass_client: ClientSessionGenerator
) -> None:
    reader = await visitor(hass, "reader", group=GROUP_ID_READ_ONLY)
    kid, looking = await hass_client(scene.kid.token), await hass_client(reader.token)
    for visit, seen in ((scene.hall_visit, 404), (scene.garden_visit, 200)):
        path = f"/api/{DOMAIN}/visits/{visit.entry_id}/{visit.visit_id}"
        assert (await kid.get(path)).status == seen
        assert (await looking.get(path)).status == 200
    # It is no wrong password: nobody is locked out of Home Assistant.
    assert not hass.http.app.get(KEY_FAILED_LOGIN_ATTEMPTS)


async def test_the_last_face_is_shown_to_those_who_may_read_its_entity(
    hass: HomeAssistant,
    scene: Scene,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    reader = await visitor(hass, "reader", group=GROUP_ID_READ_ONLY)
    kid, looking = await hass_client(scene.kid.token), await hass_client(reader.token)
    hall, garden = id_of("image.last_face"), "image.face_module_0002_last_face"
    assert (await kid.get(f"/api/image_proxy/{hall}")).status == 500
    assert (await kid.head(f"/api/image_proxy/{hall}")).status == 500
    with suppress(ClientPayloadError):
        stream = await kid.get(f"/api/image_proxy_stream/{hall}")
        assert b"\xff\xd8" not in await stream.read()
    assert (await kid.get(f"/api/image_proxy/{garden}")).status == 200
    assert (await looking.get(f"/api/image_proxy/{hall}")).status == 200
    # Whoever reads the entity has its address.
    link = hass.states.get(hall).attributes["entity_picture"]
    anybody = await hass_client_no_auth()
    assert (await anybody.get(link)).status == 200


async def test_the_media_browser_shows_what_may_be_seen(
    scene: Scene, kid: MockHAClientWebSocket, reader: MockHAClientWebSocket
) -> None:
    async def ask(client: MockHAClientWebSocket, what: str, *parts: str) -> Any:
        media_id = "/".join((f"media-source://{DOMAIN}", *parts))
        kind = f"media_source/{what}"
        return await call(client, {"type": kind, "media_content_id": media_id})

    root = await ask(kid, "browse_media")
    assert [child["title"] for child in root["children"]] == ["Face module 0002"]
    assert len((await ask(reader, "browse_media"))["children"]) == 2
    for entry, visit, client, shown in (
        (scene.hall, scene.hall_visit, kid, False),
        (scene.garden, scene.garden_visit, kid, True),
        (scene.hall, scene.hall_visit, reader, True),
    ):
        folders = ((), ("days",), ("people",), ("people", "user-anna"))
        for folder in folders:
            found = await ask(client, "browse_media", entry.entry_id, *folder)
            assert isinstance(found, dict) == shown
        found = await ask(client, "resolve_media", entry.entry_id, visit.visit_id)
        assert isinstance(found, dict) == shown


# Actions


def picture(name: str) -> dict[str, Any]:
    if name == "compare_faces":
        return {"entity_id_1": "camera.garden", "entity_id_2": "camera.garden"}
    return {"entity_id": "camera.garden"} if name in ("identify_face", "look") else {}


def fields(name: str) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "search_records": {"user_id": "anna"},
        "request_recognition": {"timeout": 1},
    }
    return {**picture(name), **more.get(name, {})}


@pytest.fixture
async def cameras(hass: HomeAssistant, scene: Scene) -> AsyncGenerator[Any]:
    """A camera in the garden, which the kid may see, and one in the hall."""
    registry = er.async_get(hass)
    for name, device_id in (("garden", scene.garden_id), ("hall", scene.hall_id)):
        registry.async_get_or_create(
            "camera", "test", name, suggested_object_id=name, device_id=device_id
        )
        hass.states.async_set(f"camera.{name}", "idle")

    class Image:
        content = portrait("Anna")

    with patch(
        "homeassistant.components.camera.async_get_image", return_value=Image()
    ) as asked:
        yield asked


async def test_actions_answer_about_modules_that_may_be_seen(
    scene: Scene, kid: MockHAClientWebSocket, cameras: Any
) -> None:
    scene.hall_module.requests.clear()
    for name in READING_ACTIONS:
        found = await act(kid, name, scene.hall_id, **fields(name))
        assert found == "Unauthorized", name
        found = await act(kid, name, scene.garden_id, **fields(name))
        assert isinstance(found, dict), (name, found)
    assert requests(scene.hall_module) == []


async def test_who_may_only_look_asks_no_module_to_look(
    scene: Scene, reader: MockHAClientWebSocket, cameras: Any
) -> None:
    for name in LOOKING:
        found = await act(reader, name, scene.hall_id, **fields(name))
        assert isinstance(found, dict), (name, found)
    scene.hall_module.requests.clear()
    for name in READING_ACTIONS - LOOKING:
        found = await act(reader, name, scene.hall_id, **fields(name))
        assert found == "Unauthorized", name
    assert requests(scene.hall_module) == []


@pytest.mark.parametrize("domain", ["camera", "image"])
async def test_a_picture_is_taken_only_of_what_the_caller_may_read(
    scene: Scene, kid: MockHAClientWebSocket, cameras: Any, domain: str
) -> None:
    seen, hidden = "camera.garden", "camera.hall"
    if domain == "image":
        seen, hidden = "image.face_module_0002_last_face", id_of("image.last_face")
    media = {"media_content_id": f"media-source://{domain}/{hidden}"}
    scene.garden_module.requests.clear()
    for name, data in (
        ("identify_face", {"entity_id": hidden}),
        ("identify_face", {"image": media}),
        ("look", {"entity_id": hidden}),
        ("look", {"image": media}),
        ("compare_faces", {"entity_id_1": seen, "entity_id_2": hidden}),
        ("compare_faces", {"entity_id_1": hidden, "entity_id_2": seen}),
        ("compare_faces", {"image_1": media, "image_2": media}),
    ):
        assert await act(kid, name, scene.garden_id, **data) == "Unauthorized"
    assert requests(scene.garden_module) == []
    assert hidden not in str(cameras.mock_calls)


async def test_a_visit_is_looked_at_again_only_by_those_who_may_see_it(
    hass: HomeAssistant,
    scene: Scene,
    kid: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
) -> None:
    hidden = {"image": {"media_content_id": scene.hall_visit.media_id}}
    mine = {"image": {"media_content_id": scene.garden_visit.media_id}}
    refused = await act(kid, "identify_face", scene.garden_id, **hidden)
    assert "media" in refused, refused
    # It would be told as a visit of today.
    assert await act(kid, "look", scene.garden_id, **mine) == "Unauthorized"
    assert isinstance(await act(kid, "identify_face", scene.garden_id, **mine), dict)
    # Not over HTTP either, where there is no connection.
    browser = await hass_client(scene.kid.token)
    address = f"/api/services/{DOMAIN}/identify_face?return_response"
    data = {"device_id": scene.garden_id}
    assert (await browser.post(address, json={**data, **mine})).status == 200
    assert (await browser.post(address, json={**data, **hidden})).status == 400
    hall = {"device_id": scene.hall_id, **mine}
    assert (await browser.post(address, json=hall)).status == 401


async def test_an_automation_may_use_what_whoever_set_it_off_may_not(
    hass: HomeAssistant, scene: Scene, kid: MockHAClientWebSocket, cameras: Any
) -> None:
    found: list[Any] = []
    hidden = {"image": {"media_content_id": scene.hall_visit.media_id}}

    async def automation(event: Event) -> None:
        for data in ({"entity_id": "camera.hall"}, hidden):
            asked = {"device_id": scene.hall_id, **data}
            answer = await perform(hass, "identify_face", Context(), **asked)
            found.append(answer["user_id"])

    hass.bus.async_listen("tapped", automation)
    hass.services.async_register("test", "tap", lambda call: hass.bus.fire("tapped"))
    tap = {"type": "call_service", "domain": "test", "service": "tap"}
    assert isinstance(await call(kid, tap), dict)
    await eventually(lambda: len(found) == 2)
    assert found == ["anna", "anna"]


async def test_whoever_is_gone_may_do_nothing_any_more(
    hass: HomeAssistant, scene: Scene
) -> None:
    nobody = Context(user_id="nobody")
    scene.hall_module.requests.clear()
    for name in READING_ACTIONS:
        with pytest.raises(Unauthorized):
            await perform(hass, name, nobody, device_id=scene.hall_id, **fields(name))
    assert requests(scene.hall_module) == []


# What is said


async def test_assist_tells_of_modules_that_may_be_seen(
    hass: HomeAssistant, scene: Scene, kid: MockHAClientWebSocket
) -> None:
    await async_setup_intents(hass)

    async def said(kind: str, **slots: str) -> str:
        answer = await intent.async_handle(
            hass,
            "test",
            f"FaceModule{kind}",
            {key: {"value": value} for key, value in slots.items()},
            context=scene.kid.context,
            language="en",
        )
        speech: str = answer.speech["plain"]["speech"]
        return speech

    await scene.garden.runtime_data.visits.forgetting.async_delete((), {"anna"})
    scene.hall_module.requests.clear()
    assert await said("LastVisitor") == "Nobody has come yet."
    assert "Face module F6EE" not in await said("LastSeen", person="Anna")
    assert "F6EE" not in await said("CountPeople")
    for kind in ("WhoIsThere", "LastVisitor", "CountPeople"):
        told = await said(kind, module="Face module F6EE")
        assert "no face module" in told, told
    assert requests(scene.hall_module) == []
