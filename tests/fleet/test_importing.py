"""A folder or a zip reaches every module, and a second run changes nothing."""

from pathlib import Path
import zipfile

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from PIL import Image
import pytest

from custom_components.face_module.people.roster import DATA_ROSTER
from simulator.portraits import portrait, scenery
from tests.common import perform, refused
from tests.conftest import Another
from tests.fleet.kit import Fleet, RawName, counts, errors, photos


async def test_a_folder_reaches_every_module(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben", "陈伟")
    devices = [device for _, device in three]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 9}
    assert report["people_left_out"] == 0
    assert len(report["people"]) == 9
    assert {
        "name": "Anna",
        "user_id": "anna",
        "device_id": devices[0],
        "result": "added",
    } in report["people"]
    for simulated, _ in three:
        known = {user.user_id: user.name for user in simulated.users.values()}
        assert known == {"anna": "Anna", "ben": "Ben", "chen_wei": "陈伟"}
        assert simulated.max_concurrent == 1
    assert len(hass.data[DATA_ROSTER].get("ben").modules) == 3


async def test_a_second_run_changes_nothing(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    data = {"device_id": [device for _, device in three], "path": str(pictures)}
    await perform(hass, "import_users", **data)
    before = [dict(simulated.users) for simulated, _ in three]
    for simulated, _ in three:
        simulated.requests.clear()
    report = await perform(hass, "import_users", **data)
    assert counts(report) == {"unchanged": 6}
    assert [dict(simulated.users) for simulated, _ in three] == before
    for simulated, _ in three:
        writes = {request.name for request in simulated.requests}
        assert writes.isdisjoint({"AddUser", "DeleteUser"})


@pytest.mark.parametrize("no_register_img", [False, True])
async def test_a_second_run_changes_nothing_where_the_module_gives_no_pictures(
    hass: HomeAssistant, three: Fleet, pictures: Path, *, no_register_img: bool
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = no_register_img
    photos(pictures, "Anna")
    data = {"device_id": device, "path": str(pictures), "if_exists": "replace"}
    assert counts(await perform(hass, "import_users", **data)) == {"added": 1}
    assert counts(await perform(hass, "import_users", **data)) == {"unchanged": 1}


async def test_one_broken_file_is_a_line_and_not_the_end(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben", "Eva")
    (pictures / "Broken.jpg").write_bytes(portrait("Zoe")[:3000])
    (pictures / "Hills.jpg").write_bytes(scenery())
    (pictures / "notes.zzz").write_text("not a picture")
    devices = [three[0][1], three[1][1]]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 6, "failed": 5}
    assert set(errors(report)) == {"Broken.jpg", "Hills", "notes.zzz"}
    assert errors(report)["notes.zzz"] == "notes.zzz is no picture."
    assert "no face" in errors(report)["Hills"]


async def test_a_zip_is_read_without_being_unpacked(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Anna.jpg", portrait("Anna"))
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(path))
    assert counts(report) == {"added": 1}
    assert [item.name for item in pictures.iterdir()] == ["people.zip"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("../out.jpg", "archive_unsafe"),
        ("/etc/out.jpg", "archive_unsafe"),
        ("notes.txt", "archive_empty"),
    ],
)
async def test_a_zip_that_is_not_what_it_should_be_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path, name: str, error: str
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"Anna" if name == "notes.txt" else portrait("Anna"))
    data = {"device_id": three[0][1], "path": str(path)}
    assert await refused(hass, "import_users", **data) == error
    assert three[0][0].users == {}


async def test_a_zip_bomb_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Anna.bmp", bytes(50 * 1024 * 1024))
    data = {"device_id": three[0][1], "path": str(path)}
    assert await refused(hass, "import_users", **data) == "archive_bomb"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("{}", "archive_empty"),
        ("{}/gone", "archive_missing"),
        ("{}/../elsewhere", "path_not_allowed"),
        ("{}/link", "path_not_allowed"),
        ("/etc", "path_not_allowed"),
    ],
)
async def test_what_cannot_be_imported_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path, path: str, error: str
) -> None:
    elsewhere = pictures.parent / "elsewhere"
    elsewhere.mkdir()
    (pictures / "link").symlink_to(elsewhere)
    if error == "archive_empty":
        (pictures / "link").unlink()
    data = {"device_id": three[0][1], "path": path.format(pictures)}
    assert await refused(hass, "import_users", **data) == error


async def test_a_link_out_of_the_folder_is_not_followed(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    secret = pictures.parent / "secret.jpg"
    secret.write_bytes(portrait("Secret"))
    photos(pictures, "Anna")
    (pictures / "Secret.jpg").symlink_to(secret)
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "Links are not followed" in errors(report)["Secret.jpg"]


async def test_a_picture_that_was_changed_in_an_export_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    path = pictures / "people.zip"
    await perform(hass, "export_users", device_id=device, path=str(path))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(pictures / "unpacked")
    (pictures / "unpacked" / "pictures" / "00001.jpg").write_bytes(portrait("Eva"))
    unpacked = str(pictures / "unpacked")
    report = await perform(hass, "import_users", device_id=three[1][1], path=unpacked)
    assert counts(report) == {"failed": 1}
    (error,) = errors(report).values()
    assert "is not the file that was exported" in error


async def test_pictures_of_any_kind_are_imported(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    with Image.open(pictures / "Anna.jpg") as image:
        for name, kind in (("Ben", "PNG"), ("Eva", "WEBP")):
            image.rotate(90 if name == "Ben" else 180).save(
                pictures / f"{name}.{kind.lower()}", kind
            )
    report = await perform(
        hass,
        "import_users",
        device_id=three[0][1],
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert counts(report) == {"added": 3}


async def test_one_of_two_hundred_files_is_broken(
    hass: HomeAssistant, another: Another, pictures: Path
) -> None:
    simulated, _, device = another
    for number in range(199):
        jpeg = portrait(f"Person {number}", size=(120, 120))
        (pictures / f"Person {number:03}.jpg").write_bytes(jpeg)
    (pictures / "Person 199.jpg").write_bytes(portrait("Zoe")[:2000])
    report = await perform(
        hass,
        "import_users",
        device_id=device,
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert report["added"] == len(simulated.users) == 199
    (failed,) = report["failed"]
    assert failed["name"] == "Person 199.jpg"
    assert failed["error"] == "The picture is damaged."


async def test_what_german_excel_wrote_is_read_where_german_is_spoken(
    hass: HomeAssistant, another: Another, pictures: Path
) -> None:
    simulated, _, device = another
    hass.config.language, hass.config.country = "de", "DE"
    photos(pictures, "0001", "0002", "0003")
    lines = ("sep=;", "Name;Personalnummer;Datei", "Jürgen Müller;j1;1", "Zoë Groß;z2;0002")
    (pictures / "Liste.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    known = {user.user_id: user.name for user in simulated.users.values()}
    assert known == {"j1": "Jürgen Müller", "z2": "Zoë Groß"}
    assert [*errors(report)] == ["0003.jpg"]
    assert [line["name"] for line in report["notes"]] == ["Liste.csv", "Liste.csv"]
    assert "Windows-1252" in report["notes"][0]["note"]
    assert report["people"][:2] == report["notes"]
    assert report["people_left_out"] == 0


async def test_names_of_an_older_windows_are_no_chinese(
    hass: HomeAssistant, another: Another, pictures: Path
) -> None:
    simulated, _, device = another
    hass.config.language, hass.config.country = "fr", None
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("Loïë Noël", "Hélène"):
            archive.writestr(RawName(f"{name}.jpg".encode("cp850")), portrait(name))
    report = await perform(hass, "import_users", device_id=device, path=str(path))
    assert counts(report) == {"added": 2}
    names = {user.name for user in simulated.users.values()}
    assert names == {"Loïë Noël", "Hélène"}
    assert "CP850" in report["notes"][0]["note"]


async def test_nobody_is_called_as_a_camera_calls_pictures(
    hass: HomeAssistant, another: Another, pictures: Path
) -> None:
    simulated, _, device = another
    photos(pictures, "IMG_1234", "微信图片_20240101")
    for number, person in enumerate(("Anna", "Ben")):
        (pictures / person).mkdir()
        photos(pictures / person, f"{number}", f"DSC0000{number}")
    (pictures / "Eva").write_bytes(portrait("Eva"))
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert {user.name for user in simulated.users.values()} == {"Anna", "Ben", "Eva"}
    assert [*errors(report)] == ["IMG_1234.jpg", "微信图片_20240101.jpg"]
    assert [line["name"] for line in report["notes"]] == ["Anna/0.jpg", "Ben/1.jpg"]
    shown = [*persistent_notification._async_get_or_create_notifications(hass).values()]
    assert any("Anna/0" in item["message"] for item in shown)
