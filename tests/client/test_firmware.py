"""Firmware that differs from its document, as simulator/quirks/switches.py has it."""

import asyncio

import pytest

from custom_components.face_module.client import (
    CallbackKind,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    FaceModuleUnchangedError,
    LivenessType,
)
from simulator import SimulatedModule, portrait

from .conftest import (
    ANNA,
    BORIS,
    CONFIG,
    EVERY_CALL,
    Action,
    Device,
    answer,
    called,
    http,
)

MULTIFACE = [2985, 2949]
PASS = "SetLivenessType"
REFUSAL = answer(1, log="password error")


def multiface_values(module: SimulatedModule) -> list[int]:
    """Return the values that SetMultiFaceDetectEnable was tried with."""
    values = [
        request.value
        for request in module.requests
        if request.resource == "RecognitionManage"
    ]
    module.requests.clear()
    return values


async def test_multiface_by_2949_is_found_out_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.multiface_by_2949 = True
    config = await client.set_multiface_detection(on=True)
    assert config.multiface_detection is True
    assert module.config.multiface_detection_enable == 1
    # Twice 2985: a refused write is tried with the other spelling of `pass`.
    assert multiface_values(module) == [2985, 2985, 2949]
    await client.set_multiface_detection(on=False)
    assert module.config.multiface_detection_enable == 0
    assert multiface_values(module) == [2949]


async def test_multiface_2985_without_effect_is_found_out_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.multiface_2985_ignored = True
    config = await client.set_multiface_detection(on=True)
    assert config.multiface_detection is True
    assert module.config.multiface_detection_enable == 1
    assert multiface_values(module) == MULTIFACE
    await client.set_multiface_detection(on=False)
    assert module.config.multiface_detection_enable == 0
    assert multiface_values(module) == [2949]


async def test_multiface_as_in_the_table_is_one_call(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.set_multiface_detection(on=True)
    await client.set_multiface_detection(on=False)
    assert called(module) == ["SetMultiFaceDetectEnable", "GetSysConfig"] * 2


async def test_multiface_without_any_effect_is_an_error(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(multiface_detection_enable=0)]
    with pytest.raises(FaceModuleUnchangedError, match="SetMultiFace") as caught:
        await device_client.set_multiface_detection(on=True)
    assert caught.value.call == "SetMultiFaceDetectEnable"
    # Each is read back, with a GetSysConfig that is 2949 too, on another resource.
    assert device.values == [2985, 2949, 2949, 2949]


async def test_multiface_refused_both_ways_is_an_error_with_the_words_of_the_module(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.refuse.add("SetMultiFaceDetectEnable")
    with pytest.raises(FaceModuleRefusedError, match="refused by simulator") as caught:
        await client.set_multiface_detection(on=True)
    assert caught.type is FaceModuleRefusedError
    assert dict.fromkeys(multiface_values(module)) == dict.fromkeys(MULTIFACE)


async def test_multiface_is_found_out_anew_after_another_firmware_came(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.multiface_2985_ignored = True
    await client.set_multiface_detection(on=True)
    module.quirks.multiface_2985_ignored = False
    with pytest.raises(FaceModuleRefusedError):
        await client.set_multiface_detection(on=False)
    await client.set_multiface_detection(on=False)
    assert module.config.multiface_detection_enable == 0


async def test_an_echoed_threshold_is_not_believed(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.echoes_wrong_threshold = True
    await client.set_liveness_threshold(80)
    assert (await client.get_config()).liveness_threshold == 80


async def test_people_are_counted_by_numer(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.numer = True
    assert await client.count_users() == 2


async def test_the_capital_pass_is_found_out_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    await client.set_liveness_type(LivenessType.RGB)
    assert module.config.liveness_type == 1
    assert called(module) == [PASS, "GetSysConfig", PASS]
    await client.set_liveness_type(LivenessType.NIR)
    assert module.config.liveness_type == 2
    assert called(module) == [PASS]


async def test_the_capital_pass_is_sent_to_those_only_who_want_it(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [REFUSAL, CONFIG, answer()]
    await device_client.set_liveness_type(LivenessType.RGB)
    await device_client.set_liveness_type(LivenessType.NIR)
    await device_client.set_show_bbox(on=True)
    assert ["Pass" in body for body in device.bodies] == [False, False, True, True, False]
    assert device.bodies[2]["Pass"] == device.bodies[2]["pass"]


async def test_a_refused_write_is_tried_with_the_capital_pass_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.refuse.add("SetTime")
    with pytest.raises(FaceModuleRefusedError, match="refused by simulator"):
        await client.set_time(5)
    assert called(module) == ["SetTime", "GetSysConfig", "SetTime"]


async def test_a_write_that_worked_without_the_capital_pass_is_not_tried_with_it(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.set_time(5)
    module.faults.refuse.add("SetTime")
    with pytest.raises(FaceModuleRefusedError, match="refused by simulator"):
        await client.set_time(5)
    assert called(module) == ["SetTime", "SetTime", "GetSysConfig"]


async def test_a_write_that_is_sent_with_the_capital_pass_is_refused_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    await client.set_liveness_type(LivenessType.RGB)
    module.requests.clear()
    module.faults.refuse.add(PASS)
    with pytest.raises(FaceModuleRefusedError, match="refused by simulator"):
        await client.set_liveness_type(LivenessType.NIR)
    assert called(module) == [PASS, "GetSysConfig"]


async def test_a_refused_read_is_not_tried_with_the_capital_pass(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    with pytest.raises(FaceModuleRefusedError):
        await client.get_user("nobody")
    assert called(module) == ["GetUserInfo", "GetSysConfig"]


async def test_a_capital_pass_that_got_no_answer_is_tried_again(
    device: Device, device_client: FaceModuleClient
) -> None:
    not_found = http(b"", status=404)
    device.replies = [REFUSAL, CONFIG, not_found, REFUSAL, CONFIG, answer()]
    with pytest.raises(FaceModuleProtocolError, match="404"):
        await device_client.set_liveness_type(LivenessType.RGB)
    await device_client.set_liveness_type(LivenessType.RGB)
    assert "Pass" in device.bodies[-1]


async def test_a_refusal_for_another_reason_does_not_rule_the_capital_pass_out(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    module.faults.refuse.add(PASS)
    with pytest.raises(FaceModuleRefusedError, match="refused by simulator"):
        await client.set_liveness_type(LivenessType.RGB)
    module.faults.clear()
    await client.set_liveness_type(LivenessType.RGB)
    assert module.config.liveness_type == 1


async def test_the_capital_pass_is_found_out_by_two_calls_at_once(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    await asyncio.gather(
        client.set_liveness_type(LivenessType.RGB),
        client.set_liveness_type(LivenessType.RGB),
    )
    assert module.config.liveness_type == 1


async def test_somebody_without_a_picture_is_read(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.no_register_img = True
    user = await client.get_user("anna")
    assert (user.name, user.picture) == ("Anna", None)


TYPOGRAPHY = ["trailing_commas", "curly_quotes", "gb18030", "text_plain"]


@pytest.mark.parametrize("quirk", TYPOGRAPHY)
@pytest.mark.parametrize("name", EVERY_CALL)
async def test_every_call_works_however_its_answer_is_written(
    client: FaceModuleClient, module: SimulatedModule, name: str, quirk: str
) -> None:
    module.quirks.set(quirk)
    await EVERY_CALL[name](client)
    assert name in called(module)


@pytest.mark.parametrize("quirk", TYPOGRAPHY)
@pytest.mark.parametrize(
    "name",
    ["Anna", "陈伟", "陈伟,]", "a，b：c", "{,}", "back\\slash", 'she"ldon', "a\\", "ü\t😀"],
)
async def test_names_survive_however_an_answer_is_written(
    client: FaceModuleClient, module: SimulatedModule, name: str, quirk: str
) -> None:
    module.quirks.set(quirk)
    module.add_user("0003", name, ANNA)
    user = await client.get_user("0003")
    assert (user.name, user.picture) == (name, ANNA)


async def test_all_typography_at_once_is_read(
    client: FaceModuleClient,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "custom_components.face_module")
    assert await client.list_users() == ("anna", "chenwei")
    assert "punctuation" not in caplog.text
    for quirk in TYPOGRAPHY:
        module.quirks.set(quirk)
    assert await client.list_users() == ("anna", "chenwei")
    assert "punctuation was mended" in caplog.text
    assert (await client.get_user("chenwei")).name == "陈伟"
    (found,) = await client.identify(portrait("陈伟"))
    assert found.name == "陈伟"
    await module.walk_by("chenwei", score=0.97)
    (record,) = await client.search_records("chenwei")
    assert record.name == "陈伟"


@pytest.mark.parametrize("quirk", ["null_lists", "missing_lists", "numer"])
async def test_empty_lists_are_empty_however_they_are_written(
    client: FaceModuleClient, module: SimulatedModule, quirk: str
) -> None:
    module.quirks.set(quirk)
    module.users.clear()
    assert await client.list_users() == ()
    assert await client.identify(ANNA) == ()
    assert await client.search_records("anna") == ()
    assert await client.count_users() == 0


async def test_a_record_that_is_listed_twice_is_one(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.repeated_records = True
    await module.walk_by("anna", score=0.96)
    await module.walk_by("anna", score=0.97)
    records = await client.search_records("anna")
    assert [record.score for record in records] == [0.96, 0.97]


async def test_records_whose_ids_are_names_are_read_and_deleted(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.records_uuid_is_name = True
    await module.walk_by("chenwei", score=0.97)
    (record,) = await client.search_records("chenwei")
    assert (record.name, record.score) == ("陈伟", 0.97)
    await client.delete_records("chenwei")
    assert module.records == []


async def test_settings_are_numbers_even_if_they_are_written_as_strings(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    as_numbers = await client.get_config()
    module.quirks.numbers_as_strings = True
    assert await client.get_config() == as_numbers
    assert as_numbers.liveness_type is LivenessType.OFF
    config = await client.set_multiface_detection(on=True)
    assert config.multiface_detection is True


@pytest.mark.parametrize("without", [True, False])
async def test_settings_are_read_with_and_without_a_log(
    client: FaceModuleClient, module: SimulatedModule, *, without: bool
) -> None:
    module.quirks.sysconfig_without_log = without
    assert (await client.get_config()).recognition_threshold == 90


@pytest.mark.parametrize("kind", CallbackKind)
async def test_an_empty_address_may_be_refused(
    client: FaceModuleClient, module: SimulatedModule, kind: CallbackKind
) -> None:
    module.quirks.refuses_empty_url = True
    await client.set_callback(kind, "http://127.0.0.1:1/x")
    with pytest.raises(FaceModuleRefusedError, match="must not be empty") as caught:
        await client.set_callback(kind, "")
    assert not isinstance(caught.value, FaceModuleAuthError)
    assert module.config.callback_url(kind.value) == "http://127.0.0.1:1/x"


async def test_an_idle_connection_that_was_closed_is_opened_again(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.closes_idle = True
    for count in range(1, 4):
        assert await client.count_users() == 2
        assert module.connections == count
    assert called(module) == ["GetUserNumber"] * 3


async def test_an_idle_connection_that_was_reset_is_opened_again(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(number=1), None, answer(number=2)]
    assert await device_client.count_users() == 1
    assert await device_client.count_users() == 2
    assert device.values == [2963] * 3


ONCE: dict[str, Action] = {
    "AddUser": lambda client: client.add_user("boris", "Boris", BORIS),
    "DeleteUser": lambda client: client.delete_user("anna"),
    "SetPassWord": lambda client: client.set_password("New456"),
    "Restart": lambda client: client.restart(),
}


@pytest.mark.parametrize("name", ONCE)
async def test_a_module_that_closes_idle_connections_can_be_told_anything(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    module.quirks.closes_idle = True
    await client.get_config()
    await ONCE[name](client)
    assert called(module).count(name) == 1


async def test_a_connection_that_was_closed_while_idle_in_the_open_is_no_matter(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.get_config()
    await module.restart_now()
    await client.add_user("boris", "Boris", BORIS)
    assert called(module).count("AddUser") == 1
    assert "boris" in module.users


async def test_a_module_that_is_gone_after_its_connection_is_not_reached(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.quirks.closes_idle = True
    await client.get_config()
    module.faults.drop = True
    with pytest.raises(FaceModuleConnectionError, match="connection closed"):
        await client.get_config()
