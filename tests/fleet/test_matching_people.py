"""Who of an import is whom of a module, and who is somebody else."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.people import names
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator.portraits import portrait
from tests.common import eventually, perform, photo, requests
from tests.conftest import Another
from tests.fleet.kit import Fleet, counts, errors, photos


async def test_people_that_others_enrolled_are_known_by_their_name(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.add_user("ben", "Benedict", portrait("Benedict"))
    photos(pictures, "Anna", "Ben", variation=2)
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {
        "Anna": "The user ID anna is taken by Anna. Choose another, or replace it."
    }
    assert simulated.users["ben"].name == "Benedict"
    assert simulated.users["ben_2"].name == "Ben"
    report = await perform(
        hass,
        "import_users",
        device_id=device,
        path=str(pictures),
        if_exists="replace",
    )
    assert counts(report) == {"replaced": 1, "unchanged": 1}


async def test_the_same_face_twice_is_found(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "Eva.jpg").write_bytes(portrait("Anna", variation=1))
    data = {"device_id": three[0][1], "path": str(pictures)}
    report = await perform(hass, "import_users", **data)
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report)["Eva"].startswith("This looks like Anna (")
    report = await perform(hass, "import_users", allow_duplicate_face=True, **data)
    assert counts(report) == {"added": 1, "unchanged": 1}


async def test_the_same_name_twice_is_found(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "class 2").mkdir()
    (pictures / "class 2" / "Anna.jpg").write_bytes(portrait("Another"))
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "anna comes twice" in errors(report)["Anna"]


async def test_a_table_says_who_is_who(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "0001", "0002")
    (pictures / "people.csv").write_text(
        "user_id,name,person,minimum_score\n"
        "0001,Anna Müller,person.anna,95\n"
        "0002,Ben,light.kitchen,\n"
        "0003,Nobody,,\n",
        encoding="utf-8",
    )
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 2, "failed": 1}
    assert three[0][0].users["0001"].name == "Anna Müller"
    roster = hass.data[DATA_ROSTER]
    assert roster.get("0001").person == "person.anna"
    assert roster.get("0001").minimum_score == 95
    assert roster.get("0002").person is None


async def test_bad_names_in_a_table_are_lines(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "a", "b")
    (pictures / "people.csv").write_text(
        f"file,name,user_id\na.jpg,{'x' * 300},a\nb.jpg,Ben,{'y' * 99}\n"
    )
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert set(errors(report)) == {"a.jpg", "b.jpg"}
    assert three[0][0].users == {}


async def test_a_name_without_a_free_id_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "_NUMBERS", range(0))
    simulated, device = three[0]
    simulated.add_user("anna", "Another Anna", portrait("Another Anna"))
    photos(pictures, "Anna")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert "No user ID is free" in errors(report)["Anna"]


async def test_somebody_of_the_same_name_without_a_picture_to_compare_is_left_alone(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = True
    simulated.add_user("anna", "Anna")
    photos(pictures, "Anna", variation=1)
    data = {"device_id": device, "path": str(pictures)}
    assert counts(await perform(hass, "import_users", **data)) == {"unchanged": 1}
    report = await perform(hass, "import_users", if_exists="replace", **data)
    assert "there is no picture that the module takes" in errors(report)["Anna"]


async def test_import_asks_for_people_one_by_one_where_there_are_too_many(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.face_module.fleet.importing.IDS_READ", 10)
    simulated, device = three[0]
    simulated.add_many(100)
    simulated.add_user("anna", "Anna Old", portrait("Anna Old"))
    photos(pictures, "Anna", "Ben")
    simulated.requests.clear()
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 2}
    assert simulated.users["anna_2"].name == "Anna"
    assert "GetUserList" not in [request.name for request in simulated.requests]


async def test_an_import_does_not_take_a_stranger_for_somebody_of_the_roster(
    hass: HomeAssistant, device_id: str, another: Another, pictures: Path
) -> None:
    simulated, _, other = another
    (pictures / "Zoe.jpg").write_bytes(portrait("Zoe"))
    data = {"path": str(pictures), "if_exists": "replace"}
    await perform(hass, "import_users", device_id=device_id, **data)
    stranger = simulated.add_user("zoe", "Zoe Schmidt", portrait("Zoe Schmidt"))
    report = await perform(hass, "import_users", device_id=other, **data)
    assert report["added"] == 1
    assert simulated.users["zoe"] == stranger
    assert simulated.users["zoe_2"].name == "Zoe"


async def test_who_is_enrolled_while_an_import_runs_is_not_overwritten(
    hass: HomeAssistant, another: Another, pictures: Path
) -> None:
    simulated, entry, device = another
    for name in ("Anna", "Zora"):
        (pictures / f"{name}.jpg").write_bytes(portrait(name))
    photo_of_other = photo(pictures.parent, "Other")
    hass.config.allowlist_external_dirs.add(str(pictures.parent))
    simulated.faults.latency = 0.05
    job = asyncio.create_task(
        perform(hass, "import_users", device_id=device, path=str(pictures))
    )
    await eventually(lambda: "Identify" in requests(simulated))
    await perform(
        hass,
        "enroll_user",
        device_id=device,
        user_id="zora",
        name="Other",
        path=photo_of_other,
    )
    report = await job
    assert simulated.users["zora"].name == "Other"
    assert report["added"] + len(report["failed"]) == 2
    assert entry.runtime_data.people.half_done == 0
