"""An answer is understood however firmware writes it, and with whatever HTTP status."""

import base64
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.face_module.client import (
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleProtocolError,
)
from tests.conftest import SERIAL

from .bodies import line_ends, padding, scores, serials, texts, times, tries, values, words
from .conftest import Device, answered, http

GOOD = json.dumps({"ret_code": 0, "deviceSN": SERIAL, "liveness_type": 0}).encode()
WRONG = json.dumps({"RequestValue": 1, "log": "password error", "ret_code": 1}).encode()


@pytest.mark.parametrize("status", [201, 202, 400, 401, 403, 404, 500])
async def test_an_answer_of_the_module_is_one_with_any_status(
    device: Device, device_client: FaceModuleClient, status: int
) -> None:
    device.replies = [http(GOOD, status=status)]
    assert await device_client.get_device_id() == SERIAL


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
async def test_a_wrong_password_is_one_with_any_status(
    device: Device, device_client: FaceModuleClient, status: int
) -> None:
    device.replies = [http(WRONG, status=status)]
    with pytest.raises(FaceModuleAuthError, match="password error"):
        await device_client.get_device_id()


@pytest.mark.parametrize("body", [b'{"error": "not found"}', b"[]", b'{"ret_code": null}'])
async def test_an_error_of_another_device_is_named_by_its_status(
    device: Device, device_client: FaceModuleClient, body: bytes
) -> None:
    device.replies = [http(body, status=404)]
    with pytest.raises(FaceModuleProtocolError, match="HTTP status 404"):
        await device_client.get_device_id()


thresholds = st.integers(0, 100)
SAID: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "GetDeviceID": {"deviceSN": serials},
    "GetSoftVersion": {"sw_version": words},
    "GetUserNumber": {"number": st.integers(0, 50_000)},
    "GetUserInfo": {
        "user_info": st.fixed_dictionaries({"name": texts}),
        "register_img": st.binary(max_size=40).map(
            lambda picture: base64.b64encode(picture).decode()
        ),
    },
    "GetUserList": {"user_id_list": st.lists(words, max_size=4)},
    "Match": {"score": scores},
    "Identify": {
        "user_list": st.lists(
            st.fixed_dictionaries(
                {
                    "score": scores,
                    "user_id": words,
                    "user_info": st.fixed_dictionaries({"name": texts}),
                }
            ),
            max_size=3,
        )
    },
    "SearchRecords": {
        "records_num": thresholds,
        "records_list": st.lists(
            st.fixed_dictionaries(
                {"name": texts, "score": scores, "timestamp": times, "uuid": words}
            ),
            max_size=3,
        ),
    },
    "GetSysConfig": {
        "device_ip": st.ip_addresses(v=4).map(str),
        "device_ip_gateway": st.ip_addresses(v=4).map(str),
        "liveness_type": st.integers(0, 3),
        "liveness_threshold": thresholds,
        "show_bbox": st.integers(0, 1),
        "multiface_detection_enable": st.integers(0, 1),
        "recognition_threshold": thresholds,
        "face_recognition_minsize": st.integers(100, 719),
        "quality_control": st.sampled_from(("NONE", "LOW", "NORMAL", "HIGH")),
        "work_field": st.integers(0, 2),
        "interval_time": st.integers(1, 300),
        "dms_enable": st.integers(0, 1),
        "heartbeat_cb_url": st.sampled_from(("", "http://192.0.2.1:8123/api/webhook/1")),
        "status_cb_url": st.sampled_from(("", "http://192.0.2.1:8123/api/webhook/2")),
    },
}


def written_again(key: str, value: Any, data: st.DataObject) -> Any:
    """Return a value as other firmware would write it."""
    match value:
        case dict():
            keys = data.draw(st.permutations(sorted(value)))
            again = {name: written_again(name, value[name], data) for name in keys}
            return again | data.draw(st.just({}) | st.just({"more": [None]}))
        case list():
            return [written_again(key, item, data) for item in value]
        case str():
            if key == "register_img" and value:
                value = "\n".join(value[at : at + 7] for at in range(0, len(value), 7))
                value = data.draw(st.sampled_from(("", "data:image/jpeg;base64,"))) + value
            ids = key in {"user_id", "user_id_list"}
            around = st.text(line_ends if ids else padding, max_size=2)
            return data.draw(around) + value + data.draw(around)
        case int():
            return data.draw(st.sampled_from((value, float(value), str(value))))
        case _:
            return data.draw(st.sampled_from((value, str(value))))


@tries
@given(name=st.sampled_from(sorted(SAID)), data=st.data())
def test_any_answer_says_the_same_however_it_is_written(
    name: str, data: st.DataObject
) -> None:
    said = data.draw(st.fixed_dictionaries(SAID[name])) | {"ret_code": 0, "log": "OK"}
    expected = answered(name, json.dumps(said).encode())
    again = json.dumps(written_again("", said, data), ensure_ascii=False)
    tail = data.draw(st.text(padding, max_size=4))
    assert answered(name, (again + tail).encode()) == expected


@tries
@given(
    name=st.sampled_from(("GetSysConfig", "GetUserInfo", "Identify", "SearchRecords")),
    data=st.data(),
    nonsense=values,
)
def test_no_decoration_refuses_an_answer(
    name: str, data: st.DataObject, nonsense: object
) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(SAID[name]))))
    said = dict.fromkeys((*keys, "log"), nonsense)
    known = {"ret_code": 0, "device_ip": "192.0.2.1"}
    answered(name, json.dumps(said | known).encode())
