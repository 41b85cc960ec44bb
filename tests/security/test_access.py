"""Who may do what: every view, command and action, also those of the future."""

from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator
import json
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType
from homeassistant.components.http.auth import STORAGE_KEY
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module import frontend
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from simulator.calls import CALLS
from simulator.portraits import portrait
from tests.common import perform, visits_of
from tests.conftest import PASSWORD, settle

from .doors import (
    READING_ACTIONS,
    READING_COMMANDS,
    READING_VIEWS,
    actions,
    commands,
    sample,
    views,
)

WWW = Path(frontend.__file__).parent / "www"
EVIL = {"Origin": "https://evil.example"}


@pytest.fixture
async def parts(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> AsyncGenerator[dict[str, str]]:
    """What fills the addresses of our views: all of it exists."""
    await module.send_recognition("")
    await settle(hass)
    await module.send_recognition("anna")
    await settle(hass)
    uploads = hass.data[DATA_UPLOADS]
    picture_id = uploads.async_put(portrait("Ben"))
    yield {
        "entry_id": entry.entry_id,
        "visit_id": visits_of(entry)[0].visit_id,
        "user_id": "anna",
        "picture_id": picture_id,
        "stranger_id": entry.runtime_data.strangers.known.everybody[0].stranger_id,
    }
    uploads.drop(picture_id)


async def test_everything_that_is_added_is_named_after_us(hass: HomeAssistant) -> None:
    def names() -> set[str]:
        return {
            *(resource.canonical for resource in hass.http.app.router.resources()),
            *hass.data["websocket_api"],
            *(f"/{domain}/" for domain in hass.services.async_services()),
        }

    for domain in ("file_upload", "webhook", "websocket_api", "persistent_notification"):
        assert await async_setup_component(hass, domain, {})
    before = names()
    assert await async_setup_component(hass, DOMAIN, {})
    added = names() - before
    assert len(added) > 15
    code = {name for name in added if name.startswith(f"/{DOMAIN}_static/")}
    assert {name for name in added - code if f"/{DOMAIN}/" not in f"/{name}/"} == set()
    # What is served without a login is what anybody can read in our repository.
    served = {path.suffix for path in WWW.rglob("*") if path.is_file()}
    assert len(code) == 1
    assert served <= {".js", ".json", ".ts", ".txt"}


async def test_every_view_wants_a_login_and_most_an_administrator(
    hass: HomeAssistant,
    parts: dict[str, str],
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    guest_token: str,
    hass_read_only_access_token: str,
) -> None:
    anybody, admin = await hass_client_no_auth(), await hass_client()
    guests = [
        await hass_client(token) for token in (guest_token, hass_read_only_access_token)
    ]
    doors = list(views(hass))
    assert {door.path for door in doors} >= READING_VIEWS
    for door in doors:
        path = door.filled(**parts)
        body = portrait("Ben") if door.method == "POST" else None
        assert (await anybody.request(door.method, path, data=body)).status == 401
        for guest in guests:
            may = door.path in READING_VIEWS and door.method == "GET"
            answer = await guest.request(door.method, path, data=body)
            assert answer.status == (200 if may else 401), door
        answer = await admin.request(door.method, path, data=body)
        assert answer.status == 200, door
        # Whatever is shown is a picture or JSON, and nobody guesses anything else.
        assert answer.content_type in ("image/jpeg", "image/png", "application/json")
        if answer.content_type != "application/json":
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert {"private", "no-store"} & {
                word.strip() for word in answer.headers["Cache-Control"].split(",")
            }


async def test_pages_of_other_origins_get_nothing_and_cookies_open_nothing(
    hass: HomeAssistant, parts: dict[str, str], hass_client: ClientSessionGenerator
) -> None:
    admin = await hass_client()
    for door in views(hass):
        path = door.filled(**parts)
        asked = {**EVIL, "Access-Control-Request-Method": door.method}
        for answer in (
            await admin.request(door.method, path, headers=EVIL, data=portrait("Ben")),
            await admin.options(path, headers=asked),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers, door
            assert "Set-Cookie" not in answer.headers, door


async def test_every_command_wants_an_administrator_but_two(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    guest_token: str,
    hass_read_only_access_token: str,
) -> None:
    found = commands(hass)
    assert found.keys() >= READING_COMMANDS
    module.requests.clear()
    for token in (guest_token, hass_read_only_access_token):
        client = await hass_ws_client(hass, token)
        for kind, message in found.items():
            await client.send_json_auto_id(message)
            answer = await client.receive_json()
            if kind not in READING_COMMANDS:
                assert answer["error"]["code"] == "unauthorized", kind
                continue
            assert answer["success"], kind
            text = json.dumps(answer)
            if kind.endswith("subscribe"):
                text += json.dumps(await client.receive_json())
            assert_nothing_secret(text, entry)
    assert not module.requests
    # The same messages are no error but for who sends them.
    admin = await hass_ws_client(hass)
    for kind, message in found.items():
        await admin.send_json_auto_id(message)
        while (answer := await admin.receive_json())["type"] != "result":
            continue
        error = {} if answer["success"] else answer["error"]
        assert error.get("code") not in ("unauthorized", "invalid_format"), kind


def assert_nothing_secret(text: str, entry: MockConfigEntry) -> None:
    for secret in (PASSWORD, *entry.data["webhook_ids"].values()):
        assert secret not in text


# Home Assistant's own, of a connection that it refused.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_no_command_is_heard_before_a_login(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    for message in commands(hass).values():
        socket = await client.ws_connect("/api/websocket")
        assert (await socket.receive_json())["type"] == "auth_required"
        await socket.send_json({"id": 1, **message})
        assert (await socket.receive_json())["type"] == "auth_invalid"
        assert (await socket.receive()).type is WSMsgType.CLOSE


async def test_every_action_wants_an_administrator_but_those_that_read(
    hass: HomeAssistant,
    device_id: str,
    module: SimulatedModule,
    as_guest: Context,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
) -> None:
    found = actions(hass)
    assert found.keys() >= READING_ACTIONS
    module.requests.clear()
    for name in found.keys() - READING_ACTIONS:
        data = sample(found[name])
        for context in (as_guest, Context(user_id=hass_read_only_user.id)):
            with pytest.raises(Unauthorized):
                await perform(hass, name, context, **data)
        try:
            await perform(hass, name, Context(user_id=hass_admin_user.id), **data)
        except HomeAssistantError as err:
            assert not isinstance(err, Unauthorized), name
    # Who x is may be asked; x is no device of ours.
    asked = {request.name for request in module.requests}
    assert asked <= {"GetUserInfo", "GetSysConfig"}


async def test_an_action_that_everybody_may_perform_writes_nothing(
    hass: HomeAssistant,
    device_id: str,
    module: SimulatedModule,
    as_guest: Context,
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    face = "image.face_module_f6ee_last_face"
    given: dict[str, dict[str, Any]] = {
        "compare_faces": {"entity_id_1": face, "entity_id_2": face},
        "count_users": {},
        "get_attendance": {},
        "identify_face": {"entity_id": face},
        "look": {"entity_id": face},
        "request_recognition": {"timeout": 1},
        "search_records": {"user_id": "anna"},
        "search_visits": {},
    }
    assert given.keys() == READING_ACTIONS
    writing = {
        call.name
        for calls in CALLS.values()
        for call in calls.values()
        if call.name.startswith(("Set", "Add", "Delete", "Restart", "Restore"))
    }
    assert len(writing) > 15
    module.requests.clear()
    for name, data in given.items():
        await perform(hass, name, as_guest, device_id=device_id, **data)
    asked = {request.name for request in module.requests}
    # This one writes nothing: the answer comes as a callback.
    assert asked & writing == {"SetCallbackRequest"}


async def test_no_action_is_performed_without_a_login(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    for name, schema in actions(hass).items():
        answer = await client.post(f"/api/services/{DOMAIN}/{name}", json=sample(schema))
        assert answer.status == 401


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_who_may_only_look_operates_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    hass_read_only_user: MockUser,
) -> None:
    module.requests.clear()
    operate: dict[str, tuple[str, dict[str, Any]]] = {
        "button": ("press", {}),
        "number": ("set_value", {"value": 100}),
        "select": ("select_option", {"option": "off"}),
        "switch": ("turn_off", {}),
    }
    tried = set()
    context = Context(user_id=hass_read_only_user.id)
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if entity.domain in operate:
            tried.add(entity.domain)
            action, data = operate[entity.domain]
            with pytest.raises(Unauthorized):
                await hass.services.async_call(
                    entity.domain,
                    action,
                    {"entity_id": entity.entity_id, **data},
                    blocking=True,
                    context=context,
                )
    assert tried == operate.keys()
    assert not module.requests


async def test_a_guest_neither_adds_nor_changes_a_module_nor_downloads_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    guest_token: str,
    entry: MockConfigEntry,
) -> None:
    guest = await hass_client(guest_token)
    flow = "/api/config/config_entries/flow"
    options = "/api/config/config_entries/options/flow"
    reconfigure = {"handler": DOMAIN, "entry_id": entry.entry_id}
    statuses = [
        (await guest.post(flow, json={"handler": DOMAIN})).status,
        (await guest.post(flow, json=reconfigure)).status,
        (await guest.post(options, json={"handler": entry.entry_id})).status,
        (await guest.get(f"/api/diagnostics/config_entry/{entry.entry_id}")).status,
    ]
    assert set(statuses) <= {401, 403}
    assert hass.config_entries.flow.async_progress() == []


async def test_a_stolen_link_shows_one_picture_for_a_day_and_does_nothing(
    hass: HomeAssistant,
    parts: dict[str, str],
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    visit = visits_of(entry)[0]
    # Given to an administrator, whose login it must not carry.
    admin = await hass_ws_client(hass)
    await admin.send_json_auto_id({"type": f"{DOMAIN}/visits/subscribe"})
    assert (await admin.receive_json())["success"]
    link = (await admin.receive_json())["event"]["visits"][0]["image_url"]
    thief = await hass_client_no_auth()
    assert (await thief.get(link)).status == 200
    path, _, signature = link.partition("?")
    # Whose it is: a user of Home Assistant's own that may only look.
    claims = json.loads(urlsafe_b64decode(signature.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 24 * 3600
    token = hass.auth.async_get_refresh_token(claims["iss"])
    assert token is not None
    assert token.id == hass.data[STORAGE_KEY]
    assert not token.user.is_admin
    for door in views(hass):
        other = door.filled(**parts)
        if other != path:
            answer = await thief.request(door.method, f"{other}?{signature}")
            assert answer.status == 401, door
    assert (await thief.post(link)).status in (401, 405)
    assert (await thief.get(f"{link}&x=1")).status == 401
    await entry.runtime_data.visits.forgetting.async_delete({visit.visit_id}, set())
    assert (await thief.get(link)).status == 404
