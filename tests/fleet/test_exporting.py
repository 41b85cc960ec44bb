"""An export makes another module alike, and goes where it may and nowhere else."""

import asyncio
from dataclasses import replace
from pathlib import Path
import zipfile

from homeassistant.core import HomeAssistant
import orjson
import pytest

from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import AccessMode, AccessRule
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, refused
from tests.conftest import Another
from tests.fleet.kit import Fleet, a_person, counts, errors, photos, running


async def test_an_export_makes_another_module_alike(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "陈伟", "😀"):
        one.add_user(f"id of {name}", name)
    hass.data[DATA_ROSTER].async_put(
        known := replace(
            a_person("id of Anna", "Anna", "person.anna", 90),
            access=AccessRule(mode=AccessMode.RULE, visits=3, doors=("a serial",)),
        )
    )
    path = str(pictures / "people.zip")
    report = await perform(hass, "export_users", device_id=first, path=path)
    assert counts(report) == {"added": 4}
    assert report["path"] == path
    await hass.data[DATA_ROSTER].async_clear()
    report = await perform(hass, "import_users", device_id=second, path=path)
    assert counts(report) == {"added": 4}
    assert {u.user_id: u.name for u in two.users.values()} == {
        u.user_id: u.name for u in one.users.values()
    }
    again = hass.data[DATA_ROSTER].get("id of Anna")
    assert (again.person, again.minimum_score, again.access) == (
        known.person,
        known.minimum_score,
        known.access,
    )
    for name in ("Anna", "Ben", "陈伟", "Nobody"):
        (pictures / "probe.jpg").write_bytes(portrait(name, variation=7))
        probe = str(pictures / "probe.jpg")
        answers = [
            await perform(hass, "identify_face", device_id=device, path=probe)
            for device in (first, second)
        ]
        assert answers[0] == answers[1]


async def test_an_export_lists_whose_picture_nobody_has(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = True
    photos(pictures, "Ben")
    await perform(hass, "import_users", device_id=device, path=str(pictures))
    simulated.add_user("anna", "Anna")
    path = pictures / "people.zip"
    report = await perform(hass, "export_users", device_id=device, path=str(path))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "no picture to copy" in errors(report)["Anna"]
    with zipfile.ZipFile(path) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
    assert manifest["without_picture"] == [{"user_id": "anna", "name": "Anna"}]
    assert [person["name"] for person in manifest["people"]] == ["Ben"]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("{pictures}/people.txt", "path_no_zip"),
        ("{pictures}/there.zip", "archive_exists"),
        ("{pictures}/gone/people.zip", "archive_folder_missing"),
        ("{pictures}/../people.zip", "path_not_allowed"),
        ("{config}/www/people.zip", "path_public"),
        ("www/people.zip", "path_public"),
    ],
)
async def test_an_export_goes_where_it_may_and_nowhere_else(
    hass: HomeAssistant, three: Fleet, pictures: Path, path: str, error: str
) -> None:
    (pictures / "there.zip").write_bytes(b"something")
    www = Path(hass.config.path("www"))
    www.mkdir()
    hass.config.allowlist_external_dirs.add(str(www))
    full = path.format(pictures=pictures, config=hass.config.config_dir)
    data = {"device_id": three[0][1], "path": full}
    assert await refused(hass, "export_users", **data) == error
    assert (pictures / "there.zip").read_bytes() == b"something"
    assert not list(www.iterdir())


async def test_an_export_that_fails_leaves_nothing(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.faults.next("drop", times=99, call="GetUserInfo")
    data = {"device_id": device, "path": str(pictures / "people.zip")}
    assert await refused(hass, "export_users", **data) == "cannot_connect"
    assert list(pictures.iterdir()) == []


async def test_an_export_can_be_cancelled(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_many(200)
    simulated.faults.latency = 0.01
    path = str(pictures / "people.zip")
    job = asyncio.create_task(perform(hass, "export_users", device_id=device, path=path))
    await running(hass)
    await perform(hass, "cancel_jobs", device_id=device)
    report = await job
    assert report["cancelled"]
    assert report["path"] is None
    assert list(pictures.iterdir()) == []


async def test_whoever_is_deleted_during_an_export_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.add_user("ben", "Ben")
    simulated.faults.latency = 0.05
    path = str(pictures / "people.zip")
    job = asyncio.create_task(perform(hass, "export_users", device_id=device, path=path))
    await running(hass)
    del simulated.users["ben"]
    report = await job
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {"ben": "The module does not know the user ID ben."}


async def test_everybody_comes_back_from_an_export_as_they_were(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    module.add_user("nameless", "", portrait("Nameless"))
    module.add_user(" odd ", "Li  Wei", portrait("Li Wei"))
    path = str(pictures / "people.zip")
    await perform(hass, "export_users", device_id=device_id, path=path)
    for device in (other, device_id):
        report = await perform(hass, "import_users", device_id=device, path=path)
        assert report["failed"] == []
    assert simulated.users == module.users
