"""The calls of /RecognitionManage and /RecordManage."""

import base64
import time
from typing import Any

import pytest

from simulator import SimulatedModule, portrait, scenery
from simulator.faces import FEATURE_SIZE
from tests.simulator.conftest import Answer, Client

RECOGNITION = "RecognitionManage"
RECORDS = "RecordManage"


def image(picture: bytes) -> Answer:
    content = base64.b64encode(picture).decode()
    return {"image_content": content, "image_type": "image"}


async def test_a_feature_is_a_packed_vector(client: Client) -> None:
    fields = {**image(portrait("Anna")), "quality_control": "NONE"}
    answer = await client.call(RECOGNITION, 2817, **fields)
    assert answer["log"] == "Got feature successfully"
    assert len(base64.b64decode(answer["feature"])) == FEATURE_SIZE


@pytest.mark.parametrize("top", [{}, {"image_type": "image"}])
async def test_pictures_are_matched(client: Client, top: Answer) -> None:
    async def score(one: bytes, two: bytes) -> float:
        answer = await client.call(
            RECOGNITION,
            2818,
            image1=image(one),
            image2=image(two),
            quality_control="NONE",
            **top,
        )
        assert answer["log"] == "Face comparison succeeded"
        return float(answer["score"])

    anna = portrait("Anna")
    assert await score(anna, anna) == 1.0
    assert await score(anna, portrait("Anna", variation=1)) > 0.92
    assert await score(anna, portrait("Ben")) < 0.75


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"image1": "picture"}, "image1 must be an object"),
        ({"image2": image(scenery())}, "no face detected"),
        ({"image_type": "url"}, "image_type must be one of image"),
        ({"quality_control": None}, "quality_control must be a string"),
    ],
)
async def test_a_wrong_match_is_refused(
    client: Client, fields: Answer, reason: str
) -> None:
    good = {
        "image1": image(portrait("Anna")),
        "image2": image(portrait("Anna")),
        "quality_control": "NONE",
    }
    answer = await client.call(RECOGNITION, 2818, **{**good, **fields})
    assert (answer["ret_code"], answer["log"]) == (1, reason)


async def test_the_best_match_is_identified(
    client: Client, module: SimulatedModule
) -> None:
    fields = {**image(portrait("Ben", variation=3)), "quality_control": "NONE"}
    assert (await client.call(RECOGNITION, 2819, **fields))["user_list"] == []
    module.add_user("anna", "Anna")
    module.add_user("ben", "Ben")
    (user,) = (await client.call(RECOGNITION, 2819, **fields))["user_list"]
    assert user.pop("score") > 0.92
    assert user == {"user_id": "ben", "user_info": {"name": "Ben"}}


async def test_fifty_thousand_users_are_searched_in_a_moment(
    client: Client, module: SimulatedModule
) -> None:
    module.add_many(50_000)
    module.add_user("ben", "Ben")
    fields = {**image(portrait("Ben", variation=3)), "quality_control": "NONE"}
    started = time.monotonic()
    answer = await client.call(RECOGNITION, 2819, **fields)
    assert time.monotonic() - started < 5
    assert answer["user_list"][0]["user_id"] == "ben"


@pytest.mark.parametrize(
    ("value", "key", "good", "bad"),
    [
        (2821, "liveness_type", (0, 1, 2, 3), (-1, 4, "1", True, None)),
        (2961, "liveness_threshold", (0, 100), (-1, 101, 80.5)),
        (2985, "multiface_detection_enable", (1, 0), (2, True, "1")),
        (2950, "face_recognition_minsize", (100, 719), (99, 720, "200")),
        (2951, "show_bbox", (0, 1), (2, -1)),
        (2960, "recognition_threshold", (0, 100), (-1, 101)),
    ],
)
async def test_settings_are_checked_kept_and_echoed(
    client: Client, value: int, key: str, good: tuple[int, ...], bad: tuple[Any, ...]
) -> None:
    for number in good:
        answer = await client.call(RECOGNITION, value, **{key: number})
        assert answer["ret_code"] == 0
        assert answer.get(key, number) == number
        assert (await client.config())[key] == number
    before = await client.config()
    for wrong in bad:
        answer = await client.call(RECOGNITION, value, **{key: wrong})
        assert answer["ret_code"] == 1
        assert key in answer["log"]
    assert key in (await client.call(RECOGNITION, value))["log"]
    assert await client.config() == before


async def test_quality_control_is_set_as_a_pair(client: Client) -> None:
    answer = await client.call(RECOGNITION, 2822, work_field=2, quality_control="LOW")
    assert (answer["work_field"], answer["quality_control"]) == (2, "LOW")
    assert (await client.call(RECOGNITION, 2822, work_field=1))["ret_code"] == 1
    answer = await client.call(RECOGNITION, 2822, work_field=3, quality_control="LOW")
    assert answer["ret_code"] == 1
    config = await client.config()
    assert (config["work_field"], config["quality_control"]) == (2, "LOW")


async def test_records_are_searched_and_deleted_by_user(
    client: Client, module: SimulatedModule
) -> None:
    for user_id, name in (("anna", "Anna"), ("ben", "Ben")):
        module.add_user(user_id, name)
        await module.walk_by(user_id, score=0.93624997138977051)
    answer = await client.call(RECORDS, 2817, user_id="anna")
    timestamp = answer["records_list"][0].pop("timestamp")
    assert abs(timestamp - time.time()) < 5
    assert answer == {
        "RequestValue": 2817,
        "log": "Got matched recognition records successfully",
        "records_list": [{"name": "Anna", "score": 0.93624997138977051, "uuid": "anna"}],
        "records_num": 1,
        "ret_code": 0,
        "user_id": "anna",
    }
    assert (await client.call(RECORDS, 2818, user_id="anna"))["user_id"] == "anna"
    answer = await client.call(RECORDS, 2817, user_id="anna")
    assert (answer["ret_code"], answer["records_num"], answer["records_list"]) == (
        0,
        0,
        [],
    )
    assert [record.user_id for record in module.records] == ["ben"]
    assert (await client.call(RECORDS, 2819))["ret_code"] == 0
    assert module.records == []
    assert (await client.call(RECORDS, 2817))["log"] == "user_id is missing"
