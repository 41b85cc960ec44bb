"""Setting a module up and taking it down again."""

from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

from .common import eventually, state_of, visits_of
from .conftest import SetUp, settle


async def test_a_module_is_told_where_to_call(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, base_url: str
) -> None:
    assert entry.state is ConfigEntryState.LOADED
    ids = entry.data["webhook_ids"]
    assert (
        module.config.recognition_cb_url == f"{base_url}/api/webhook/{ids['recognition']}"
    )
    assert module.config.heartbeat_cb_url == f"{base_url}/api/webhook/{ids['heartbeat']}"
    assert module.config.status_cb_url == f"{base_url}/api/webhook/{ids['status']}"
    assert module.config.interval_time == 10


async def test_the_device_is_known_by_its_serial(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, module.serial), entry.entry_id
    )
    assert device is not None
    assert device.serial_number == module.serial
    assert device.sw_version == "V0.6.35-2824deb-commit!"
    assert (device.manufacturer, device.model) == (None, None), "the module tells neither"


async def test_set_up_unload_set_up_leaves_nothing_behind(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        assert await hass.config_entries.async_unload(entry.entry_id)
        # Whoever unloads it most likely sets it up again.
        assert module.config.recognition_cb_url
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        assert await module.send_heartbeat(temperature=44.0) == 200
        await settle(hass)
        state = hass.states.get("sensor.face_module_f6ee_cpu_temperature")
        assert state is not None
        assert state.state == "44.0"
    assert "already defined" not in caplog.text
    assert module.max_concurrent == 1


async def test_two_modules_do_not_mix(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, set_up: SetUp
) -> None:
    async with SimulatedModule(serial="0123A38884CE690002", password="second") as other:
        await set_up(other)
        await module.send_heartbeat(temperature=41.0)
        await other.send_heartbeat(temperature=42.0)
        await settle(hass)
        assert hass.states.get("sensor.face_module_f6ee_cpu_temperature").state == "41.0"
        assert hass.states.get("sensor.face_module_0002_cpu_temperature").state == "42.0"


async def test_an_unplugged_module_is_tried_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await module.pull_cable()
    entry = await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await module.plug_in()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_wrong_password_asks_for_the_right_one(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    old, module.password = module.password, "chngd1"
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PASSWORD: old})
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]


async def test_another_module_at_the_address_is_not_taken_for_ours(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    module.serial = "0123A38884CE690009"
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "wrong_module"


async def test_the_factory_password_is_an_issue_that_stays_ignored(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.password = "123456"
    entry = await set_up()
    registry = ir.async_get(hass)
    issue_id = f"factory_password_{entry.entry_id}"
    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.is_fixable
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)
    await hass.config_entries.async_reload(entry.entry_id)
    assert registry.async_get_issue(DOMAIN, issue_id).dismissed_version is not None

    module.password = "abc123"
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_PASSWORD: "abc123"}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    assert registry.async_get_issue(DOMAIN, issue_id) is None


async def test_removal_takes_back_what_unloading_could_not(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.pull_cable()
    await entry.runtime_data.coordinator.async_refresh()
    await hass.config_entries.async_unload(entry.entry_id)
    await module.plug_in()
    assert module.config.heartbeat_cb_url
    await hass.config_entries.async_remove(entry.entry_id)
    assert module.config.heartbeat_cb_url == ""
    assert module.config.recognition_cb_url == ""


async def test_a_foreign_address_is_left_alone_on_removal(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.recognition_cb_url = "http://192.0.2.7:8080/recognition"
    await hass.config_entries.async_remove(entry.entry_id)
    assert module.config.recognition_cb_url == "http://192.0.2.7:8080/recognition"
    assert module.config.heartbeat_cb_url == ""


async def test_a_module_that_refuses_an_empty_address_can_be_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.quirks.refuses_empty_url = True
    assert (await hass.config_entries.async_remove(entry.entry_id))[
        "require_restart"
    ] is False
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("fails", [False, OSError("no")])
@pytest.mark.parametrize("platform", ["event", "sensor", "button"])
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.usefixtures("expected_lingering_timers")
async def test_what_cannot_be_unloaded_goes_on(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    fails: bool | OSError,
    platform: str,
) -> None:
    entry = await set_up(presence_timeout=1, visit_window=0)
    await module.send_heartbeat(temperature=44.0)
    await module.send_recognition("chenwei")
    await settle(hass)
    unload = AsyncMock(side_effect=[fails])
    with patch(f"homeassistant.components.{platform}.async_unload_entry", unload):
        assert not await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.FAILED_UNLOAD
    assert module.config.recognition_cb_url, "the module still calls us"
    await module.send_heartbeat(temperature=55.0)
    await module.send_recognition("anna")
    await settle(hass)
    assert visits_of(entry)[0].user_id == "anna"
    if platform == "event":
        assert state_of(hass, "event.recognition").attributes["user_id"] == "anna"
    if platform == "sensor":
        assert state_of(hass, "sensor.last_person").state == "Anna"
        assert state_of(hass, "sensor.cpu_temperature").state == "55.0"
    present = entry.runtime_data.coordinator
    await eventually(lambda: present.data.present == ())
    await entry.runtime_data.async_stop()
    entry.runtime_data.visits.async_quiet()
    await present.async_shutdown()
