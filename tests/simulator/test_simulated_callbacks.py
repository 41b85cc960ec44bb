"""What the module posts, and what it decides when somebody passes."""

import asyncio
import base64
import io

from PIL import Image
import pytest

from simulator import SimulatedModule, portrait, scenery
from tests.simulator.conftest import Receiver

# What comes later comes at its time, however slow the machine is.
pytestmark = pytest.mark.usefixtures("steadily")


@pytest.fixture
def listening(module: SimulatedModule, receiver: Receiver) -> SimulatedModule:
    config = module.config
    config.heartbeat_cb_url = config.status_cb_url = receiver.url
    config.recognition_cb_url = receiver.url
    module.add_user("anna", "Anna")
    module.add_user("ben", "Ben")
    return module


async def test_bodies_are_the_documents(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.temperature = 61.746536254882812
    listening.clock_offset = -1_000_000_000
    assert await listening.send_heartbeat() == 200
    assert await listening.send_status() == 200
    assert await listening.send_recognition("anna", 0.90283358097076416) == 200
    heartbeat, status, recognition = receiver.bodies
    stamps = [body.pop("timestamp") for body in receiver.bodies]
    assert all(abs(stamp - listening.now()) <= 2 for stamp in stamps)
    assert heartbeat == {
        "device_id": listening.serial,
        "temperature": 61.746536254882812,
    }
    assert status == {
        "device_id": listening.serial,
        "driver_status_index": 0,
        "dms_type": "normal",
        "mask_score": 0.07421875,
        "rgb_liveness_score": -2.0,
        "nir_liveness_score": -2.0,
    }
    crop = Image.open(io.BytesIO(base64.b64decode(recognition.pop("image"))))
    assert crop.format == "JPEG"
    assert recognition == {
        "device_id": listening.serial,
        "score": 0.90283358097076416,
        "user_id": "anna",
        "username": "Anna",
    }
    assert receiver.types == ["application/json"] * 3
    assert len(set(receiver.peers)) == 3  # a new connection each
    assert [sent.kind for sent in listening.sent] == [
        "heartbeat",
        "status",
        "recognition",
    ]


@pytest.mark.parametrize(
    ("liveness_type", "rgb", "nir"),
    [(0, False, False), (1, True, False), (2, False, True), (3, True, True)],
)
async def test_models_that_are_off_report_minus_two(
    listening: SimulatedModule,
    receiver: Receiver,
    liveness_type: int,
    *,
    rgb: bool,
    nir: bool,
) -> None:
    listening.config.liveness_type = liveness_type
    await listening.send_status()
    body = receiver.bodies[0]
    assert (body["rgb_liveness_score"] != -2) is rgb
    assert (body["nir_liveness_score"] != -2) is nir


async def test_overrides_replace_add_and_remove_fields(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    await listening.send_heartbeat(temperature="hot", extra=1, timestamp=...)
    assert receiver.bodies[0] == {
        "device_id": listening.serial,
        "temperature": "hot",
        "extra": 1,
    }
    await listening.send_recognition(user_id=..., score=..., username="Nobody")
    assert receiver.bodies[1].keys() == {"device_id", "timestamp", "username", "image"}
    await listening.send_recognition("zoe")
    assert (receiver.bodies[2]["user_id"], receiver.bodies[2]["username"]) == ("zoe", "")
    assert await listening.send_raw("status", b"\xff", {"X-More": "1"}) == 200
    assert receiver.raw[3] == b"\xff"


async def test_failures_are_only_recorded(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    receiver.status = 500
    assert await listening.send_heartbeat() == 500
    receiver.status = 302
    assert await listening.send_heartbeat() == 302
    assert len(receiver.bodies) == 2  # the redirect is not followed
    listening.config.heartbeat_cb_url = "http://127.0.0.1:1/"
    assert await listening.send_heartbeat() is None
    assert listening.sent[-1].error
    listening.config.heartbeat_cb_url = "no address"
    assert await listening.send_heartbeat() is None
    assert listening.sent[-1].error
    listening.faults.lose_callbacks = True
    assert await listening.send_status() is None
    assert listening.sent[-1].error == "lost by simulator"
    assert len(listening.sent) == 5
    listening.config.heartbeat_cb_url = ""
    assert await listening.send_heartbeat() is None
    assert len(listening.sent) == 5


async def test_somebody_known_is_recorded_and_reported(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    record = await listening.walk_by("anna")
    assert record is not None
    assert (record.user_id, record.name) == ("anna", "Anna")
    assert 0.92 < record.score < 1
    assert listening.records == [record]
    status, recognition = receiver.bodies
    assert status["dms_type"] == "normal"
    assert recognition["user_id"] == "anna"
    assert recognition["score"] == record.score
    assert listening.in_front is None


async def test_a_picture_is_recognized_by_what_it_shows(
    listening: SimulatedModule,
) -> None:
    record = await listening.walk_by(picture=portrait("Ben", variation=7))
    assert record is not None
    assert record.user_id == "ben"
    assert await listening.walk_by(picture=scenery()) is None


async def test_strangers_are_not_reported_unless_the_firmware_does(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    assert await listening.walk_by() is None
    assert await listening.walk_by("nobody enrolled") is None
    assert [sent.kind for sent in listening.sent] == ["status", "status"]
    listening.quirks.reports_strangers = True
    assert await listening.walk_by() is None
    assert (receiver.bodies[-1]["user_id"], receiver.bodies[-1]["username"]) == ("", "")
    assert listening.records == []


async def test_spoofs_are_not_reported_unless_the_firmware_does(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.config.liveness_type = 3
    assert await listening.walk_by("anna", score=0.97, nir_liveness=0.1) is None
    assert [sent.kind for sent in listening.sent] == ["status"]
    listening.quirks.reports_spoofs = True
    assert await listening.walk_by("anna", score=0.97, nir_liveness=0.1) is not None
    assert receiver.bodies[-1]["user_id"] == "anna"


async def test_the_last_recognition_can_be_replayed_with_another_time(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    with pytest.raises(LookupError):
        await listening.replay(60)
    await listening.walk_by("anna", score=0.97)
    first = receiver.bodies[-1]
    assert await listening.replay(86_400) == 200
    assert receiver.bodies[-1] == first | {"timestamp": first["timestamp"] - 86_400}


async def test_the_thresholds_decide(listening: SimulatedModule) -> None:
    assert await listening.walk_by("anna", score=0.89) is None
    assert await listening.walk_by("anna", score=0.9) is not None
    listening.config.recognition_threshold = 50
    assert await listening.walk_by("anna", score=0.51) is not None
    listening.config.face_recognition_minsize = 400
    assert await listening.walk_by("anna") is None
    listening.config.face_recognition_minsize = 100
    listening.config.quality_control, listening.config.work_field = "LOW", 2
    assert await listening.walk_by(picture=portrait("Anna", blur=5)) is None
    listening.config.work_field = 1
    assert await listening.walk_by(picture=portrait("Anna", blur=5)) is not None


@pytest.mark.parametrize(
    ("liveness_type", "rgb", "nir", "passes"),
    [
        (0, 0.1, 0.1, True),
        (1, 0.1, 0.95, False),
        (1, 0.95, 0.1, True),
        (2, 0.95, 0.1, False),
        (2, 0.1, 0.95, True),
        (3, 0.95, 0.1, False),
        (3, 0.95, 0.95, True),
    ],
)
async def test_enabled_liveness_models_must_agree(
    listening: SimulatedModule,
    liveness_type: int,
    rgb: float,
    nir: float,
    *,
    passes: bool,
) -> None:
    listening.config.liveness_type = liveness_type
    record = await listening.walk_by("anna", rgb_liveness=rgb, nir_liveness=nir)
    assert (record is not None) is passes


async def test_a_face_that_stays_is_not_sent_again(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    assert await listening.walk_by("anna", still_there=True) is not None
    assert listening.in_front == "anna"
    assert await listening.walk_by("anna", still_there=True, mask=0.9) is None
    assert await listening.walk_by("anna") is None  # and now she leaves
    assert await listening.walk_by("anna") is not None
    kinds = [sent.kind for sent in listening.sent]
    assert kinds.count("recognition") == 2
    assert kinds.count("status") == 4
    assert receiver.bodies[2]["mask_score"] == 0.9


async def test_what_people_do_is_reported(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    await listening.walk_by("anna", dms_type="calling", mask=0.97)
    assert receiver.bodies[0]["dms_type"] == "calling"
    assert receiver.bodies[0]["mask_score"] == 0.97


async def test_nothing_leaves_while_the_cable_is_out_but_records_are_made(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    await listening.pull_cable()
    assert await listening.walk_by("anna") is not None
    assert await listening.send_heartbeat() is None
    assert receiver.bodies == []
    await listening.plug_in()
    assert await listening.send_heartbeat() == 200
    assert len(listening.records) == 1


async def test_an_automatic_module_sends_by_itself(receiver: Receiver) -> None:
    async with SimulatedModule(automatic=True, status_rate=50) as module:
        module.config.status_cb_url = receiver.url
        module.add_user("anna", "Anna")
        module.in_front = "anna"
        module.config.heartbeat_cb_url = receiver.url
        module.heartbeat_changed()
        await asyncio.sleep(1.3)
        kinds = [sent.kind for sent in module.sent]
    assert kinds[0] == "heartbeat"
    assert kinds.count("heartbeat") == 2
    assert kinds.count("status") > 10
    await asyncio.sleep(0.1)
    assert len(kinds) == len(module.sent)
