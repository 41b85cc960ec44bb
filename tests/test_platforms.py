"""What every platform shows of one module, as a picture."""

from datetime import UTC, datetime

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

import custom_components.face_module as integration

from .conftest import SetUp


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("platform", integration.PLATFORMS)
async def test_all_entities_are_as_designed(
    hass: HomeAssistant,
    set_up: SetUp,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setattr(integration, "PLATFORMS", [platform])
    # The key to a picture is another one each time.
    monkeypatch.setattr("random.SystemRandom.getrandbits", lambda self, bits: 1)
    # And midnight is.
    real, midnight = dt_util.start_of_local_day, datetime(2026, 11, 29, tzinfo=UTC)
    monkeypatch.setattr(
        dt_util, "start_of_local_day", lambda day=None: real(day) if day else midnight
    )
    entry = await set_up()
    await snapshot_platform(hass, er.async_get(hass), snapshot, entry.entry_id)


DISABLED = {
    *("clock_drift", "last_heartbeat", "last_recognition"),
    "restore_factory_settings",
}
KEYS = DISABLED | {
    *("dms_type", "mask_score", "rgb_liveness_score", "nir_liveness_score"),
    *("visits", "visits_today", "last_person", "enrolled_users", "cpu_temperature"),
    *("connected", "mask_worn", "distracted", "recognition"),
    *("rgb_led", "ir_led", "show_bbox", "multiface_detection"),
    *("liveness_type", "quality_control", "quality_control_scope"),
    *("liveness_threshold", "recognition_threshold", "min_face_size"),
    *("restart", "sync_clock", "request_recognition"),
    *("person_present", "spoof_suspected", "last_face"),
}


async def test_unique_ids_are_serial_and_key(hass: HomeAssistant, set_up: SetUp) -> None:
    entry = await set_up()
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.unique_id for entity in found} == {
        f"{entry.unique_id}_{key}" for key in KEYS
    }
    hidden = {entity.unique_id for entity in found if entity.disabled_by is not None}
    assert hidden == {f"{entry.unique_id}_{key}" for key in DISABLED}


async def test_an_entity_can_be_renamed_in_place(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    await set_up()
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.face_module_f6ee_mask_score", new_entity_id="sensor.door_mask"
    )
    await hass.async_block_till_done()
    assert hass.states.get("sensor.face_module_f6ee_mask_score") is None
    assert hass.states.get("sensor.door_mask") is not None
