"""Our addresses on the module: filled, proven, and never written over another's."""

import asyncio
import json

from homeassistant.components.http import ApiConfig
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module.callbacks import keeper, receiver
from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.common import (
    complaints,
    device_of,
    eventually,
    issue,
    perform,
    poll,
    requests,
    state_of,
)
from tests.conftest import SetUp, settle

ANOTHER = "http://192.0.2.7:8080/their-secret-path"


async def test_blank_slots_are_filled_again_within_one_poll(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, base_url: str
) -> None:
    module.config.heartbeat_cb_url = ""
    module.config.recognition_cb_url = ""
    await poll(hass)
    assert module.config.heartbeat_cb_url.startswith(base_url)
    assert module.config.recognition_cb_url.startswith(base_url)


async def test_an_interval_that_somebody_changed_is_set_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.interval_time = 77
    await poll(hass)
    assert module.config.interval_time == 10


async def test_a_slot_taken_by_another_system_is_shown_and_left_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.config.recognition_cb_url = ANOTHER
    for _ in range(3):
        await poll(hass)
    assert module.config.recognition_cb_url == ANOTHER, "no fight"
    found = issue(hass, "callback_taken", entry)
    assert found is not None
    assert found.is_fixable
    assert found.translation_placeholders["addresses"] == "http://192.0.2.7:8080"
    assert "their-secret-path" not in caplog.text
    assert state_of(hass, "binary_sensor.connected").state == "on"

    module.config.recognition_cb_url = ""
    await poll(hass)
    assert issue(hass, "callback_taken", entry) is None
    assert module.config.recognition_cb_url.endswith(
        entry.data["webhook_ids"]["recognition"]
    )


async def test_a_refused_address_is_one_clear_line(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.faults.refuse = {"SetRecognitionCallback"}
    entry = await set_up()
    assert len(complaints(caplog)) == 1
    assert issue(hass, "address_not_kept", entry) is not None
    assert "Traceback" not in caplog.text
    await poll(hass)
    assert len(complaints(caplog)) == 1
    module.faults.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert module.config.recognition_cb_url.endswith(
        entry.data["webhook_ids"]["recognition"]
    )
    assert issue(hass, "address_not_kept", entry) is None


async def test_a_refused_address_is_shown_though_the_module_shows_none(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.quirks.missing_callbacks = module.quirks.refuses_callbacks = True
    entry = await set_up()
    for _ in range(2):
        await poll(hass)
        assert issue(hass, "address_not_kept", entry) is not None


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss heartbeats after 0.3 s."""
    monkeypatch.setattr(keeper, "MISSED_HEARTBEATS", 0.3)


async def test_the_next_address_is_tried_until_a_heartbeat_proves_one(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
) -> None:
    hass.config.internal_url = base_url
    entry = await set_up(callback_base_url="http://127.0.0.1:1", heartbeat_interval=1)
    callbacks = entry.runtime_data.keeper
    assert callbacks.bases == ["http://127.0.0.1:1", "http://127.0.0.1:8123", base_url]
    assert module.config.heartbeat_cb_url.startswith("http://127.0.0.1:1/")
    await eventually(lambda: module.config.status_cb_url.startswith(base_url))
    assert not callbacks.proven
    assert await module.send_heartbeat() == 200
    await eventually(lambda: callbacks.proven)
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_addresses_that_do_not_work_are_all_named(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    hass.config.internal_url = "https://192.0.2.1"
    entry = await set_up(callback_base_url="http://127.0.0.1:1", heartbeat_interval=1)
    await eventually(lambda: issue(hass, "callbacks_unreachable", entry) is not None)
    found = issue(hass, "callbacks_unreachable", entry)
    assert found is not None
    assert found.translation_placeholders["addresses"] == (
        "- http://127.0.0.1:1\n- http://127.0.0.1:8123"
    )
    assert state_of(hass, "binary_sensor.connected").state == "on", "polling goes on"
    # The network is mended: the next heartbeat clears it.
    client = await hass_client_no_auth()
    path = f"/api/webhook/{entry.data['webhook_ids']['heartbeat']}"
    await client.post(path, json={"device_id": module.serial, "timestamp": module.now()})
    await settle(hass)
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_a_gap_in_the_heartbeats_reads_the_configuration_at_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    entry = await set_up(heartbeat_interval=1)
    await module.send_heartbeat()
    await settle(hass)
    module.config.heartbeat_cb_url = ""  # as after Restore: no heartbeat would end it
    await eventually(lambda: module.config.heartbeat_cb_url != "")
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_a_module_that_shows_no_address_and_forgot_them_is_told_again(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
) -> None:
    module.quirks.missing_callbacks = True
    entry = await set_up(heartbeat_interval=1)
    assert await module.send_heartbeat() == 200
    module.config.blank_callbacks()  # a restart between two polls
    await eventually(lambda: module.config.status_cb_url.startswith(base_url))
    assert issue(hass, "callbacks_unreachable", entry) is None
    assert await module.send_heartbeat() == 200


async def test_a_module_that_shows_no_address_is_told_the_next_one_too(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
) -> None:
    module.quirks.missing_callbacks = True
    hass.config.internal_url = base_url
    await set_up(callback_base_url="http://127.0.0.1:1", heartbeat_interval=1)
    await eventually(lambda: module.config.status_cb_url.startswith(base_url))


async def test_a_heartbeat_after_an_outage_brings_everything_back(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    await set_up(heartbeat_interval=1)
    await module.send_heartbeat()
    await module.pull_cable()
    await eventually(lambda: state_of(hass, "binary_sensor.connected").state == "off")
    assert state_of(hass, "sensor.enrolled_people").state == "unavailable"
    await module.plug_in()
    await module.send_heartbeat()
    await eventually(lambda: state_of(hass, "binary_sensor.connected").state == "on")
    assert state_of(hass, "sensor.enrolled_people").state == "2"


async def test_https_only_is_said_and_polling_goes_on(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, base_url: str
) -> None:
    plain = hass.config.api
    hass.config.api = ApiConfig("127.0.0.1", "127.0.0.1", 8123, use_ssl=True)
    entry = await set_up(callback_base_url="")
    assert issue(hass, "https_only", entry) is not None
    assert module.config.heartbeat_cb_url == ""
    module.config.show_bbox = 0
    await poll(hass)
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "off"
    hass.config.api = plain
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert issue(hass, "https_only", entry) is None
    assert module.config.heartbeat_cb_url.startswith("http://127.0.0.1:8123/api/webhook/")


async def test_any_callback_brings_back_what_a_failed_poll_took(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.pull_cable()
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert state_of(hass, "event.recognition").state == "unknown", "the past is there"
    await module.plug_in()
    await module.send_recognition("anna")
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "recognized"
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_a_callback_of_a_module_that_answers_asks_it_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await settle(hass)
    asked = len(module.requests)
    for _ in range(3):
        await module.send_heartbeat()
        await module.send_status(dms_type="normal")
        await module.send_recognition("anna")
    await settle(hass)
    assert len(module.requests) == asked


async def test_an_address_that_somebody_took_meanwhile_is_no_gap_in_the_network(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    entry = await set_up(heartbeat_interval=1)
    base = entry.runtime_data.keeper.slots.base
    await module.send_heartbeat()
    await settle(hass)
    module.config.heartbeat_cb_url = "http://192.0.2.7:8080/another"
    await eventually(lambda: issue(hass, "callback_taken", entry) is not None)
    await asyncio.sleep(1)
    assert issue(hass, "callbacks_unreachable", entry) is None
    assert entry.runtime_data.keeper.slots.base == base


async def test_what_the_user_ignored_stays_ignored_over_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.recognition_cb_url = ANOTHER
    await poll(hass)
    ir.async_ignore_issue(hass, DOMAIN, f"callback_taken_{entry.entry_id}", ignore=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    found = issue(hass, "callback_taken", entry)
    assert found is not None
    assert found.dismissed_version is not None
    assert module.config.recognition_cb_url == ANOTHER


# The rows of the keeper's table


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss heartbeats after 0.3 s, and try again after half a second."""
    monkeypatch.setattr(keeper, "MISSED_HEARTBEATS", 0.3)
    monkeypatch.setattr(keeper, "TRY_AGAIN", 0.5)


def written(module: SimulatedModule) -> list[str]:
    """Return the names of the calls that wrote an address."""
    return [name for name in requests(module) if name.endswith("Callback")]


async def test_a_heartbeat_that_is_not_understood_proves_the_address_and_says_what_it_is(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    quick: None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hass.config.internal_url = "http://127.0.0.1:2"
    entry = await set_up(heartbeat_interval=1)
    addresses = module.config.recognition_cb_url, module.config.heartbeat_cb_url
    for _ in range(8):
        body = {"device_id": module.serial, "timestamp": "yesterday"}
        await module.send_raw("heartbeat", json.dumps(body).encode())
        await asyncio.sleep(0.1)
    await settle(hass)
    assert (module.config.recognition_cb_url, module.config.heartbeat_cb_url) == addresses
    assert issue(hass, "callbacks_unreachable", entry) is None
    found = issue(hass, "callbacks_not_understood", entry)
    assert found is not None
    assert found.translation_placeholders["fields"] == "- heartbeat: timestamp"
    assert len(complaints(caplog)) == 1
    assert "yesterday" not in caplog.text
    await module.send_heartbeat()
    await settle(hass)
    assert issue(hass, "callbacks_not_understood", entry) is not None, "for a minute"
    monkeypatch.setattr(receiver, "STANDS", 0.0)
    await module.send_heartbeat()
    await settle(hass)
    assert issue(hass, "callbacks_not_understood", entry) is None


async def test_a_reload_leaves_the_addresses_and_a_disabled_module_gets_them_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await settle(hass)
    before = len(written(module))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert len(written(module)) == before, "nothing was blanked and nothing written"
    assert module.config.recognition_cb_url
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await settle(hass)
    assert module.config.recognition_cb_url == module.config.heartbeat_cb_url == ""


async def test_a_module_that_calls_and_refuses_the_password_is_asked_no_more(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await settle(hass)
    module.password = "others"
    await poll(hass)
    before = len(module.requests)
    for _ in range(100):
        await module.send_status(dms_type="normal")
    await settle(hass)
    assert len(module.requests) == before


async def test_a_module_that_calls_and_does_not_answer_is_asked_now_and_then(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await settle(hass)
    module.faults.drop = True
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    before = len(module.requests)
    for _ in range(100):
        await module.send_status(dms_type="normal")
    await settle(hass)
    # A connection that was closed is tried once more.
    assert requests(module)[before:] == ["GetDeviceID"] * 2


async def test_another_module_at_the_address_is_written_nothing_and_a_repair_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await settle(hass)
    await module.pull_cable()
    await poll(hass)
    serial, module.serial = module.serial, "0123A38884CE690666"
    module.config.recognition_cb_url = module.config.heartbeat_cb_url = ""
    await module.plug_in()
    before = len(module.requests)
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert issue(hass, "other_module", entry) is not None
    assert module.config.recognition_cb_url == ""
    with pytest.raises(HomeAssistantError):
        await perform(hass, "delete_user", device_id=device_of(hass, entry), user_id="anna")
    assert set(requests(module)[before:]) == {"GetDeviceID"}
    module.serial = serial
    await poll(hass)
    assert issue(hass, "other_module", entry) is None
    assert state_of(hass, "binary_sensor.connected").state == "on"
    assert module.config.recognition_cb_url


async def test_a_callback_of_another_serial_lets_ask_whose_address_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await settle(hass)
    module.serial = "0123A38884CE690666"
    await module.send_heartbeat()
    await settle(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert issue(hass, "other_module", entry) is not None


async def test_another_module_that_calls_for_ever_does_not_have_ours_asked_for_ever(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    """One that was given a copy of our addresses; ours answers all the time."""
    await settle(hass)
    before = len(module.requests)
    body = {"device_id": "0123A38884CE690666", "timestamp": module.now()}
    for _ in range(30):
        await module.send_raw("heartbeat", json.dumps(body).encode())
        await settle(hass)
    assert requests(module)[before:].count("GetDeviceID") == 1
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_firmware_with_room_for_two_addresses_is_not_written_to_for_ever(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The third costs the first; each write is right, and another slot is wrong."""
    names = ["heartbeat_cb_url", "status_cb_url", "recognition_cb_url"]
    address = module.quirks.address

    def forget_one(url: str) -> str:
        held = [name for name in names if getattr(module.config, name)]
        if url and len(held) == 2:
            setattr(module.config, held[len(requests(module)) % 2], "")
        return address(url)

    monkeypatch.setattr(module.quirks, "address", forget_one)
    entry = await set_up()
    for _ in range(3):
        await poll(hass)
    assert len(written(module)) < 12
    assert issue(hass, "address_not_kept", entry) is not None
    assert len(complaints(caplog)) == 1


async def test_a_version_that_is_refused_does_not_matter_and_is_read_after_an_outage(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.faults.refuse = {"GetSoftVersion"}
    entry = await set_up()
    assert entry.state is ConfigEntryState.LOADED
    module.faults.clear()
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    device = dr.async_get(hass).async_get(device_of(hass, entry))
    assert device is not None
    assert device.sw_version == "V0.6.35-2824deb-commit!"


async def test_without_an_address_of_ours_nothing_is_taken_over(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, base_url: str
) -> None:
    module.config.recognition_cb_url = ANOTHER
    plain = hass.config.api
    hass.config.api = ApiConfig("127.0.0.1", "127.0.0.1", 8123, use_ssl=True)
    entry = await set_up(callback_base_url="")
    with pytest.raises(ServiceValidationError) as refusal:
        await entry.runtime_data.keeper.writer.async_take_over()
    assert refusal.value.translation_key == "no_address"
    assert module.config.recognition_cb_url == ANOTHER
    # As soon as there is one, it is found without a reload.
    hass.config.api = plain
    await poll(hass)
    assert issue(hass, "https_only", entry) is None
    assert module.config.heartbeat_cb_url.startswith("http://127.0.0.1:8123/api/webhook/")
