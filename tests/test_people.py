"""Enrolling, changing and deleting people, and losing none of them."""

import asyncio
import json
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.face_module import names
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.ids import async_is_anywhere
from custom_components.face_module.roster import DATA_ROSTER, digest
from simulator import SimulatedModule
from simulator.portraits import blank, portrait, scenery

from .common import device_of, perform, poll, prepared, refused, requests, state_of
from .conftest import SERIAL, SetUp, settle

OTHER_SERIAL = "0123A38884CE690002"


@pytest.fixture
def picture(pictures: Path) -> str:
    """The path of a photo of Ben."""
    return photo(pictures, "Ben")


def photo(folder: Path, name: str, **looks: Any) -> str:
    path = folder / f"{name}-{len(list(folder.iterdir()))}.jpg"
    path.write_bytes(portrait(name, size=(1200, 900), **looks))
    return str(path)


def kept(hass: HomeAssistant) -> int:
    """Return how many pictures the roster keeps."""
    return len(list(Path(hass.config.path(DOMAIN, "roster")).iterdir()))


@pytest.fixture
async def another(set_up: SetUp) -> Any:
    """A second module, empty, and its entry."""
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as simulated:
        entry = await set_up(simulated)
        yield simulated, entry


# Enrolling


async def test_a_person_is_enrolled_from_a_file(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    answer = await perform(
        hass, "enroll_user", device_id=device_id, name="Ben", path=picture
    )
    (line,) = answer["results"]
    assert answer["user_id"] == "ben"
    assert answer["name"] == "Ben"
    assert line["ok"]
    assert line["result"] == "added"
    assert 0 <= line["position"]["left"] < line["position"]["right"] <= 1080
    assert module.users["ben"].name == "Ben"
    assert module.users["ben"].photo == prepared(picture)
    await poll(hass)
    assert state_of(hass, "sensor.enrolled_people").state == "3"


async def test_who_is_enrolled_is_recognized(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    await module.send_heartbeat()
    await module.walk_by("ben")
    await settle(hass)
    assert state_of(hass, "sensor.last_person").state == "Ben"


@pytest.mark.parametrize(
    ("name", "user_id", "kept"),
    [
        ("  Anna   Müller ", "anna_muller", "Anna Müller"),
        ("王小明", "wang_xiao_ming", "王小明"),
        ("Zoe\u0308", "zoe", "Zoë"),
        ("😀", "person", "😀"),
        ("Unknown", "unknown", "Unknown"),
        ("O'Brien\u0007, Kid", "o_brien_kid", "O'Brien, Kid"),
        ("x" * 100, "x" * 60, "x" * 100),
    ],
)
async def test_the_user_id_is_made_from_the_name(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    picture: str,
    name: str,
    user_id: str,
    kept: str,
) -> None:
    answer = await perform(
        hass, "enroll_user", device_id=device_id, name=name, path=picture
    )
    assert answer["user_id"] == user_id
    assert module.users[user_id].name == kept


async def test_people_of_the_same_name_are_numbered(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    ids = []
    for looks in ("Second", "Third"):
        answer = await perform(
            hass,
            "enroll_user",
            device_id=device_id,
            name="Anna",
            path=photo(pictures, looks),
        )
        ids.append(answer["user_id"])
    assert ids == ["anna_2", "anna_3"]
    assert module.users["anna"].photo == portrait("Anna"), "the first is left alone"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "x" * 300}, "name_too_long"),
        ({"name": " \n "}, "name_empty"),
        ({"name": "Ben", "user_id": " "}, "user_id_invalid"),
        ({"name": "Ben", "user_id": "x" * 65}, "user_id_invalid"),
        ({"name": "Ben", "user_id": "a\u0000b"}, "user_id_invalid"),
        ({"name": "Anna", "user_id": "anna"}, "user_exists"),
    ],
)
async def test_bad_names_and_ids_are_refused_before_anything_is_written(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    picture: str,
    fields: dict[str, str],
    error: str,
) -> None:
    before = dict(module.users)
    found = await refused(hass, "enroll_user", device_id=device_id, path=picture, **fields)
    assert found == error
    assert module.users == before
    assert "AddUser" not in [request.name for request in module.requests]


async def test_a_picture_without_a_face_is_refused_before_it_is_written(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    (pictures / "hills.jpg").write_bytes(scenery())
    error = await refused(
        hass,
        "enroll_user",
        device_id=device_id,
        name="Hill",
        path=str(pictures / "hills.jpg"),
        quality_control="high",
    )
    assert error == "no_face"
    assert "AddUser" not in [request.name for request in module.requests]


async def test_a_blurred_picture_is_refused_for_its_quality(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben", blur=12)
    error = await refused(
        hass,
        "enroll_user",
        device_id=device_id,
        name="Ben",
        path=path,
        quality_control="high",
    )
    assert error == "poor_picture"
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    assert "ben" in module.users


async def test_the_quality_that_the_module_demands_itself_counts(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.config.quality_control = "HIGH"
    await poll(hass)
    path = photo(pictures, "Ben", blur=12)
    data: dict[str, Any] = {"device_id": device_id, "name": "Ben", "path": path}
    assert await refused(hass, "enroll_user", **data) == "poor_picture"
    module.config.work_field = 2
    await poll(hass)
    await perform(hass, "enroll_user", **data)


async def test_who_looks_like_somebody_else_is_refused_with_the_name(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Anna", variation=3)
    with pytest.raises(ServiceValidationError) as caught:
        await perform(hass, "enroll_user", device_id=device_id, name="Eva", path=path)
    assert caught.value.translation_key == "looks_like"
    placeholders = caught.value.translation_placeholders or {}
    assert placeholders["name"] == "Anna"
    assert 90 <= int(placeholders["score"]) <= 100
    assert "eva" not in module.users
    await perform(
        hass,
        "enroll_user",
        device_id=device_id,
        name="Eva",
        path=path,
        allow_duplicate_face=True,
    )
    assert module.users["eva"].name == "Eva"


async def test_several_people_in_a_picture_are_refused_in_the_modules_words(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben", faces=2)
    with pytest.raises(HomeAssistantError) as caught:
        await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    assert "more than one face" in str(caught.value)


async def test_several_modules_learn_a_person_in_one_call(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Any,
    picture: str,
) -> None:
    simulated, entry = another
    simulated.add_user("ben", "Somebody else")
    devices = [device_id, device_of(hass, entry)]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert answer["user_id"] == "ben_2", "the id is free on all of them"
    assert [line["device_id"] for line in answer["results"]] == devices
    assert module.users["ben_2"].name == simulated.users["ben_2"].name == "Ben"


async def test_what_fails_on_one_module_is_a_line_of_the_answer(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Any,
    picture: str,
) -> None:
    simulated, entry = another
    simulated.add_user("eve", "Eve", portrait("Ben"))
    other = device_of(hass, entry)
    answer = await perform(
        hass, "enroll_user", device_id=[device_id, other], name="Ben", path=picture
    )
    fine, failed = answer["results"]
    assert fine["ok"]
    assert not failed["ok"]
    assert failed["error"].startswith("This looks like Eve (")
    assert "ben" in module.users
    assert "ben" not in simulated.users


async def test_a_module_that_is_offline_is_a_line_though_an_id_is_looked_for(
    hass: HomeAssistant, device_id: str, another: Any, picture: str
) -> None:
    simulated, entry = another
    await simulated.pull_cable()
    devices = [device_id, device_of(hass, entry)]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert answer["user_id"] == "ben"
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert answer["results"][1]["error"] == "Face module 0002 does not answer."


async def test_a_module_with_another_password_is_the_one_that_is_asked_for_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    another: Any,
    picture: str,
) -> None:
    simulated, other = another
    simulated.password = "xyz987"
    devices = [device_id, device_of(hass, other)]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert any(other.async_get_active_flows(hass, {"reauth"}))
    assert not any(entry.async_get_active_flows(hass, {"reauth"}))


async def test_somebody_of_the_same_name_may_be_replaced_without_naming_the_id(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Anna", variation=2)
    answer = await perform(
        hass,
        "enroll_user",
        device_id=device_id,
        name="Anna",
        path=path,
        if_exists="replace",
    )
    assert answer["user_id"] == "anna"
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["anna"].photo == prepared(path)


async def test_the_words_of_a_line_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, picture: str
) -> None:
    hass.config.language = "zh-Hans"
    entry = await set_up()
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as simulated:
        other = await set_up(simulated)
        await simulated.pull_cable()
        answer = await perform(
            hass,
            "enroll_user",
            device_id=[device_of(hass, entry), device_of(hass, other)],
            name="Ben",
            user_id="ben",
            path=picture,
        )
    assert answer["results"][1]["error"] == "Face module 0002 没有响应。"


async def test_the_same_device_twice_is_one_module(
    hass: HomeAssistant, device_id: str, picture: str
) -> None:
    answer = await perform(
        hass, "enroll_user", device_id=[device_id, device_id], name="Ben", path=picture
    )
    assert len(answer["results"]) == 1


async def test_an_answer_that_was_lost_is_no_failure_if_it_was_done(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    module.faults.next("drop_after", call="AddUser")
    answer = await perform(
        hass, "enroll_user", device_id=device_id, name="Ben", path=picture
    )
    assert answer["results"][0]["ok"]
    assert [name for name in requests(module) if name == "AddUser"] == ["AddUser"]


async def test_a_request_that_was_lost_is_a_failure(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    module.faults.next("drop", call="AddUser")
    error = await refused(
        hass, "enroll_user", device_id=device_id, name="Ben", path=picture
    )
    assert error == "cannot_connect"
    assert "ben" not in module.users


async def test_a_module_that_says_yes_and_enrolls_nobody_is_not_believed(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    picture: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgetful(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            """Keep nothing."""

    monkeypatch.setattr(module, "users", Forgetful(module.users))
    error = await refused(
        hass, "enroll_user", device_id=device_id, name="Ben", path=picture
    )
    assert error == "not_enrolled"


async def test_without_a_picture_nobody_is_enrolled(
    hass: HomeAssistant, device_id: str
) -> None:
    assert (
        await refused(hass, "enroll_user", device_id=device_id, name="Ben") == "no_picture"
    )


async def test_a_name_without_a_free_id_needs_one_typed(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    picture: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_NUMBERS", range(2, 3))
    module.add_user("ben", "Ben", scenery())
    module.add_user("ben_2", "Ben", scenery())
    data = {"device_id": device_id, "name": "Ben", "path": picture}
    assert await refused(hass, "enroll_user", **data) == "no_free_id"
    await perform(hass, "enroll_user", user_id="b", **data)
    assert "b" in module.users


async def test_a_refusal_for_the_password_is_not_taken_for_a_bad_picture(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    module.password = "xyz987"
    error = await refused(hass, "identify_face", device_id=device_id, path=picture)
    assert error == "invalid_auth"


# Changing


async def test_a_name_changes_and_the_picture_stays(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    answer = await perform(
        hass, "update_user", device_id=device_id, user_id="anna", name="Anna Maria"
    )
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["anna"].name == "Anna Maria"
    assert module.users["anna"].photo == portrait("Anna")


async def test_a_picture_changes_and_the_name_stays(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Anna", variation=5)
    await perform(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    assert module.users["anna"].name == "Anna"
    assert module.users["anna"].photo == prepared(path)


async def test_a_new_picture_has_to_be_as_good_as_is_asked_for(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    before = module.users["anna"].photo
    path = photo(pictures, "Anna", variation=5, blur=12)
    data = {"device_id": device_id, "user_id": "anna", "quality_control": "high"}
    assert await refused(hass, "update_user", **data, path=path) == "poor_picture"
    assert module.users["anna"].photo == before
    answer = await perform(hass, "update_user", **data, name="Anna Maria")
    assert answer["results"][0]["result"] == "replaced", "the old picture is as it is"


async def test_what_is_the_same_is_not_written(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    answer = await perform(
        hass, "update_user", device_id=device_id, user_id="anna", name="Anna"
    )
    assert answer["results"][0]["result"] == "unchanged"
    assert "DeleteUser" not in requests(module)


async def test_a_picture_of_somebody_else_is_refused_and_nobody_is_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "陈伟", variation=2)
    error = await refused(
        hass, "update_user", device_id=device_id, user_id="anna", path=path
    )
    assert error == "looks_like"
    assert "DeleteUser" not in requests(module)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"user_id": "nobody", "name": "Nobody"}, "user_unknown"),
        ({"user_id": "anna"}, "nothing_to_change"),
        ({"user_id": "anna", "name": ""}, "name_empty"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    hass: HomeAssistant, device_id: str, fields: dict[str, str], error: str
) -> None:
    assert await refused(hass, "update_user", device_id=device_id, **fields) == error


async def test_an_enrollment_may_replace(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    answer = await perform(
        hass,
        "enroll_user",
        device_id=device_id,
        name="Ben",
        user_id="anna",
        path=picture,
        if_exists="replace",
    )
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["anna"].name == "Ben"
    assert module.users["anna"].photo == prepared(picture)


@pytest.mark.parametrize("fault", ["drop", "garbage", "http"])
async def test_whoever_cannot_be_added_again_is_put_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    fault: str,
) -> None:
    before = module.users["anna"]
    if fault == "http":
        path = photo(pictures, "Anna", faces=2)
    else:
        path = photo(pictures, "Anna", variation=4)
        module.faults.next(fault, call="AddUser")  # type: ignore[arg-type]
    with pytest.raises(HomeAssistantError):
        await perform(
            hass,
            "update_user",
            device_id=device_id,
            user_id="anna",
            path=path,
            allow_duplicate_face=True,
        )
    assert module.users["anna"] == before


async def test_a_connection_lost_between_remove_and_add_loses_nobody(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = module.users["anna"]
    path = photo(pictures, "Anna", variation=4)
    deleted = asyncio.Event()

    class Watched(dict[str, Any]):
        def __delitem__(self, key: str) -> None:
            super().__delitem__(key)
            deleted.set()

    module.users = Watched(module.users)
    change = asyncio.create_task(
        perform(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    )
    await deleted.wait()
    await module.pull_cable()
    with pytest.raises(HomeAssistantError):
        await change
    assert "anna" not in module.users
    (stored,) = Path(hass.config.path(".storage")).glob(f"{DOMAIN}.pending.*")
    assert list(json.loads(stored.read_text())) == ["anna"]
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_")]
    assert "anna" not in "\n".join(ours).lower(), "names never reach the log"


async def test_somebody_the_module_does_not_take_back_is_a_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", variation=4)
    error = await refused(
        hass, "update_user", device_id=device_id, user_id="anna", path=path
    )
    assert error == "refused"
    registry = ir.async_get(hass)
    issue_id = f"person_not_restored_{entry.entry_id}"
    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue.translation_placeholders["name"] == "Anna"
    module.faults.clear()
    await poll(hass)
    assert module.users["anna"] == before
    assert registry.async_get_issue(DOMAIN, issue_id) is None


async def test_who_is_put_back_but_is_not_there_is_tried_again(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", variation=4)
    await refused(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    module.faults.clear()

    class Forgetful(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            """Keep nothing."""

    people = module.users
    monkeypatch.setattr(module, "users", Forgetful(people))
    await poll(hass)
    assert "anna" not in module.users
    monkeypatch.setattr(module, "users", people)
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before


async def test_without_any_old_picture_nothing_is_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.quirks.no_register_img = True
    data = {"device_id": device_id, "user_id": "anna"}
    assert await refused(hass, "update_user", name="Eva", **data) == "no_old_picture"
    assert "DeleteUser" not in requests(module)


async def test_where_the_module_gives_no_picture_the_one_kept_here_is_used(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    module.quirks.no_register_img = True
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    enrolled = module.users["ben"].photo
    await perform(hass, "update_user", device_id=device_id, user_id="ben", name="Benjamin")
    assert module.users["ben"].name == "Benjamin"
    assert module.users["ben"].photo == enrolled


# Deleting


async def test_a_person_is_deleted_everywhere_and_forgotten(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    roster = hass.data[DATA_ROSTER]
    assert roster.get("ben") is not None
    assert kept(hass) == 1
    answer = await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert answer["results"] == [{"device_id": device_id, "ok": True}]
    assert "ben" not in module.users
    assert roster.get("ben") is None
    assert kept(hass) == 0


async def test_who_is_on_another_module_stays_in_the_roster(
    hass: HomeAssistant, device_id: str, another: Any, picture: str
) -> None:
    simulated, entry = another
    devices = [device_id, device_of(hass, entry)]
    await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None
    await simulated.pull_cable()
    await refused(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None, "it may have them"
    await simulated.plug_in()


async def test_a_module_that_is_not_set_up_may_have_somebody(
    hass: HomeAssistant, another: Any, device_id: str, picture: str
) -> None:
    _, entry = another
    devices = [device_id, device_of(hass, entry)]
    await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    await hass.config_entries.async_unload(entry.entry_id)
    await perform(hass, "delete_user", device_id=device_id, user_id="ben")
    assert hass.data[DATA_ROSTER].get("ben") is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert not await async_is_anywhere(hass, "ben")


async def test_deleting_whom_nobody_knows_says_so(
    hass: HomeAssistant, device_id: str
) -> None:
    error = await refused(hass, "delete_user", device_id=device_id, user_id="nobody")
    assert error == "user_unknown"


async def test_a_deletion_whose_answer_was_lost_is_no_failure(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.faults.next("drop_after", call="DeleteUser")
    await perform(hass, "delete_user", device_id=device_id, user_id="anna")
    assert "anna" not in module.users
    module.faults.next("drop", call="DeleteUser")
    error = await refused(hass, "delete_user", device_id=device_id, user_id="chenwei")
    assert error == "cannot_connect"


async def test_a_refused_deletion_of_somebody_who_is_there_is_a_refusal(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.faults.refuse.add("DeleteUser")
    error = await refused(hass, "delete_user", device_id=device_id, user_id="anna")
    assert error == "refused"


async def test_everybody_is_deleted_only_when_it_is_confirmed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    assert await refused(hass, "clear_users", device_id=device_id) == "not_confirmed"
    assert len(module.users) == 3
    answer = await perform(hass, "clear_users", device_id=device_id, confirm=True)
    assert answer == {"removed": 3}
    assert module.users == {}
    assert hass.data[DATA_ROSTER].get("ben").modules == {}


# Reading


async def test_a_person_is_looked_up(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    answer = await perform(hass, "get_user", device_id=device_id, user_id="chenwei")
    assert answer == {
        "user_id": "chenwei",
        "name": "陈伟",
        "person": None,
        "picture": f"/api/face_module/people/{entry.entry_id}/chenwei",
    }
    error = await refused(hass, "get_user", device_id=device_id, user_id="nobody")
    assert error == "user_unknown"


async def test_without_a_picture_there_is_no_address_of_one(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.quirks.no_register_img = True
    answer = await perform(hass, "get_user", device_id=device_id, user_id="anna")
    assert answer["picture"] is None


async def test_people_are_listed_in_pages(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.add_many(50_000)
    answer = await perform(
        hass, "list_users", device_id=device_id, offset=49_990, limit=1000
    )
    assert answer["total"] == 50_002
    assert answer["offset"] == 49_990
    assert [user["user_id"] for user in answer["users"]] == list(module.users)[49_990:]
    lists = [request for request in module.requests if request.name == "GetUserList"]
    assert len(lists) == 1, "nobody else was read"
    assert (await perform(hass, "count_users", device_id=device_id))["count"] == 50_002


async def test_names_are_asked_for_once_in_a_while(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    data: dict[str, Any] = {"device_id": device_id, "with_names": True}
    answer = await perform(hass, "list_users", **data)
    assert answer["users"] == [
        {"user_id": "anna", "name": "Anna"},
        {"user_id": "chenwei", "name": "陈伟"},
    ]
    asked = requests(module).count("GetUserInfo")
    assert asked == 2
    await perform(hass, "list_users", **data)
    assert requests(module).count("GetUserInfo") == asked
    await perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    answer = await perform(hass, "list_users", **data)
    assert {"user_id": "anna", "name": "Eva"} in answer["users"]


async def test_names_of_too_many_people_at_once_are_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    error = await refused(
        hass, "list_users", device_id=device_id, with_names=True, limit=1000
    )
    assert error == "too_many_names"


async def test_who_was_deleted_behind_our_back_has_no_name(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    known = entry.runtime_data.people.names
    assert await known.async_get("anna") == "Anna"
    assert await known.async_get("nobody") is None
    for number in range(2100):
        known.put(f"user{number}", "Somebody")
    asked = requests(module).count("GetUserInfo")
    assert await known.async_get("anna") == "Anna"
    assert requests(module).count("GetUserInfo") == asked + 1, "the cache has a bound"


# The roster


async def test_the_roster_learns_what_modules_were_given(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    known = hass.data[DATA_ROSTER].get("ben")
    jpeg = await hass.data[DATA_ROSTER].async_picture("ben") or b""
    assert known.name == "Ben"
    assert known.picture == digest(jpeg)
    assert known.modules == {entry.entry_id: f"{digest(jpeg)}:{digest(jpeg)}"}


# Whom and what an action is for


async def test_only_administrators_change_people(
    hass: HomeAssistant, hass_read_only_user: MockUser, device_id: str, picture: str
) -> None:
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await perform(
            hass,
            "enroll_user",
            context,
            device_id=device_id,
            name="Ben",
            path=picture,
        )
    answer = await perform(hass, "count_users", context, device_id=device_id)
    assert answer == {"count": 2}


async def test_a_device_that_does_not_exist_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError):
        await perform(hass, "count_users", device_id="nothing")


async def test_a_device_of_another_integration_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}
    )
    with pytest.raises(ServiceValidationError) as caught:
        await perform(hass, "count_users", device_id=device.id)
    assert caught.value.translation_key is not None


async def test_a_module_that_is_not_set_up_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await perform(hass, "count_users", device_id=device_id)


async def test_a_module_that_is_offline_is_an_error(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    await module.pull_cable()
    assert await refused(hass, "count_users", device_id=device_id) == "cannot_connect"


async def test_a_wrong_password_asks_for_the_right_one(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.password = "xyz987"
    error = await refused(hass, "get_user", device_id=device_id, user_id="anna")
    assert error == "invalid_auth"
    assert any(entry.async_get_active_flows(hass, {"reauth"}))


async def test_blank_pictures_have_no_face(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    (pictures / "blank.jpg").write_bytes(blank())
    error = await refused(
        hass, "identify_face", device_id=device_id, path=str(pictures / "blank.jpg")
    )
    assert error == "no_face"


def test_the_serials_differ() -> None:
    assert SERIAL != OTHER_SERIAL
