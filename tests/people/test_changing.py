"""Names and pictures change, and what cannot be is refused before it is written."""

from pathlib import Path

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, prepared, refused, requests


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
