"""The calls of /UserManage."""

import base64
import io
from typing import Any

from PIL import Image
import pytest

from simulator import SimulatedModule, blank, portrait, scenery
from tests.simulator.conftest import Answer, Client

USERS = "UserManage"


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def person(**changes: Any) -> Answer:
    fields = {
        "user_id": "0003",
        "image_content": encoded(portrait("sheldon")),
        "image_type": "image",
        "quality_control": "NONE",
        "user_info": {"name": "sheldon"},
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not ...}


async def test_a_user_is_added_read_and_deleted(
    client: Client, module: SimulatedModule
) -> None:
    answer = await client.call(USERS, 2817, **person())
    position = answer.pop("position")
    assert answer == {
        "RequestValue": 2817,
        "device_id": module.serial,
        "log": "added user successfully",
        "ret_code": 0,
        "user_id": "0003",
    }
    left, top = map(int, position["point_1"].strip("()").split(","))
    right, bottom = map(int, position["point_2"].strip("()").split(","))
    assert 100 < left < 240 < right < 380
    assert 40 < top < 240 < bottom < 440
    assert await client.call(USERS, 2822, user_id="0003") == {
        "RequestValue": 2822,
        "log": "Got user information successfully",
        "register_img": encoded(portrait("sheldon")),
        "ret_code": 0,
        "user_id": "0003",
        "user_info": {"name": "sheldon"},
    }
    assert (await client.call(USERS, 2963))["number"] == 1
    assert (await client.call(USERS, 2819, user_id="0003"))["user_id"] == "0003"
    assert module.users == {}
    for value in (2819, 2822):
        answer = await client.call(USERS, value, user_id="0003")
        assert (answer["ret_code"], answer["log"]) == (1, "user_id does not exist")


async def test_an_id_is_taken_once(client: Client, module: SimulatedModule) -> None:
    await client.call(USERS, 2817, **person())
    other = person(user_info={"name": "other"})
    answer = await client.call(USERS, 2817, **other)
    assert (answer["ret_code"], answer["log"]) == (1, "user_id already exists")
    assert module.users["0003"].name == "sheldon"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user_id": ""}, "user_id must not be empty"),
        ({"user_id": 3}, "user_id must be a string"),
        ({"user_id": ...}, "user_id is missing"),
        ({"user_info": "sheldon"}, "user_info must be an object"),
        ({"user_info": {}}, "name is missing"),
        ({"image_type": "url"}, "image_type must be one of image"),
        ({"image_content": "???"}, "image_content is not base64"),
        ({"image_content": ...}, "image_content is missing"),
        ({"image_content": encoded(b"GIF89a")}, "image_content is not a JPEG picture"),
        (
            {"image_content": encoded(portrait("big", size=(1081, 1000)))},
            "image_content is larger than 1080*1080",
        ),
        ({"image_content": encoded(scenery())}, "no face detected"),
        ({"image_content": encoded(blank())}, "no face detected"),
        (
            {"image_content": encoded(portrait("Anna", faces=2))},
            "more than one face detected",
        ),
        (
            {
                "image_content": encoded(portrait("Anna", blur=4)),
                "quality_control": "LOW",
            },
            "image quality is too low for LOW",
        ),
        ({"quality_control": "BEST"}, "quality_control must be one of "),
        ({"quality_control": ...}, "quality_control is missing"),
    ],
)
async def test_a_wrong_user_is_refused_with_its_reason(
    client: Client, module: SimulatedModule, changes: Answer, reason: str
) -> None:
    answer = await client.call(USERS, 2817, **person(**changes))
    assert answer["ret_code"] == 1
    assert answer["log"].startswith(reason)
    assert module.users == {}


async def test_a_truncated_picture_is_refused(client: Client) -> None:
    half = portrait("Anna")[:4000]
    answer = await client.call(USERS, 2817, **person(image_content=encoded(half)))
    assert answer["log"] == "image_content is not a JPEG picture"


async def test_other_formats_are_refused(client: Client) -> None:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(portrait("Anna"))).save(buffer, "PNG")
    picture = encoded(buffer.getvalue())
    answer = await client.call(USERS, 2817, **person(image_content=picture))
    assert answer["log"] == "image_content is not a JPEG picture"


async def test_the_configured_quality_holds_for_enrollment_where_it_applies(
    client: Client, module: SimulatedModule
) -> None:
    module.config.quality_control = "HIGH"
    soft = person(image_content=encoded(portrait("Anna", blur=1.2)))
    for work_field, code in ((0, 1), (1, 1), (2, 0)):
        module.config.work_field = work_field
        assert (await client.call(USERS, 2817, **soft))["ret_code"] == code


async def test_lists_are_paged_by_a_thousand(
    client: Client, module: SimulatedModule
) -> None:
    module.add_many(2500)
    pages = [
        (await client.call(USERS, 2824, start=start, length=1000))["user_id_list"]
        for start in (0, 1000, 2000, 3000)
    ]
    assert [len(page) for page in pages] == [1000, 1000, 500, 0]
    assert [item for page in pages for item in page] == list(module.users)
    assert len((await client.call(USERS, 2824))["user_id_list"]) == 1000
    assert (await client.call(USERS, 2824, start=0, length=1001))["ret_code"] == 1
    assert (await client.call(USERS, 2824, start=-1, length=1))["ret_code"] == 1
    assert (await client.call(USERS, 2963))["number"] == 2500


async def test_people_made_by_the_thousand_have_pictures_when_asked(
    client: Client, module: SimulatedModule
) -> None:
    module.add_many(1)
    answer = await client.call(USERS, 2822, user_id="user00001")
    assert base64.b64decode(answer["register_img"]) == portrait("User 00001")


async def test_all_users_are_deleted_and_records_are_kept(
    client: Client, module: SimulatedModule
) -> None:
    module.add_user("anna", "Anna")
    await module.walk_by("anna")
    assert (await client.call(USERS, 2826))["ret_code"] == 0
    assert module.users == {}
    assert [record.user_id for record in module.records] == ["anna"]
