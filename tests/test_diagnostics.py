"""Diagnostics tell shapes and counters, and nothing else."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.face_module.client import CallbackKind, SystemConfig
from custom_components.face_module.diagnostics import (
    _slot,
    async_get_config_entry_diagnostics,
)
from simulator import SimulatedModule

from .common import poll, visits_of
from .conftest import PASSWORD, SERIAL, SetUp, entry_for, settle


async def dump(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    text = json.dumps(await async_get_config_entry_diagnostics(hass, entry))
    loaded: dict[str, Any] = json.loads(text)
    return loaded


async def test_diagnostics_are_a_picture_of_the_module(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    snapshot: SnapshotAssertion,
) -> None:
    await module.send_heartbeat(temperature=48.0)
    await module.send_recognition("anna")
    await module.send_recognition("", username="", image="")
    await module.send_recognition("chenwei", timestamp=1)
    await module.send_status(device_id="another module")
    await settle(hass)
    shown = await dump(hass, entry)
    assert abs(shown.pop("clock_drift")) <= 1
    assert shown == snapshot


async def test_nothing_personal_and_nothing_secret_is_in_them(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, base_url: str
) -> None:
    await module.send_recognition("chenwei")
    module.config.status_cb_url = "http://192.0.2.7:8080/secret"
    await poll(hass)
    text = json.dumps(await dump(hass, entry), ensure_ascii=False)
    secrets = [PASSWORD, SERIAL, base_url, module.host, "192.0.2.7", "chenwei", "陈伟"]
    secrets += entry.data["webhook_ids"].values()
    secrets += [visit.visit_id for visit in visits_of(entry)]
    for secret in secrets:
        assert secret not in text
    assert '"status": "foreign"' in text


async def test_what_cameras_are_called_is_not_in_them(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    eye = {"entity_id": "camera.annas_room", "trigger": "binary_sensor.annas_bell"}
    entry = await set_up(module, enrollment_camera="camera.bens_room", eyes=[eye])
    text = json.dumps(await dump(hass, entry))
    assert "annas" not in text
    assert "bens" not in text


def test_slots_that_say_nothing_are_told_apart() -> None:
    config = SystemConfig(callback_urls={CallbackKind.STATUS: ""})
    assert _slot(config, CallbackKind.HEARTBEAT, "x") == "not reported"
    assert _slot(config, CallbackKind.STATUS, "x") == "blank"


@pytest.mark.parametrize("how", ["disabled", "unreachable", "never set up"])
async def test_an_entry_that_is_not_loaded_has_diagnostics_too(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, how: str
) -> None:
    if how == "never set up":
        entry = entry_for(module)
        entry.add_to_hass(hass)
    else:
        entry = await set_up()
        if how == "unreachable":
            module.faults.drop = True
            await hass.config_entries.async_reload(entry.entry_id)
        else:
            await hass.config_entries.async_unload(entry.entry_id)
        await settle(hass)
    shown = await dump(hass, entry)
    expected = "setup_retry" if how == "unreachable" else "not_loaded"
    assert shown["state"] == expected
    assert shown["error"] == ("cannot_connect" if how == "unreachable" else None)
    text = json.dumps(shown, ensure_ascii=False)
    for secret in (PASSWORD, SERIAL, module.host, *entry.data["webhook_ids"].values()):
        assert secret not in text
    module.faults.clear()
