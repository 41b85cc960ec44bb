"""An eye that fails is a repair after a while, until the first success."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from simulator import SimulatedModule
from tests.common import complaints
from tests.visits.conftest import Events

from .conftest import DOORBELL, Doorbell, Watch, move


def repair(hass: HomeAssistant) -> str | None:
    """Return what the repair says of the eyes, None without one."""
    for issue in ir.async_get(hass).issues.values():
        if issue.translation_key == "eye_fails":
            return str((issue.translation_placeholders or {})["eyes"])
    return None


@pytest.mark.parametrize(
    ("shows", "why"),
    [
        (None, "gives no picture"),
        (OSError("no route"), "gives no picture"),
        (b"<!DOCTYPE html><html></html>", "no picture"),
    ],
)
async def test_ten_failures_of_a_camera_are_said_and_the_first_success_heals(
    hass: HomeAssistant,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
    caplog: pytest.LogCaptureFixture,
    shows: Any,
    why: str,
) -> None:
    await watch()
    doorbell.shows = shows
    for _ in range(9):
        await move(hass)
    assert repair(hass) is None
    await move(hass)
    said = repair(hass)
    assert said
    assert DOORBELL.replace("_", "\\_") in said
    assert why in said
    doorbell.shows = "Anna"
    await move(hass)
    assert repair(hass) is None
    assert events.told == ["recognized anna"]
    assert complaints(caplog) == []


async def test_a_camera_that_is_off_is_one(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell
) -> None:
    await watch()
    doorbell._attr_is_on = False
    for _ in range(10):
        await move(hass)
    assert repair(hass)


async def test_firmware_that_cannot_identify_is_one(
    hass: HomeAssistant, module: SimulatedModule, watch: Watch, doorbell: Doorbell
) -> None:
    await watch()
    doorbell.shows = "Anna"
    module.faults.next("garbage", call="Identify", times=100)
    for _ in range(10):
        await move(hass)
    assert repair(hass)


async def test_firmware_that_refuses_to_identify_whom_it_does_not_know_is_none(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
) -> None:
    await watch()
    doorbell.shows = "Nobody Known"
    module.faults.next("ret_code_1", call="Identify", times=100)
    for _ in range(11):
        await move(hass)
    assert repair(hass) is None
    assert events.told == ["unknown None"]


async def test_a_success_in_between_begins_anew(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell
) -> None:
    await watch()
    for shows in (*[None] * 9, "Anna", *[None] * 9):
        doorbell.shows = shows
        await move(hass)
    assert repair(hass) is None


async def test_the_repair_goes_with_the_eye(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell
) -> None:
    entry = await watch()
    for _ in range(10):
        await move(hass)
    assert repair(hass)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "eyes": []})
    await hass.config_entries.async_reload(entry.entry_id)
    assert repair(hass) is None
