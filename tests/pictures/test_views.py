"""Pictures of people over HTTP: from Home Assistant where it has them, for any id."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module.people.roster import DATA_ROSTER, digest
from custom_components.face_module.pictures.views import id_from_path, id_in_path
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import come, perform, photo, prepared, requests
from tests.conftest import Another
from tests.websocket.kit import ask

IDS = (
    *("..", ".", "...", "../..", "a/b", "/", "\\", "a//b", "%2e%2e", "%2F", "%"),
    *("{{ 1 }}", "{user_id}", "a?b=c#d&e", "a;b", "a b", "<script>x</script>", "'\"", "$x"),
    *("~", "~anna", "陈伟", "é", "Anna.jpg", "union_all_select", "union select ("),
    *("😀", "x" * 64, "😀" * 64),
)


async def tiles(socket: Any, entry_id: str) -> dict[str, Any]:
    """Return the lines of the card's first page, by user id."""
    page = await ask(socket, "people/list", entry_id=entry_id)
    return {line["user_id"]: line for line in page["people"]}


@pytest.mark.parametrize("user_id", IDS)
async def test_whoever_enrolls_can_be_seen(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    user_id: str,
) -> None:
    path = photo(pictures, "Ben")
    data = {"device_id": device_id, "user_id": user_id}
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    found = await perform(hass, "get_user", **data)
    client = await hass_client()
    assert await (await client.get(found["picture"])).read() == prepared(path)
    tile = (await tiles(await hass_ws_client(hass), entry.entry_id))[user_id]
    # As a browser, and whoever is in between, would make it.
    address = urlsplit(tile["picture"])
    assert unquote(address.path) == address.path
    assert not {".", ".."} & {*address.path.split("/")}
    shown = await (await hass_client_no_auth()).get(tile["picture"])
    assert await shown.read() == prepared(path)
    # Of whom Home Assistant has none, too.
    await hass.data[DATA_ROSTER].async_remove(user_id)
    shown = await client.get(found["picture"])
    assert await shown.read() == prepared(path)


@pytest.mark.parametrize("user_id", IDS)
async def test_visits_of_any_id_are_browsed(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, user_id: str
) -> None:
    module.add_user(user_id, "Ben")
    await module.send_heartbeat()
    await come(hass, module, user_id)
    root = f"media-source://face_module/{entry.entry_id}/people"
    (folder,) = (await async_browse_media(hass, root)).children or ()
    found = await async_browse_media(hass, folder.media_content_id)
    (picture,) = found.children or ()
    assert "Ben" in picture.title


def test_an_id_comes_back_from_a_path() -> None:
    for user_id in (*IDS, "", "👩\u200d👧", "x" * 5000, "\ud800"):
        part = id_in_path(user_id)
        assert id_from_path(part) == user_id
        assert "/" not in part
    assert id_in_path("anna_2") == "anna_2"


async def test_home_assistants_picture_is_shown_and_the_module_not_asked(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    module.quirks.shrinks_pictures = True
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    module.requests.clear()
    tile = (await tiles(await hass_ws_client(hass), entry.entry_id))["ben"]
    client = await hass_client()
    first = await client.get(tile["picture"])
    assert await first.read() == prepared(path)
    assert first.headers["ETag"] == f'"{digest(prepared(path))}"'
    assert "private" in first.headers["Cache-Control"]
    # Ben's name was read when he was enrolled; the others were asked for once.
    assert requests(module).count("GetUserInfo") == 2
    tag = {"If-None-Match": first.headers["ETag"]}
    again = await client.get(tile["picture"], headers=tag)
    assert (again.status, await again.read()) == (HTTPStatus.NOT_MODIFIED, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "private" in again.headers["Cache-Control"]
    other = await client.get(tile["picture"], headers={"If-None-Match": '"x", W/"y"'})
    assert other.status == HTTPStatus.OK
    # Another picture under the same address is seen at once.
    path = photo(pictures, "Ben", 3)
    await perform(hass, "update_user", device_id=device_id, user_id="ben", path=path)
    changed = await client.get(tile["picture"], headers=tag)
    assert await changed.read() == prepared(path)


async def test_a_module_is_asked_once_for_whom_home_assistant_has_none(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket, client = await hass_ws_client(hass), await hass_client()
    module.requests.clear()
    for _ in range(2):
        for name, tile in (await tiles(socket, entry.entry_id)).items():
            shown = await client.get(tile["picture"])
            jpeg = await shown.read()
            assert jpeg == module.users[name].picture
            assert shown.headers["ETag"] == f'"{digest(jpeg)}"'
            tag = {"If-None-Match": f"W/{shown.headers['ETag']}"}
            again = await client.get(tile["picture"], headers=tag)
            assert again.status == HTTPStatus.NOT_MODIFIED
    assert requests(module).count("GetUserInfo") == 2


async def test_pictures_that_home_assistant_has_are_shown_while_the_module_is_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    hass_client: ClientSessionGenerator,
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    client = await hass_client()
    address = f"/api/face_module/people/{entry.entry_id}"
    await module.pull_cable()
    for known in (True, False):
        if not known:
            # Nobody was asked lately.
            entry.runtime_data.people.names.forget()
        assert await (await client.get(f"{address}/ben")).read() == prepared(path)
    assert (await client.get(f"{address}/anna")).status == HTTPStatus.BAD_GATEWAY
    await hass.config_entries.async_unload(entry.entry_id)
    assert await (await client.get(f"{address}/ben")).read() == prepared(path)
    for nobody in ("anna", "nobody", "~%ff", "~!", "~_w"):
        shown = await client.get(f"{address}/{nobody}")
        assert shown.status == HTTPStatus.NOT_FOUND, nobody


async def test_another_person_of_the_same_id_has_their_own_face(
    hass: HomeAssistant,
    device_id: str,
    another: Another,
    pictures: Path,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Two modules were filled by somebody else, who numbers people."""
    two, entry, second = another
    path = photo(pictures, "Ben")
    data = {"device_id": device_id, "user_id": "0003"}
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    two.add_user("0003", "Zelda")
    tile = (await tiles(await hass_ws_client(hass), entry.entry_id))["0003"]
    client = await hass_client()
    assert await (await client.get(tile["picture"])).read() == portrait("Zelda")
    found = await perform(hass, "get_user", device_id=second, user_id="0003")
    entry.runtime_data.people.names.forget()
    assert await (await client.get(found["picture"])).read() == portrait("Zelda")


async def test_a_picture_that_is_lost_here_comes_from_the_module(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    hass_client: ClientSessionGenerator,
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    found = await perform(hass, "get_user", device_id=device_id, user_id="ben")
    for file in Path(hass.config.path("face_module", "roster")).iterdir():
        file.unlink()
    client = await hass_client()
    assert await (await client.get(found["picture"])).read() == prepared(path)
