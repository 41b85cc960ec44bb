"""Paths and ids that lead elsewhere: nothing is read or written where it must not be."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote
import zipfile

from homeassistant.components.media_source import (
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, refused, visits_of
from tests.conftest import settle

from .doors import actions, commands, sample, views

# A picture that could be shown, so that only the way to it can be refused.
SECRET = portrait("Secret")
UPWARDS = (
    "../secret.jpg",
    "../../secret.jpg",
    "../../../../../../../../etc/passwd",
    "..\\..\\secret.jpg",
    "%2e%2e/secret.jpg",
    "..%2f..%2fsecret.jpg",
    "./../secret.jpg",
    "....//secret.jpg",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "~/secret.jpg",
    "secret.jpg\0.jpg",
    ".",
    "..",
    "\uff0e\uff0e/secret.jpg",
)


def files(folder: str) -> set[str]:
    """Return every file under a folder."""
    return {
        str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()
    }


@pytest.fixture
def secret(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A picture in the configuration folder, where nobody may look."""
    path = Path(hass.config.path("secret.jpg"))
    path.write_bytes(SECRET)
    folder = Path(hass.config.path(DOMAIN))
    folder.mkdir(exist_ok=True)
    (folder / "secret.jpg").write_bytes(SECRET)
    return path


async def test_no_view_shows_a_file_by_its_path(
    hass: HomeAssistant,
    secret: Path,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    right = {
        "entry_id": entry.entry_id,
        "visit_id": visits_of(entry)[0].visit_id,
        "user_id": "anna",
        "picture_id": "x",
        "stranger_id": "x",
    }
    client = await hass_client()
    tried = 0
    for door in views(hass):
        for name in right:
            if f"{{{name}}}" not in door.path:
                continue
            for up in UPWARDS:
                for part in (up, quote(up, safe="")):
                    tried += 1
                    path = door.filled(**{**right, name: part})
                    answer = await client.request(door.method, path.replace("\0", "%00"))
                    assert answer.status in (400, 404, 405), (door, part)
                    assert SECRET not in await answer.read()
    assert tried >= 5 * 2 * len(UPWARDS)


@pytest.mark.parametrize("up", UPWARDS)
async def test_no_media_id_leads_to_a_file(
    hass: HomeAssistant, secret: Path, entry: MockConfigEntry, up: str
) -> None:
    parts = (up, f"{entry.entry_id}/{up}", f"{up}/{entry.entry_id}")
    more = (f"{entry.entry_id}/days/{up}", f"{entry.entry_id}/people/user-{up}")
    for identifier in (*parts, *more):
        media = f"media-source://{DOMAIN}/{identifier}"
        with pytest.raises(HomeAssistantError):
            await async_resolve_media(hass, media, None)
        with pytest.raises(HomeAssistantError):
            await async_browse_media(hass, media)


def paths_of(fields: Any) -> Iterator[str]:
    """Return the fields of an action that name a file."""
    yield from (str(key) for key in fields.schema if str(key).startswith("path"))


@pytest.mark.parametrize("up", UPWARDS)
async def test_no_action_reads_or_writes_where_home_assistant_must_not(
    hass: HomeAssistant,
    secret: Path,
    device_id: str,
    module: SimulatedModule,
    pictures: Path,
    up: str,
) -> None:
    if up in (".", ".."):
        # Folders, of which one is the configuration itself.
        up = f"{pictures}/{up}/../secret.jpg"
    (pictures / "inside").mkdir()
    before = files(hass.config.config_dir)
    module.requests.clear()
    tried = set()
    for name, schema in actions(hass).items():
        for field in paths_of(schema):
            for path in (up, f"{pictures}/../{up.lstrip('/')}"):
                given = {**sample(schema), "device_id": device_id, field: path}
                if field.endswith("_2"):
                    (pictures / "ok.jpg").write_bytes(SECRET)
                    given["path_1"] = str(pictures / "ok.jpg")
                    before |= {str((pictures / "ok.jpg").relative_to(secret.parent))}
                elif field.endswith("_1"):
                    given["path_2"] = path
                assert await refused(hass, name, **given) == "path_not_allowed", (
                    name,
                    path,
                )
                tried.add(name)
    assert tried == {
        *("enroll_user", "update_user", "identify_face", "compare_faces", "look"),
        *("extract_feature", "import_users", "export_users", "export_attendance"),
    }
    assert files(hass.config.config_dir) == before
    assert not [request for request in module.requests if request.name != "GetUserInfo"]


async def test_no_link_leads_out_of_a_folder_that_may_be_used(
    hass: HomeAssistant, secret: Path, device_id: str, pictures: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (pictures / "link.jpg").symlink_to(secret)
    (pictures / "folder").symlink_to(elsewhere)
    (pictures / "out.zip").symlink_to(elsewhere / "out.zip")
    data: dict[str, Any] = {"device_id": device_id}
    for action, path in (
        ("identify_face", "link.jpg"),
        ("look", "link.jpg"),
        ("import_users", "folder"),
        ("export_users", "folder/out.zip"),
        ("export_users", "out.zip"),
    ):
        where = str(pictures / path)
        assert await refused(hass, action, path=where, **data) == "path_not_allowed"
    assert list(elsewhere.iterdir()) == []
    (pictures / "Secret.jpg").symlink_to(secret)
    report = await perform(hass, "import_users", path=str(pictures), **data)
    assert report["added"] == 0, "links in the folder are not followed"


async def test_no_export_lies_where_everybody_can_fetch_it(
    hass: HomeAssistant, device_id: str, module: SimulatedModule
) -> None:
    www = Path(hass.config.path("www"))
    (www / "deep").mkdir(parents=True)
    hass.config.allowlist_external_dirs.add(str(www))
    for path in ("www/a.zip", "www/deep/a.zip", "www/../www/a.zip", str(www / "a.zip")):
        answer = await refused(hass, "export_users", path=path, device_id=device_id)
        assert answer == "path_public"
    assert files(str(www)) == set()


async def test_no_id_of_a_picture_or_a_module_leads_to_a_file(
    hass: HomeAssistant,
    secret: Path,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    admin = await hass_ws_client(hass)
    before = files(hass.config.config_dir)
    tried = 0
    for message in commands(hass).values():
        for field in message.keys() & {"picture_id", "entry_id", "entry_ids", "job_id"}:
            for up in UPWARDS:
                value = [up] if field == "entry_ids" else up
                await admin.send_json_auto_id({**message, field: value})
                answer = await admin.receive_json()
                shown = str(answer.get("result") or "")
                assert not answer["success"] or "'ok': True" not in shown
                assert "good" not in shown
                tried += 1
    assert tried >= 8 * len(UPWARDS)
    assert files(hass.config.config_dir) == before
    assert sorted(module.users) == ["anna", "chenwei"]


async def test_user_ids_make_no_paths(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    module: SimulatedModule,
    pictures: Path,
) -> None:
    before = files(hass.config.config_dir)
    (photo := pictures / "photo.jpg").write_bytes(SECRET)
    ids = [up for up in UPWARDS if up.isprintable()]
    for user_id in ids:
        await perform(
            hass,
            "enroll_user",
            device_id=device_id,
            name="Odd",
            user_id=user_id,
            path=str(photo),
            allow_duplicate_face=True,
        )
        await module.send_recognition(user_id)
        await settle(hass)
    assert module.users.keys() >= set(ids)
    assert len(visits_of(entry)) == len(ids)
    ours = re.compile(
        rf"{DOMAIN}/(roster/[0-9a-f]{{32}}\.jpg"
        rf"|visits\.db(-wal|-shm)?|{entry.entry_id}/[0-9A-Z]{{26}}\.jpg)"
    )
    written = files(hass.config.config_dir) - before - {"pictures/photo.jpg"}
    assert len(written - {f"{DOMAIN}/visits.db{end}" for end in ("", "-wal", "-shm")}) == (
        2 * len(ids)
    )
    assert {name for name in written if not ours.fullmatch(name)} == set()
    target = pictures / "all.zip"
    await perform(hass, "export_users", device_id=device_id, path=str(target))
    with zipfile.ZipFile(target) as archive:
        for name in archive.namelist():
            assert name == "manifest.json" or Path(name).parent == Path("pictures")
            assert Path(name).stem.isalnum()
    for user_id in ids:
        await perform(hass, "delete_user", device_id=device_id, user_id=user_id)
        assert hass.data[DATA_ROSTER].get(user_id) is None
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    left = files(hass.config.config_dir) - before
    assert left == {"pictures/photo.jpg", "pictures/all.zip"}
    assert target.stat().st_mode & 0o077 == 0, "these are faces"


@pytest.mark.parametrize(
    "name", ["../evil.jpg", "/evil.jpg", "C:\\evil.jpg", "a/../../evil.jpg", "..\\evil.jpg"]
)
async def test_a_zip_writes_nowhere(
    hass: HomeAssistant, device_id: str, module: SimulatedModule, pictures: Path, name: str
) -> None:
    target = pictures / "people.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("Good.jpg", portrait("Good"))
        archive.writestr(zipfile.ZipInfo(name), portrait("Evil"))
    before = files(hass.config.config_dir)
    data = {"device_id": device_id, "path": str(target)}
    assert await refused(hass, "import_users", **data) == "archive_unsafe"
    assert files(hass.config.config_dir) == before
    assert sorted(module.users) == ["anna", "chenwei"]
