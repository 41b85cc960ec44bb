"""Who is enrolled, under which ID, and who is refused for the picture."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.face_module.people import names
from simulator import SimulatedModule
from simulator.portraits import blank, portrait, scenery
from tests.common import perform, photo, poll, prepared, refused, requests, state_of
from tests.conftest import settle


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


async def test_blank_pictures_have_no_face(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    (pictures / "blank.jpg").write_bytes(blank())
    error = await refused(
        hass, "identify_face", device_id=device_id, path=str(pictures / "blank.jpg")
    )
    assert error == "no_face"


async def test_a_module_that_refuses_to_identify_strangers_can_be_enrolled_on(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.faults.refuse.add("Identify")
    path = photo(pictures, "Ben")
    answer = await perform(hass, "identify_face", device_id=device_id, path=path)
    assert not answer["recognized"]
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    assert "ben" in module.users
