"""Pictures in the media browser, and over HTTP for those who are logged in."""

import asyncio
from pathlib import Path
import re
from typing import Any

from homeassistant.components.media_player.browse_media import SearchMediaQuery
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    Unresolvable,
    async_browse_media,
    async_resolve_media,
    async_search_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

from .common import come, id_of, visits_of
from .conftest import SetUp, settle

ROOT = f"media-source://{DOMAIN}"


async def browse(hass: HomeAssistant, *parts: str) -> BrowseMediaSource:
    """Return a folder."""
    found = await async_browse_media(hass, "/".join((ROOT, *parts)))
    assert isinstance(found, BrowseMediaSource)
    return found


def titles(folder: BrowseMediaSource) -> list[str]:
    return [child.title for child in folder.children or ()]


@pytest.fixture
async def seen(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    """Anna, a name with everything in it, somebody unknown, and a replay."""
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await module.send_recognition("a/b ü..%2F", username="<b>x</b>")
    await module.send_recognition("", username="")
    # Which stranger it is is found out first.
    await settle(hass)
    await module.send_recognition("anna", timestamp=1)
    await module.send_recognition("blind", image="")
    await settle(hass)


async def test_visits_are_found_by_module_by_day_and_by_person(
    hass: HomeAssistant, entry: MockConfigEntry, seen: None
) -> None:
    root = await browse(hass)
    assert titles(root) == ["Face module F6EE"]
    module = await browse(hass, entry.entry_id)
    assert titles(module) == ["By day", "By person"]
    days = await browse(hass, entry.entry_id, "days")
    today = dt_util.now().date().isoformat()
    assert titles(days) == ["Today (4)"]
    people = await browse(hass, entry.entry_id, "people")
    assert titles(people) == ["Anna (2)", "Unknown person (1)", "<b>x</b> (1)"]

    pictures = titles(await browse(hass, entry.entry_id, "days", today))
    # Time first: long names are cut off.
    assert all(re.match(r"Today \d\d:\d\d · ", title) for title in pictures)
    assert [title.split(" · ")[1] for title in pictures] == [
        "Anna",
        "Unknown person",
        "<b>x</b>",
        "Anna",
    ]
    assert pictures[0].endswith(" · Too old or in the future")
    for child in people.children or ():
        found = await async_browse_media(hass, child.media_content_id)
        assert f"{found.title} ({len(found.children or ())})" == child.title


async def test_every_picture_that_is_found_can_be_seen(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    seen: None,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    today = dt_util.now().date().isoformat()
    found = await browse(hass, entry.entry_id, "days", today)
    socket, client = await hass_ws_client(), await hass_client_no_auth()
    for child in found.children or ():
        await socket.send_json_auto_id(
            {
                "type": "media_source/resolve_media",
                "media_content_id": child.media_content_id,
            }
        )
        result = (await socket.receive_json())["result"]
        assert result["mime_type"] == "image/jpeg"
        answer = await client.get(result["url"])
        assert answer.status == 200
        assert (await answer.read()).startswith(b"\xff\xd8\xff")
        assert (await client.get(child.thumbnail)).status == 401


async def test_the_file_is_there_as_soon_as_the_event_is(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    found: list[Any] = []

    async def resolve(event: Any) -> None:
        if media_id := event.data["new_state"].attributes.get("image"):
            found.append(await async_resolve_media(hass, media_id, None))

    async_track_state_change_event(hass, [id_of("event.recognition")], resolve)
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert await asyncio.to_thread(found[0].path.exists)


async def test_the_file_behind_a_picture_is_named(
    hass: HomeAssistant, entry: MockConfigEntry, seen: None, folder: Path
) -> None:
    visit = next(v for v in visits_of(entry) if v.content_type)
    resolved = await async_resolve_media(hass, str(visit.media_id), None)
    assert resolved.path == folder / f"{visit.visit_id}.jpg"
    assert await asyncio.to_thread(resolved.path.exists)


WRONG = (
    *("nobody", "{entry}/", "{entry}/..", "{entry}/../x", "{entry}/days/..", "{entry}/x"),
    *("{entry}/days/2020-01-01", "{entry}/people/user-nobody"),
    *("{entry}/days/2026-01-01/x", "{entry}/people/anna", "{entry}/people/user-x/y"),
    *("{entry}//", "../../etc/passwd", "{entry}/%2e%2e/secrets.yaml", "{entry}/\x00"),
)


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_does_not_exist_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, seen: None, wrong: str
) -> None:
    identifier = wrong.format(entry=entry.entry_id)
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, f"{ROOT}/{identifier}", None)
    if identifier.rstrip("/") != entry.entry_id:
        with pytest.raises(BrowseError):
            await async_browse_media(hass, f"{ROOT}/{identifier}")


async def test_a_module_that_is_not_loaded_is_not_shown(
    hass: HomeAssistant, entry: MockConfigEntry, seen: None
) -> None:
    visit = visits_of(entry)[0]
    await hass.config_entries.async_unload(entry.entry_id)
    assert titles(await browse(hass)) == []
    with pytest.raises(BrowseError):
        await browse(hass, entry.entry_id)
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, f"{ROOT}/{entry.entry_id}/{visit.visit_id}", None)


async def test_folders_speak_the_language_of_home_assistant(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await hass.config.async_update(language="zh-Hans")
    entry = await set_up()
    await settle(hass)
    assert (await browse(hass)).title == "人脸识别模组"
    assert titles(await browse(hass, entry.entry_id)) == ["按日期", "按人员"]


# Over HTTP


async def test_a_picture_wants_a_login(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    seen: None,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    visit = next(v for v in visits_of(entry) if v.content_type)
    path = f"/api/face_module/visits/{entry.entry_id}/{visit.visit_id}"
    stranger, user = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(path)).status == 401
    assert (await stranger.get(f"{path}?authSig=x.y.z")).status == 401
    answer = await user.get(path)
    assert answer.status == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")


async def test_a_signature_opens_one_picture_only(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    seen: None,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    state = hass.states.get("event.face_module_f6ee_recognition")
    first, second = [v for v in visits_of(entry) if v.content_type][:2]
    assert state.attributes["image_url"] is None, "the last one came without a picture"
    from custom_components.face_module.pictures.views import signed_picture_path

    path = signed_picture_path(hass, first)
    assert path is not None
    client = await hass_client_no_auth()
    assert (await client.get(path)).status == 200
    stolen = path.replace(first.visit_id, second.visit_id)
    assert (await client.get(stolen)).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "{entry}/none",
        "none/{visit}",
        "{entry}/..%2F..%2Fsecrets.yaml",
        "{entry}/{visit}.jpg",
        "{other}/{visit}",
    ],
)
async def test_anything_else_is_not_found(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    seen: None,
    hass_client: ClientSessionGenerator,
    path: str,
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    visit: Any = next(v for v in visits_of(entry) if v.content_type)
    client = await hass_client()
    wanted = path.format(entry=entry.entry_id, visit=visit.visit_id, other=other.entry_id)
    assert (await client.get(f"/api/face_module/visits/{wanted}")).status in (400, 404)


async def test_pictures_are_found_by_name_and_date(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei", "")
    day = dt_util.now().date().isoformat()

    async def found(words: str, where: str = "", **more: Any) -> list[str]:
        query = SearchMediaQuery(search_query=words, **more)
        media_id = f"media-source://{DOMAIN}{where}"
        result = (await async_search_media(hass, media_id, query)).result
        return [item.title.partition(" · ")[2] for item in result]

    assert await found("ANNA") == ["Anna"]
    assert await found("陈") == ["陈伟"]
    assert await found(f"anna {day}") == ["Anna"]
    assert await found(day[:7], f"/{entry.entry_id}") == ["Unknown person", "陈伟", "Anna"]
    assert await found("anna", "/another") == []
    assert await found("anna 1999") == []
    assert await found(" ") == []
    assert await found("anna", media_filter_classes=[MediaClass.MUSIC]) == []
    root = await async_browse_media(hass, f"media-source://{DOMAIN}")
    assert root.can_search
