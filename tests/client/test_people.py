"""UserManage, and the part of RecognitionManage that looks at pictures."""

import base64

import pytest

from custom_components.face_module.client import (
    Candidate,
    FaceBox,
    FaceModuleClient,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    QualityControl,
    Record,
    User,
)
from simulator import SimulatedModule, portrait, scenery
from simulator.faces import find_faces

from .conftest import ANNA, BORIS, Action, Device, answer


async def test_somebody_is_enrolled_with_picture_and_name(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    box = await client.add_user("0003", "陈 “Wei” 伟", BORIS, QualityControl.HIGH)
    assert module.users["0003"].name == "陈 “Wei” 伟"
    assert module.users["0003"].picture == BORIS
    assert module.requests[-1].body["quality_control"] == "HIGH"
    left, top, right, bottom = find_faces(BORIS)[0].box
    assert box == FaceBox(left=left, top=top, right=right, bottom=bottom)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (scenery(), "no face detected"),
        (portrait("Two", faces=2), "more than one face"),
        (b"no picture", "not a JPEG"),
        (b"", "image_content must not be empty"),
        (portrait("Large", size=(1200, 1200)), "larger than 1080"),
    ],
)
async def test_a_picture_that_cannot_be_enrolled_is_refused_with_the_reason(
    client: FaceModuleClient, module: SimulatedModule, picture: bytes, words: str
) -> None:
    with pytest.raises(FaceModuleRefusedError, match=words) as caught:
        await client.add_user("boris", "Boris", picture)
    assert caught.value.call == "AddUser"
    assert words in caught.value.log
    assert "boris" not in module.users


@pytest.mark.parametrize(
    "position",
    [
        None,
        "(48,28)",
        {},
        {"point_1": "(48,28)"},
        {"point_1": "(48,28)", "point_2": "(387)"},
        {"point_1": "(48,28,1)", "point_2": "(387,367)"},
        {"point_1": [], "point_2": 5},
    ],
)
async def test_enrolling_succeeds_without_a_face_box(
    device: Device, device_client: FaceModuleClient, position: object
) -> None:
    device.replies = [answer(position=position)]
    assert await device_client.add_user("boris", "Boris", BORIS) is None


@pytest.mark.parametrize(
    "position",
    [
        {"point_1": "(48,28)", "point_2": "(387,367)"},
        {"point_1": " 48 ,28", "point_2": "[387, 367]"},
        {"point_1": [48, 28], "point_2": [387, 367]},
    ],
)
async def test_a_face_box_is_read_however_its_points_are_written(
    device: Device, device_client: FaceModuleClient, position: object
) -> None:
    device.replies = [answer(position=position)]
    box = await device_client.add_user("boris", "Boris", BORIS)
    assert box == FaceBox(left=48, top=28, right=387, bottom=367)


async def test_a_face_box_may_begin_outside_the_picture(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(position={"point_1": "(-4,-2)", "point_2": "(9,8)"})]
    box = await device_client.add_user("boris", "Boris", BORIS)
    assert box == FaceBox(left=-4, top=-2, right=9, bottom=8)


async def test_a_face_box_of_absurd_numbers_is_none() -> None:
    points = {"point_1": f"({'9' * 5000},1)", "point_2": "(1,1)"}
    assert FaceBox.from_payload(points) is None


async def test_somebody_is_deleted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.delete_user("anna")
    assert list(module.users) == ["chenwei"]
    with pytest.raises(FaceModuleRefusedError, match="user_id does not exist"):
        await client.delete_user("anna")


async def test_somebody_is_read_with_picture_and_name(client: FaceModuleClient) -> None:
    user = await client.get_user("chenwei")
    assert user == User(user_id="chenwei", name="陈伟", picture=portrait("陈伟"))
    assert "picture" not in repr(user)


@pytest.mark.parametrize(
    ("said", "name", "picture"),
    [
        ({}, "", None),
        ({"user_info": None, "register_img": ""}, "", None),
        ({"user_info": {}, "register_img": "/9j/"}, "", b"\xff\xd8\xff"),
        ({"user_info": {"name": 5}}, "5", None),
        ({"user_info": {"name": "Anna \0"}}, "Anna", None),
    ],
)
async def test_what_is_not_said_about_somebody_is_empty(
    device: Device,
    device_client: FaceModuleClient,
    said: dict[str, object],
    name: str,
    picture: bytes | None,
) -> None:
    device.replies = [answer(user_id="somebody else", **said)]
    user = await device_client.get_user("anna")
    assert user == User(user_id="anna", name=name, picture=picture)


@pytest.mark.parametrize(
    "written",
    ["/9j/\n/9j/", "/9j/\r\n/9j/\r\n\0", "data:image/jpeg;base64,/9j//9j/", " /9j//9j/ "],
)
async def test_a_picture_of_somebody_is_read_however_its_base64_is_written(
    device: Device, device_client: FaceModuleClient, written: str
) -> None:
    device.replies = [answer(register_img=written)]
    user = await device_client.get_user("anna")
    assert user.picture == b"\xff\xd8\xff" * 2
    assert user.unread == ()


@pytest.mark.parametrize("written", ["/9j/#", "é", 5, ["/9j/"]])
async def test_a_picture_of_somebody_that_cannot_be_read_is_said_once(
    device: Device,
    device_client: FaceModuleClient,
    caplog: pytest.LogCaptureFixture,
    written: object,
) -> None:
    device.replies = [answer(user_info={"name": "Anna"}, register_img=written)]
    for _ in range(3):
        user = await device_client.get_user("anna")
        assert user == User(user_id="anna", name="Anna", unread=("register_img",))
    said = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert said == [
        "GetUserInfo answered register_img in a way that is not understood (said once)"
    ]


async def test_somebody_unknown_is_refused_with_the_words_of_the_module(
    client: FaceModuleClient,
) -> None:
    with pytest.raises(FaceModuleRefusedError, match="user_id does not exist") as caught:
        await client.get_user("nobody")
    assert (caught.value.call, caught.value.log) == (
        "GetUserInfo",
        "user_id does not exist",
    )
    assert caught.type is FaceModuleRefusedError


async def test_people_are_listed_page_by_page(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.users.clear()
    module.add_many(2100)
    everybody = tuple(module.users)
    assert await client.list_users() == everybody[:1000]
    assert await client.list_users(1000, 50_000) == everybody[1000:2000]
    assert await client.list_users(2000) == everybody[2000:]
    assert await client.list_users(7, 3) == everybody[7:10]
    assert await client.list_users(2100) == ()


@pytest.mark.parametrize("ids", [{"anna": 1}, "anna", 5, [None, True, 0.5, "", ["anna"]]])
async def test_what_is_no_user_id_is_left_out_of_the_list(
    device: Device, device_client: FaceModuleClient, ids: object
) -> None:
    device.replies = [answer(user_id_list=ids)]
    assert await device_client.list_users() == ()


async def test_a_user_id_may_be_a_number_or_padded(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(user_id_list=[3, "0003", 4.0, "anna\0"])]
    assert await device_client.list_users() == ("3", "0003", "4", "anna")


async def test_everybody_is_deleted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.delete_all_users()
    assert module.users == {}
    assert await client.list_users() == ()


async def test_people_are_counted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    assert await client.count_users() == 2
    module.add_many(50)
    assert await client.count_users() == 52


@pytest.mark.parametrize("said", [{}, {"number": -1}, {"number": None}, {"numer": "some"}])
async def test_a_count_that_is_none_is_an_error(
    device: Device, device_client: FaceModuleClient, said: dict[str, object]
) -> None:
    device.replies = [answer(**said)]
    with pytest.raises(FaceModuleProtocolError, match="GetUserNumber"):
        await device_client.count_users()


async def test_a_feature_is_the_one_of_the_face(client: FaceModuleClient) -> None:
    feature = await client.get_feature(ANNA, QualityControl.NORMAL)
    assert base64.b64decode(feature) == find_faces(ANNA)[0].feature


async def test_faces_are_compared(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    assert await client.match(ANNA, ANNA) == 1.0
    assert await client.match(ANNA, portrait("Anna", variation=1)) > 0.9
    assert await client.match(ANNA, BORIS) < 0.8
    body = module.requests[-1].body
    assert body["image1"].keys() == body["image2"].keys() == {"image_content", "image_type"}
    assert (body["image_type"], body["quality_control"]) == ("image", "NONE")


async def test_a_face_is_identified_as_whom_it_resembles(client: FaceModuleClient) -> None:
    assert await client.identify(portrait("陈伟")) == (
        Candidate(user_id="chenwei", name="陈伟", score=1.0),
    )
    (found,) = await client.identify(portrait("Anna", variation=2))
    assert (found.user_id, found.name) == ("anna", "Anna")
    assert 0.9 < found.score < 1.0


LOOKING: dict[str, Action] = {
    "GetFeature": lambda client: client.get_feature(scenery()),
    "Match": lambda client: client.match(ANNA, scenery()),
    "Identify": lambda client: client.identify(scenery()),
}


@pytest.mark.parametrize("name", LOOKING)
async def test_a_picture_without_a_face_is_refused(
    client: FaceModuleClient, name: str
) -> None:
    with pytest.raises(FaceModuleRefusedError, match="no face detected") as caught:
        await LOOKING[name](client)
    assert caught.value.call == name


BLURRED = portrait("Anna", blur=12)
BAD: dict[str, Action] = {
    "AddUser": lambda client: client.add_user("x", "X", BLURRED, QualityControl.HIGH),
    "GetFeature": lambda client: client.get_feature(BLURRED, QualityControl.HIGH),
    "Match": lambda client: client.match(ANNA, BLURRED, QualityControl.HIGH),
    "Identify": lambda client: client.identify(BLURRED, QualityControl.HIGH),
}


@pytest.mark.parametrize("name", BAD)
async def test_the_quality_that_is_asked_for_is_demanded_of_a_picture(
    client: FaceModuleClient, name: str
) -> None:
    with pytest.raises(FaceModuleRefusedError, match="too low for HIGH"):
        await BAD[name](client)


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ({}, "GetFeature"),
        ({"feature": ""}, "GetFeature"),
        ({"feature": 5}, "GetFeature"),
        ({}, "Match"),
        ({"score": "NaN"}, "Match"),
        ({"score": []}, "Match"),
    ],
)
async def test_an_answer_without_its_result_is_an_error(
    device: Device, device_client: FaceModuleClient, said: dict[str, object], act: str
) -> None:
    device.replies = [answer(**said)]
    with pytest.raises(FaceModuleProtocolError, match=act):
        await LOOKING[act](device_client)


async def test_candidates_come_best_first_and_without_those_that_are_none(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [
        answer(
            user_list=[
                {"user_id": "b", "score": 0.5, "user_info": {"name": "B"}},
                {"user_id": "a", "score": "0.75"},
                {"user_id": "c"},
                {"score": 1},
                {"user_id": 5, "score": 0.625},
                {"user_id": [], "score": 1},
                {"user_id": "d", "score": "high"},
                {"user_id": "d", "score": 1.2},
                "e",
                None,
            ]
        )
    ]
    assert await device_client.identify(ANNA) == (
        Candidate(user_id="a", name="", score=0.75),
        Candidate(user_id="5", name="", score=0.625),
        Candidate(user_id="b", name="B", score=0.5),
    )


async def test_records_are_those_of_the_person_asked_for(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await module.walk_by("anna", score=0.97)
    module.clock_offset = -1_000_000.0
    earlier = module.now()
    await module.walk_by("anna", score=0.93)
    await module.walk_by("chenwei", score=0.95)
    first, second = await client.search_records("anna")
    assert (first.name, first.score) == ("Anna", 0.97)
    assert second == Record(name="Anna", score=0.93, timestamp=module.records[1].timestamp)
    assert 0 <= second.timestamp - earlier < 60


async def test_records_of_one_person_are_deleted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await module.walk_by("anna", score=0.97)
    await module.walk_by("chenwei", score=0.95)
    await client.delete_records("anna")
    assert [record.user_id for record in module.records] == ["chenwei"]


async def test_all_records_are_deleted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await module.walk_by("anna", score=0.97)
    await module.walk_by("chenwei", score=0.95)
    await client.delete_all_records()
    assert module.records == []
    assert len(module.users) == 2


async def test_what_is_no_record_is_left_out(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [
        answer(
            records_list=[
                {"score": 0.9, "timestamp": 5},
                {"score": 0.9},
                {"timestamp": 5},
                {"score": 0.9, "timestamp": -5},
                {"score": -1, "timestamp": 5},
                {"name": "Anna", "score": "0.8", "timestamp": "8942239"},
                [],
            ]
        )
    ]
    assert await device_client.search_records("anna") == (
        Record(name="", score=0.9, timestamp=5),
        Record(name="Anna", score=0.8, timestamp=8_942_239),
    )
