"""What firmware may do that the document does not say, seen on the wire."""

import asyncio
import base64
from dataclasses import asdict, fields
import io
import json
from pathlib import Path
import re
from typing import Any

from aiohttp import ClientSession
from PIL import Image
import pytest

from simulator import PROFILES, Quirks, SimulatedModule, portrait
from simulator.quirks.switches import _BEHAVIOR
from tests.simulator.conftest import Answer, Client, Receiver

DOCS = Path(__file__).parents[2] / "docs"
SERIAL = "0123A38884CE69F6EE"
FULL = 0.99609375  # 255/256
NAMES = {item.name for item in fields(Quirks)}


@pytest.fixture
def listening(module: SimulatedModule, receiver: Receiver) -> SimulatedModule:
    config = module.config
    config.heartbeat_cb_url = config.status_cb_url = receiver.url
    config.recognition_cb_url = receiver.url
    config.liveness_type = 3
    module.add_user("42", "陈伟")
    return module


def leaves(value: Any) -> list[Any]:
    """Return everything in JSON that is no object or list."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


async def raw(client: Client, resource: str, value: int, **more: Any) -> bytes:
    body = {"RequestValue": value, "pass": client.module.password, **more}
    return await client.post(resource, json.dumps(body).encode())


async def all_callbacks(module: SimulatedModule) -> None:
    """Send one of each, of which the first is a heartbeat."""
    assert await module.send_heartbeat() == 200
    assert await module.send_status() == 200
    assert await module.send_recognition("42") == 200


# How it writes


async def test_answers_may_have_their_numbers_in_strings(
    client: Client, listening: SimulatedModule
) -> None:
    listening.quirks.strings_in_answers = True
    await listening.walk_by("42")
    config = await client.config()
    assert (config["ret_code"], config["liveness_type"]) == ("0", "3")
    records = await client.call("RecordManage", 2817, user_id="42")
    assert records["records_num"] == "1"
    assert float(records["records_list"][0]["score"]) == listening.records[0].score
    refusal = await client.call("UserManage", 2822, user_id="nobody")
    assert (refusal["RequestValue"], refusal["ret_code"]) == ("2822", "1")
    for answer in (config, records, refusal):
        assert {type(leaf) for leaf in leaves(answer)} == {str}


async def test_callbacks_may_have_their_numbers_in_strings(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.strings_in_callbacks = True
    await all_callbacks(listening)
    assert {type(leaf) for leaf in leaves(receiver.bodies)} == {str}
    assert receiver.bodies[0]["temperature"] == "52.5"
    assert listening.sent[0].body["temperature"] == 52.5


async def test_integers_may_have_a_decimal_point(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.floats_for_integers = True
    await all_callbacks(listening)
    answers = [await client.config(), await client.call("UserManage", 2963)]
    assert int not in {type(leaf) for leaf in leaves([answers, receiver.bodies])}
    assert answers[1]["number"] == 1
    assert '"ret_code": 0.0' in (await raw(client, "UserManage", 2963)).decode()


async def test_ids_that_are_numbers_may_come_as_numbers(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.numeric_ids = True
    listening.add_user("0042", "Anna")
    listening.add_user("ben", "Ben")
    await listening.walk_by("42")
    assert receiver.bodies[-1]["user_id"] == 42
    answer = await client.call("UserManage", 2824)
    assert answer["user_id_list"] == [42, "0042", "ben"]
    answer = await client.call("RecordManage", 2817, user_id="42")
    assert (answer["user_id"], answer["records_list"][0]["uuid"]) == (42, 42)


async def test_bodies_may_be_padded(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.padded_bodies = True
    await all_callbacks(listening)
    for data in (await raw(client, "DeviceManage", 2949), *receiver.raw):
        assert data.endswith(b"} \r\n\0\0")
        assert isinstance(json.loads(data.rstrip(b"\0")), dict)


async def test_strings_may_have_raw_line_feeds(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.raw_line_feeds = True
    listening.add_user("ben", 'Ben\n\\n "B"\t')
    await listening.send_recognition("ben")
    answer = await raw(client, "UserManage", 2822, user_id="ben")
    for data in (answer, receiver.raw[-1]):
        with pytest.raises(json.JSONDecodeError, match="Invalid control character"):
            json.loads(data)
    said = json.loads(answer, strict=False)
    assert said["user_info"]["name"] == 'Ben\n\\n "B"\t'
    assert said["log"] == "Got user information successfully\t\n"
    assert said["register_img"].endswith("\n")
    assert json.loads(receiver.raw[-1], strict=False)["image"].endswith("\n")


@pytest.mark.parametrize("style", [(), ("curly_quotes", "trailing_commas")])
async def test_base64_may_have_line_breaks_and_say_what_it_is(
    client: Client, listening: SimulatedModule, receiver: Receiver, style: tuple[str, ...]
) -> None:
    for quirk in style:
        listening.quirks.set(quirk)
    listening.quirks.wrapped_base64 = True
    picture = base64.b64encode(listening.users["42"].picture).decode()
    answer = await raw(client, "UserManage", 2822, user_id="42")
    text = answer.decode().replace(r"\r\n", "\n")
    assert re.search(r"[A-Za-z0-9+/]{77}", text) is None
    assert picture in text.replace("\n", "")
    listening.quirks.wrapped_base64, listening.quirks.data_urls = False, True
    text = (await raw(client, "UserManage", 2822, user_id="42")).decode()
    assert f"data:image/jpeg;base64,{picture}" in text
    await listening.send_recognition("42")
    await listening.send_recognition("42", image="")
    if not style:
        assert receiver.bodies[0]["image"].startswith("data:image/jpeg;base64,/9j/")
        assert not receiver.bodies[1]["image"]


async def test_http_may_say_what_ret_code_says(
    module: SimulatedModule, client: Client
) -> None:
    async def ask(value: int, **more: Any) -> tuple[int, Answer]:
        body = {"RequestValue": value, "pass": "123456", **more}
        async with client.session.post(f"{client.url}/DeviceManage", json=body) as got:
            return got.status, await got.json()

    module.quirks.refuses_with_status = True
    status, answer = await ask(2949, **{"pass": "wrong1"})
    assert (status, answer["ret_code"], answer["log"]) == (401, 1, "password error")
    status, answer = await ask(2819, timestamp=-1)
    assert (status, answer["ret_code"]) == (400, 1)
    module.faults.next("ret_code_1")
    assert (await ask(2949))[0] == 400
    assert (await ask(2949))[0] == 200
    module.quirks.done_with_201 = module.quirks.strings_in_answers = True
    status, answer = await ask(2949)
    assert (status, answer["ret_code"]) == (201, "0")
    assert (await ask(2949, **{"pass": "wrong1"}))[0] == 401


# What it says


async def test_blank_addresses_may_be_null_and_all_may_be_missing(
    client: Client, module: SimulatedModule
) -> None:
    url = "http://127.0.0.1:1/x"
    await client.call("DeviceManage", 2830, callback_url=url)
    module.quirks.null_callbacks = True
    config = await client.config()
    assert config["recognition_cb_url"] is config["heartbeat_cb_url"] is None
    assert config["status_cb_url"] == url
    module.quirks.missing_callbacks = True
    config = await client.config()
    assert not [key for key in config if key.endswith("_cb_url")]
    assert config["interval_time"] == 1


async def test_addresses_may_get_a_slash(
    client: Client, module: SimulatedModule, receiver: Receiver
) -> None:
    module.quirks.slash_shown = True
    await client.call("DeviceManage", 2830, callback_url=receiver.url)
    config = await client.config()
    assert config["status_cb_url"] == f"{receiver.url}/"
    assert config["recognition_cb_url"] == ""
    assert await module.send_status() == 200
    assert module.sent[-1].url == receiver.url
    module.quirks.slash_shown, module.quirks.slash_added = False, True
    for url, kept in (
        (receiver.url, f"{receiver.url}/"),
        (f"{receiver.url}/", f"{receiver.url}/"),
        (f"{receiver.url}?a=b", f"{receiver.url}/?a=b"),
    ):
        await client.call("DeviceManage", 2830, callback_url=url)
        assert (await client.config())["status_cb_url"] == kept
        assert await module.send_status() == 200
        assert module.sent[-1].url == kept
    await client.call("DeviceManage", 2830, callback_url="")
    assert module.config.status_cb_url == ""


async def test_addresses_and_the_version_may_be_refused(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.refuses_callbacks = module.quirks.refuses_version = True
    for value, more in ((2828, {}), (2829, {"interval_time": 5}), (2830, {})):
        answer = await client.call(
            "DeviceManage", value, callback_url="http://127.0.0.1:1", **more
        )
        assert (answer["ret_code"], answer["log"]) == (1, "callback_url is not valid")
        answer = await client.call("DeviceManage", value, callback_url="", **more)
        assert answer["ret_code"] == 0
    answer = await client.call("DeviceManage", 2831)
    assert (answer["ret_code"], "sw_version" in answer) == (1, False)


async def test_another_serial_may_be_at_the_address(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    assert (await client.call("DeviceManage", 2818))["deviceSN"] == SERIAL
    listening.quirks.other_serial = True
    other = (await client.call("DeviceManage", 2818))["deviceSN"]
    assert (len(other), other == SERIAL) == (len(SERIAL), False)
    await all_callbacks(listening)
    assert {body["device_id"] for body in receiver.bodies} == {other}


async def test_the_serial_in_callbacks_may_have_another_case_and_a_line_end(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.serial_lower_case = True
    await all_callbacks(listening)
    assert {body["device_id"] for body in receiver.bodies} == {SERIAL.lower()}
    listening.quirks.serial_line_break = True
    await listening.send_heartbeat()
    assert receiver.bodies[-1]["device_id"] == f"{SERIAL.lower()}\n"
    assert (await client.call("DeviceManage", 2818))["deviceSN"] == SERIAL


async def test_scores_may_have_eight_bits(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.quantized_scores = True
    await listening.walk_by("42", score=0.97)
    status, recognition = receiver.bodies
    answer = await client.call("RecordManage", 2817, user_id="42")
    recorded = answer["records_list"][0]["score"]
    assert recognition["score"] == recorded == 248 / 256
    for key in ("mask_score", "rgb_liveness_score", "nir_liveness_score"):
        assert (status[key] * 256).is_integer()
    await listening.send_recognition("42", 1.0)
    assert receiver.bodies[-1]["score"] == FULL
    listening.config.liveness_type = 0
    await listening.send_status()
    assert receiver.bodies[-1]["rgb_liveness_score"] == -2


async def test_models_may_be_as_sure_as_they_can_be(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.saturated_scores = True
    keys = ("mask_score", "rgb_liveness_score", "nir_liveness_score")
    for _ in range(3):
        await listening.walk_by("42")
        assert [receiver.bodies[-2][key] for key in keys] == [0, FULL, FULL]
        assert receiver.bodies[-1]["score"] == listening.records[-1].score
    await listening.walk_by("42", rgb_liveness=0.05, nir_liveness=0.5)
    assert [receiver.bodies[-1][key] for key in keys] == [0, 0, 0.5]


@pytest.mark.parametrize(
    ("quirk", "name", "charset", "said"),
    [
        ("cut_names", "陈伟", "utf-8", b"\xe9\x99\x88\xe4\xbc"),
        ("cut_names", "Zoë K", "utf-8", b"Zo\xc3"),
        ("cut_names", "Anna", "utf-8", b"Anna"),
        ("cut_names", "陈伟", "gb18030", b"\xb3\xc2\xce"),
        ("cut_names_by_two", "陈伟", "utf-8", b"\xe9\x99\x88\xe4"),
        ("cut_names_by_two", "Zoë K", "utf-8", "Zoë K".encode()),
        ("cut_names_by_two", "Pia 🙂", "utf-8", b"Pia \xf0\x9f"),
    ],
)
async def test_names_may_be_cut_in_the_middle_of_a_character(
    client: Client,
    listening: SimulatedModule,
    receiver: Receiver,
    quirk: str,
    name: str,
    charset: str,
    said: bytes,
) -> None:
    listening.quirks.set(quirk)
    listening.quirks.gb18030 = charset == "gb18030"
    listening.add_user("42", name)
    await listening.send_recognition("42")
    assert b'"username": "' + said + b'"' in receiver.raw[-1]
    answer = await raw(client, "UserManage", 2822, user_id="42")
    assert json.loads(answer.decode(charset))["user_info"]["name"] == name


async def test_records_and_recognitions_may_come_twice(
    client: Client, listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.repeated_records = listening.quirks.repeated_recognitions = True
    await listening.walk_by("42")
    assert len(listening.records) == 1
    _, first, second = receiver.bodies
    assert first == second
    answer = await client.call("RecordManage", 2817, user_id="42")
    first, second = answer["records_list"]
    assert first == second
    assert answer["records_num"] == 2


async def test_pictures_may_come_back_smaller(
    client: Client, listening: SimulatedModule
) -> None:
    listening.quirks.shrinks_pictures = True
    user_id, picture = "ben", portrait("Ben", size=(480, 300))
    sent = base64.b64encode(picture).decode()
    user = {"user_id": user_id, "user_info": {"name": "Ben"}, "image_type": "image"}
    await client.call(
        "UserManage", 2817, **user, image_content=sent, quality_control="NONE"
    )
    for _ in range(2):  # of what was enrolled, not of what was shrunken before
        answer = await client.call("UserManage", 2822, user_id=user_id)
        with Image.open(io.BytesIO(base64.b64decode(answer["register_img"]))) as image:
            assert (image.format, image.size) == ("JPEG", (336, 210))
    assert listening.users[user_id].picture == picture


async def test_liveness_may_follow_the_recognition(
    listening: SimulatedModule, receiver: Receiver
) -> None:
    listening.quirks.liveness_lags = listening.quirks.reports_spoofs = True
    before = listening.status.rgb_liveness_score
    await listening.walk_by("42", rgb_liveness=0.1, nir_liveness=0.2, mask=0.9)
    status, recognition = receiver.bodies
    assert (status["rgb_liveness_score"], status["mask_score"]) == (before, 0.9)
    assert recognition["user_id"] == "42"
    async with asyncio.timeout(5):
        await listening.wait_settled()
    late = receiver.bodies[2]
    assert (late["rgb_liveness_score"], late["nir_liveness_score"]) == (0.1, 0.2)
    # Who is alive is decided by what the models find, however late it is told.
    listening.quirks.reports_spoofs = False
    assert await listening.walk_by("42", rgb_liveness=0.99, nir_liveness=0.99)
    assert await listening.walk_by("42", rgb_liveness=0.1, nir_liveness=0.99) is None


# All of them


async def test_a_hostile_module_does_everything_in_its_way(receiver: Receiver) -> None:
    async with (
        SimulatedModule(profile="hostile") as module,
        ClientSession() as session,
    ):
        client = Client(module, session)

        async def ask(resource: str, value: int, **more: Any) -> tuple[int, str]:
            body = {"RequestValue": value, "pass": "123456", **more}
            url, headers = f"{client.url}/{resource}", {"Connection": "close"}
            async with session.post(url, json=body, headers=headers) as answer:
                data = await answer.read()
            assert data.endswith(b"\0\0")
            return answer.status, data.decode()

        picture = base64.b64encode(portrait("陈伟")).decode()
        person: Answer = {"user_id": "0003", "user_info": {"name": "陈伟"}}
        person |= {"image_content": picture, "image_type": "image"}
        enrolled = ("UserManage", 2817)
        assert (await ask(*enrolled, **person, quality_control="NONE"))[0] == 201
        assert (await ask(*enrolled, **person, quality_control="NONE"))[0] == 400
        await ask("DeviceManage", 2828, callback_url=receiver.url)
        assert await module.walk_by("0003")
        assert b"\xe9\x99\x88\xe4\xbc" in receiver.raw[0]
        assert "“0003”" in (await ask("UserManage", 2824))[1]
        _, text = await ask("RecordManage", 2817, user_id="0003")
        assert "“records_num”: “2”" in text
        status, text = await ask("UserManage", 2819, user_id="0003")
        assert (status, "“ret_code”: “0”" in text) == (201, True)
        assert not module.users


def test_profiles_are_what_they_say() -> None:
    document, hostile = (asdict(Quirks.of(profile)) for profile in PROFILES)
    assert document == asdict(Quirks())
    assert sum(hostile.values()) > 30
    with pytest.raises(KeyError):
        Quirks.of("friendly")  # type: ignore[arg-type]


def test_what_changes_something_has_a_switch() -> None:
    assert _BEHAVIOR.keys() <= NAMES


@pytest.mark.parametrize("page", ["simulator.md", "simulator.zh-Hans.md"])
def test_every_quirk_is_a_row_of_the_page(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"\w+", row)]
    assert len(told) == len(set(told))
    assert set(told) == NAMES
