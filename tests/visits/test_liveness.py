"""Liveness that is required: whose scores they are, and which count."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from custom_components.face_module.device.pipeline import LIVENESS_WITHIN
from custom_components.face_module.visits import evidence
from simulator import SimulatedModule
from tests.common import complaints, eventually, state_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events, judged


async def test_liveness_that_is_required_must_be_shown(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
) -> None:
    module.config.liveness_type = 3
    await set_up(require_liveness=True, visit_window=0)
    await module.send_heartbeat()
    events = Events(hass)

    async def comes(**scores: float) -> None:
        known = len(events.told)
        if scores:
            await module.send_status(**scores)
        await module.send_recognition("anna")
        await eventually(lambda: len(events.told) > known)

    await comes()
    await comes(rgb_liveness_score=0.9, nir_liveness_score=0.9)
    await comes(rgb_liveness_score=0.97, nir_liveness_score=0.95)
    await comes(rgb_liveness_score=0.98, nir_liveness_score=0.2)
    await comes(rgb_liveness_score=-2.0, nir_liveness_score=0.95)
    await comes(rgb_liveness_score=0.97, nir_liveness_score=0.96)
    assert events.told == [
        "rejected: liveness_unknown anna",
        "rejected: liveness_unknown anna",  # perhaps a result from before we listened
        "recognized anna",
        "rejected: spoof anna",
        "rejected: liveness_unknown anna",
        "recognized anna",
    ]


async def test_whoever_lowers_the_threshold_of_the_module_lets_no_photo_in(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
) -> None:
    """Every user may operate the number; the option is the administrators'."""
    module.config.liveness_type = 1
    await set_up(require_liveness=True, minimum_liveness=80, visit_window=0)
    threshold = "number.face_module_f6ee_liveness_threshold"
    await hass.services.async_call(
        "number", "set_value", {"entity_id": threshold, "value": 10}, blocking=True
    )
    assert module.config.liveness_threshold == 10
    await module.send_heartbeat()
    events = Events(hass)
    for score in (0.7, 0.71, 0.9, 0.91):
        await module.send_status(rgb_liveness_score=score)
        if score in (0.71, 0.91):
            await module.send_recognition("anna")
            # Whoever came before is not who comes now.
            await judged(hass, LIVENESS_WITHIN)
    assert events.told == ["rejected: spoof anna", "recognized anna"]


@pytest.mark.parametrize(("times", "pause"), [(2, 0.6), (4, 0.05)])
async def test_a_score_that_is_repeated_too_seldom_or_shortly_shows_nobody_to_be_alive(
    hass: HomeAssistant,
    module: SimulatedModule,
    guarded: MockConfigEntry,
    times: int,
    pause: float,
) -> None:
    """It may be what the module said of whoever was there last."""
    events = Events(hass)
    await module.send_recognition("anna")
    for _ in range(times):
        await module.send_status(rgb_liveness_score=0.97)
        await asyncio.sleep(pause)
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: liveness_unknown anna"]


async def test_scores_that_come_late_are_waited_for(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    events = Events(hass)
    await module.send_recognition("anna")
    await asyncio.sleep(0.6)
    assert events.told == []
    await module.send_status(rgb_liveness_score=0.08)
    await judged(hass)
    assert events.told == ["rejected: spoof anna"]


async def test_a_status_of_yesterday_vouches_for_nobody(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    events = Events(hass)
    for score in (0.98, 0.985, 0.99):
        await module.send_status(rgb_liveness_score=score, timestamp=module.now() - 86_400)
    await module.send_recognition("anna")
    await judged(hass, evidence.SETTLE_MAX + 0.2)
    assert events.told == ["rejected: liveness_unknown anna"]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.05, 0.06, 0.07, 0.95), "rejected: spoof anna"),
        ((0.95, 0.96, 0.3, 0.97), "recognized anna"),
        ((0.95, 0.05), "rejected: spoof anna"),
    ],
)
async def test_one_lucky_frame_makes_no_photo_alive(
    hass: HomeAssistant,
    module: SimulatedModule,
    guarded: MockConfigEntry,
    scores: tuple[float, ...],
    expected: str,
) -> None:
    events = Events(hass)
    await module.send_recognition("anna")
    for score in scores:
        await module.send_status(rgb_liveness_score=score)
    await judged(hass)
    assert events.told == [expected]


async def test_a_spoof_stays_one_until_it_is_gone(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.config.liveness_type = 1
    await set_up(require_liveness=True, visit_window=2)
    await module.send_heartbeat()
    await module.send_status(rgb_liveness_score=0.5)
    events = Events(hass)
    for score in (0.1, 0.12, 0.95, 0.96):
        await module.send_status(rgb_liveness_score=score)
        await module.send_recognition("anna")
        await judged(hass)
    assert events.told == ["rejected: spoof anna"]
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    await asyncio.sleep(2)
    await module.send_status(rgb_liveness_score=0.97)
    await module.send_recognition("anna")
    await judged(hass)
    assert events.told[1:] == ["recognized anna"]


async def test_scores_that_arrive_after_the_recognition_count(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """The face before was alive; this one is a photo, and its scores are slower."""
    module.config.liveness_type = 1
    await set_up(require_liveness=True)
    await module.send_heartbeat()
    for score in (0.95, 0.97):
        await module.send_status(rgb_liveness_score=score)
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_status(rgb_liveness_score=0.11)
    await asyncio.sleep(evidence.SETTLE + 0.05)
    await settle(hass)
    assert events.told == ["rejected: spoof anna"]
    assert events.attributes[0]["rgb_liveness_score"] == 11.0


async def test_unloading_while_scores_are_awaited_tells_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.config.liveness_type = 1
    entry = await set_up(require_liveness=True)
    await module.send_heartbeat()
    await module.send_status(rgb_liveness_score=0.97)
    events = Events(hass)
    await module.send_recognition("anna")
    module.faults.latency = 0.3
    kept = entry.runtime_data.visits.history
    await hass.config_entries.async_unload(entry.entry_id)
    await asyncio.sleep(evidence.SETTLE + 0.05)
    assert events.told == []
    assert kept.visits == [], "what nobody heard is not called told"
    module.faults.clear()
    assert complaints(caplog) == []
