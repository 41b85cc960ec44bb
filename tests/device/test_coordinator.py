"""Polling, throttling, clock keeping and outages."""

import asyncio
from datetime import timedelta
import logging
import time

from homeassistant.const import CONF_HOST, CONF_PASSWORD, EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.face_module import button
from custom_components.face_module.client import transport
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.device import outage
from simulator import SimulatedModule
from simulator.quirks import FaultName
from tests.common import complaints, eventually, poll, press, refused, state_of, turn
from tests.conftest import SetUp, settle


def names(module: SimulatedModule) -> list[str]:
    return [request.name for request in module.requests]


async def test_truth_is_polled(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.show_bbox = 0
    module.config.liveness_type = 3
    module.config.recognition_threshold = 77
    await poll(hass)
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "off"
    assert state_of(hass, "select.liveness_detection").state == "rgb_nir"
    assert state_of(hass, "number.recognition_threshold").state == "77"


async def test_a_module_with_another_password_is_left_alone_however_much_it_calls(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    """A minute with 30 reports a second, as fast as they go, and the poll in it."""
    module.password = "other1"
    module.requests.clear()
    for second in range(60):
        await asyncio.gather(*(module.send_status() for _ in range(30)))
        if second == 30:
            await poll(hass)
    await settle(hass)
    assert sum(one.kind == "status" and one.status == 200 for one in module.sent) == 1800
    assert len(module.requests) <= 10
    assert any(entry.async_get_active_flows(hass, {"reauth"}))


async def test_people_are_counted_rarely(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    assert names(module).count("GetUserNumber") == 1
    await poll(hass)
    assert names(module).count("GetUserNumber") == 1
    entry.runtime_data.coordinator._users_read_at -= 300
    module.add_user("cleo", "Cleo")
    await poll(hass)
    assert state_of(hass, "sensor.enrolled_people").state == "3"


async def test_a_module_that_cannot_count_is_still_available(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.faults.refuse = {"GetUserNumber"}
    await set_up()
    assert state_of(hass, "sensor.enrolled_people").state == "unknown"
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_an_outage_is_logged_once_each_way(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.pull_cable()
    for _ in range(3):
        await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert state_of(hass, "switch.white_light").state == "unavailable"
    assert complaints(caplog) == [
        "Error fetching Face module F6EE data: Face module F6EE does not answer"
    ]
    await module.plug_in()
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    assert caplog.text.count("Fetching Face module F6EE data recovered") == 1


@pytest.mark.parametrize("fault", ["html", "garbage", "truncate", "no_ret_code", "huge"])
async def test_garbage_makes_it_unavailable_until_it_ends(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    setattr(module.faults, fault, True)
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert complaints(caplog) == [
        (
            "Error fetching Face module F6EE data: "
            "Face module F6EE answered with something that no face module says"
        )
    ]
    module.faults.clear()
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_a_module_that_hangs_is_unavailable(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.2)
    module.faults.hang = True
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"


async def test_a_password_changed_elsewhere_asks_for_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.password = "other1"
    await poll(hass)
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]


async def test_a_password_that_is_accepted_again_ends_the_outage(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.password = "other1"
    for _ in range(2):
        await poll(hass)
        assert state_of(hass, "binary_sensor.connected").state == "off"
    module.password = "abc123"
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_people_who_come_and_go_without_an_answer_are_counted_until_it_is_over(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.1)
    module.faults.late_by = 1.5
    module.faults.next("late", call="DeleteUser")
    data = {"device_id": device_id, "user_id": "anna"}
    assert await refused(hass, "delete_user", **data) == "timed_out"
    await settle(hass)
    assert state_of(hass, "sensor.enrolled_people").state == "2"
    await eventually(lambda: "anna" not in module.users)
    await poll(hass)
    assert state_of(hass, "sensor.enrolled_people").state == "1"
    assert entry.runtime_data.people.names._names == {}


# Scores


async def send(hass: HomeAssistant, module: SimulatedModule, **scores: object) -> None:
    await module.send_status(**scores)
    await settle(hass)


async def test_a_dms_change_is_shown_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    for word in ("normal", "smoking", "calling", "drinking", "eating"):
        await send(hass, module, dms_type=word)
        assert state_of(hass, "sensor.driver_monitoring").state == word
        distracted = "off" if word == "normal" else "on"
        assert state_of(hass, "binary_sensor.distracted").state == distracted


async def test_an_unheard_dms_type_is_unknown_and_logged_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        await send(hass, module, dms_type="juggling")
        await send(hass, module, dms_type="normal")
    await send(hass, module, dms_type="juggling")
    assert state_of(hass, "sensor.driver_monitoring").state == "unknown"
    assert caplog.text.count("juggling") == 1


async def test_a_model_that_is_off_is_unknown_never_negative(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await send(hass, module, rgb_liveness_score=0.91, nir_liveness_score=-2.0)
    assert state_of(hass, "sensor.color_liveness_score").state == "91.0"
    assert state_of(hass, "sensor.infrared_liveness_score").state == "unknown"
    await send(hass, module, rgb_liveness_score=-2, nir_liveness_score=0)
    assert state_of(hass, "sensor.color_liveness_score").state == "unknown"
    assert state_of(hass, "sensor.infrared_liveness_score").state == "0.0"


async def test_a_score_is_written_in_time_and_what_it_means_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await send(hass, module, mask_score=0.20)
    await send(hass, module, mask_score=0.40)
    assert state_of(hass, "sensor.mask_score").state == "20.0", "throttled"
    await send(hass, module, mask_score=0.60)
    assert state_of(hass, "sensor.mask_score").state == "20.0", "throttled"
    assert state_of(hass, "binary_sensor.mask_worn").state == "on"
    await send(hass, module, mask_score=0.10)
    assert state_of(hass, "binary_sensor.mask_worn").state == "off"


async def test_the_last_score_of_a_burst_is_shown_in_the_end(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await send(hass, module, mask_score=0.20)
    await send(hass, module, mask_score=0.30)
    await send(hass, module, mask_score=0.40)
    assert state_of(hass, "sensor.mask_score").state == "20.0"
    throttle = entry.runtime_data.coordinator.pipeline._throttle
    throttle.next_look -= 5
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await settle(hass)
    assert state_of(hass, "sensor.mask_score").state == "40.0"


async def test_noise_below_a_point_writes_nothing(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(score_interval=1)
    await send(hass, module, mask_score=0.20, dms_type="normal")
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    for noise in range(1, 20):
        await send(hass, module, mask_score=0.20 + noise % 5 / 1000, dms_type="normal")
    assert events == []


# Clock


@pytest.mark.parametrize("offset", [3600, -3600, -1_700_000_000])
async def test_a_wrong_clock_is_set_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, offset: float
) -> None:
    module.clock_offset = offset
    await module.send_heartbeat()
    await settle(hass)
    assert abs(module.now() - time.time()) <= 2
    assert names(module).count("SetTime") == 1
    module.clock_offset = offset
    await module.send_heartbeat()
    await settle(hass)
    assert names(module).count("SetTime") == 1, "at most once in ten minutes"


async def test_a_clock_that_is_right_is_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.clock_offset = 3
    for _ in range(6):
        await module.send_heartbeat()
    await settle(hass)
    assert "SetTime" not in names(module)


async def test_the_clock_is_left_alone_when_asked(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(keep_clock_set=False)
    module.clock_offset = 3600
    await module.send_heartbeat()
    await settle(hass)
    assert "SetTime" not in names(module)


async def test_a_clock_that_cannot_be_set_does_no_harm(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.faults.refuse = {"SetTime"}
    module.clock_offset = 3600
    await module.send_heartbeat()
    await settle(hass)
    assert complaints(caplog) == []
    assert state_of(hass, "binary_sensor.connected").state == "on"


# Writes


async def test_a_refusal_comes_with_the_modules_own_words(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.faults.refuse = {"SetDetectionBBoxShow"}
    with pytest.raises(HomeAssistantError, match="refused by simulator") as caught:
        await turn(hass, "switch.face_boxes_in_the_video", "off")
    assert caught.value.translation_key == "refused"
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "on"


async def test_a_write_without_effect_is_an_error(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from custom_components.face_module.client import FaceModuleClient

    async def nothing(self: FaceModuleClient, *, on: bool) -> None:
        await self.get_device_id()

    monkeypatch.setattr(FaceModuleClient, "set_show_bbox", nothing)
    with pytest.raises(HomeAssistantError) as caught:
        await turn(hass, "switch.face_boxes_in_the_video", "off")
    assert caught.value.translation_key == "unchanged"


async def test_a_write_to_an_unplugged_module_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.pull_cable()
    with pytest.raises(HomeAssistantError) as caught:
        await turn(hass, "switch.white_light", "on")
    assert caught.value.translation_key == "cannot_connect"
    assert state_of(hass, "switch.white_light").state == "unknown"


async def test_a_write_with_the_wrong_password_asks_for_the_right_one(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.password = "other1"
    with pytest.raises(HomeAssistantError) as caught:
        await turn(hass, "switch.white_light", "on")
    assert caught.value.translation_key == "invalid_auth"
    assert len(hass.config_entries.flow.async_progress()) == 1


# Outages that we caused


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as the simulated module needs."""
    monkeypatch.setattr(outage, "OUTAGE_BEGINS", 0.08)
    monkeypatch.setattr(outage, "OUTAGE_RETRY", 0.05)
    monkeypatch.setattr(outage, "OUTAGE_ENDS", 1.0)


async def test_a_restart_is_no_error_and_ends_by_itself(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    quick: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.quirks.restart_blanks_callbacks = True
    await press(hass, "button.restart")
    await settle(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    assert module.config.heartbeat_cb_url, "filled again"
    assert "is restarting" in caplog.text
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert errors == []


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("resets_password", [False, True])
async def test_a_restored_module_is_followed_to_its_factory_address(
    hass: HomeAssistant,
    set_up: SetUp,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    resets_password: bool,
) -> None:
    monkeypatch.setattr(button, "FACTORY_HOST", "127.0.0.6")
    async with SimulatedModule(
        password="abc123", factory_ip="127.0.0.6", restart_delay=0.05, boot_time=0.05
    ) as module:
        module.quirks.restore_resets_password = resets_password
        entry = await set_up(module)
        await press(hass, "button.restore_factory_settings")
        await settle(hass)
        assert module.host == "127.0.0.6"
        assert entry.data[CONF_PASSWORD] == module.password
        assert entry.data[CONF_HOST] == "127.0.0.6"
        assert state_of(hass, "binary_sensor.connected").state == "on"
        assert module.config.heartbeat_cb_url, "registered again"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("fault", ["drop_after", "truncate", "late"])
async def test_a_restored_module_whose_answer_was_lost_is_followed_too(
    hass: HomeAssistant,
    set_up: SetUp,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    fault: FaultName,
) -> None:
    monkeypatch.setattr(button, "FACTORY_HOST", "127.0.0.6")
    monkeypatch.setattr(transport, "TIMEOUT", 0.1)
    async with SimulatedModule(
        password="abc123", factory_ip="127.0.0.6", restart_delay=0.05, boot_time=0.05
    ) as module:
        entry = await set_up(module)
        module.faults.late_by = 0.4
        module.faults.next(fault, call="Restore")
        with pytest.raises(HomeAssistantError):
            await press(hass, "button.restore_factory_settings")
        await settle(hass)
        assert module.host == entry.data[CONF_HOST] == "127.0.0.6"
        assert state_of(hass, "binary_sensor.connected").state == "on"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_was_never_sent_to_the_module_is_not_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, quick: None
) -> None:
    await module.pull_cable()
    with pytest.raises(HomeAssistantError):
        await press(hass, "button.restore_factory_settings")
    assert not entry.runtime_data.coordinator.outage.expected
    assert ir.async_get(hass).issues == {}
    await module.plug_in()


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_restored_module_out_of_reach_leaves_advice(
    hass: HomeAssistant,
    set_up: SetUp,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(button, "FACTORY_HOST", "127.0.0.7")
    async with SimulatedModule(
        password="abc123", factory_ip="203.0.113.1", restart_delay=0.05, boot_time=0.05
    ) as module:
        entry = await set_up(module)
        await press(hass, "button.restore_factory_settings")
        await settle(hass)
        issue_id = f"lost_after_restore_{entry.entry_id}"
        found = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        assert found is not None
        assert found.translation_placeholders["address"] == "127.0.0.7"
        await module.rescue("127.0.0.1")
        await poll(hass)
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
        assert state_of(hass, "binary_sensor.connected").state == "on"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("serial", ["another", None])
async def test_a_stranger_at_the_factory_address_is_not_followed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    serial: str | None,
) -> None:
    monkeypatch.setattr(button, "FACTORY_HOST", "127.0.0.8")
    password = "abc123" if serial else "unknwn"
    async with SimulatedModule(
        serial or module.serial, password, host="127.0.0.8", port=module.port
    ):
        await press(hass, "button.restore_factory_settings")
        await settle(hass)
    assert entry.data[CONF_HOST] == "127.0.0.1"
