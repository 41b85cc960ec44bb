"""What drivers do, and that nobody came: told once, and told again."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.components.trace.const import DATA_TRACE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from simulator import Record, SimulatedModule
from tests.common import eventually, id_of
from tests.conftest import LetPass, settle

from .kit import (
    TELL,
    Language,
    errors,
    said,
    use,
)

pytestmark = pytest.mark.usefixtures("clean")


# Drivers


async def driving(hass: HomeAssistant, language: Language, **inputs: Any) -> None:
    inputs = {"duration": 0, "cool_down": 1, "actions": TELL, **inputs}
    sensor = id_of("sensor.driver_monitoring")
    await use(hass, language, "driver_warning", sensor=sensor, **inputs)


@pytest.mark.parametrize("kind", ["smoking", "calling", "drinking", "eating"])
async def test_the_driver_is_warned_of_what_he_does(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    kind: str,
) -> None:
    await driving(hass, language)
    await module.send_heartbeat()
    await module.send_status()
    await settle(hass)
    assert told == []
    await module.send_status(dms_type=kind)
    await eventually(lambda: bool(told))
    await module.send_status(dms_type="normal")
    await settle(hass)
    assert said(told) == [language.text("driver_warning", kind)]


async def test_in_the_cool_down_there_is_no_second_warning_and_after_it_there_is(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    await driving(hass, language)
    await module.send_heartbeat()
    for kind in ("smoking", "normal", "smoking", "calling"):
        await module.send_status(dms_type=kind)
        await asyncio.sleep(0.1)
    smoking, calling = (
        language.text("driver_warning", kind) for kind in ("smoking", "calling")
    )
    assert said(told) == [smoking]
    await eventually(lambda: bool(told))
    await module.send_status(dms_type="normal")
    await settle(hass)
    assert said(told) == [calling], "what he does by then"


async def test_the_driver_is_not_warned_of_what_was_not_chosen(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    hass.states.async_set("binary_sensor.moving", "off")
    moving = {"condition": "state", "entity_id": "binary_sensor.moving", "state": "on"}
    await driving(hass, language, kinds=["calling"], conditions=[moving])
    await module.send_heartbeat()
    for kind in ("smoking", "calling"):
        await module.send_status(dms_type=kind)
        await settle(hass)
    assert told == [], "he smokes, and the car does not move"
    hass.states.async_set("binary_sensor.moving", "on")
    for kind in ("normal", "calling"):
        await module.send_status(dms_type=kind)
        await asyncio.sleep(0.1)
    await module.send_status(dms_type="normal")
    await settle(hass)
    assert len(told) == 1


# Nobody came


DAY = 86_400


async def ten_o_clock(hass: HomeAssistant, let_pass: LetPass) -> None:
    """Let it become the time of the day at which it is checked."""
    tomorrow = dt_util.now() + timedelta(days=1)
    ten = tomorrow.replace(hour=10, minute=0, second=0)
    # In UTC: between two times of one zone, Python leaves out that clocks are changed.
    let_pass(dt_util.as_utc(ten) - dt_util.utcnow())
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], "nobody"),
        ([("anna", 5)], "nobody"),
        ([("stranger", 0.5)], "nobody"),
        ([("anna", 5), ("anna", 0.5)], None),
        ([("chenwei", 1.5)], None),
    ],
)
async def test_it_is_told_when_none_of_the_people_came_for_days(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    told: list[ServiceCall],
    let_pass: LetPass,
    records: list[tuple[str, float]],
    expected: str | None,
) -> None:
    """The module's records tell, so nothing is lost when Home Assistant restarts."""
    await use(
        hass,
        language,
        "nobody_came",
        modules=[device_id],
        people=["anna", "chenwei"],
        days=2,
        actions=TELL,
    )
    await ten_o_clock(hass, let_pass)
    told.clear()
    module.records = [
        Record(user_id, user_id, 0.97, int(dt_util.utcnow().timestamp() + DAY - DAY * ago))
        for user_id, ago in records
    ]
    await ten_o_clock(hass, let_pass)
    people = f"anna{language.text('nobody_came', 'joint')}chenwei"
    text = language.text("nobody_came", "nobody", days="2", people=people)
    assert said(told) == ([text] if expected else [])


async def test_the_notification_that_nobody_came_replaces_that_of_yesterday(
    hass: HomeAssistant,
    language: Language,
    entry: MockConfigEntry,
    device_id: str,
    let_pass: LetPass,
) -> None:
    shown = async_mock_service(hass, "persistent_notification", "create")
    await use(hass, language, "nobody_came", modules=[device_id], people=["anna"])
    for _ in range(2):
        await ten_o_clock(hass, let_pass)
    ids = {call.data["notification_id"] for call in shown}
    assert ids == {"face_module_nobody_automation.nobody_came"}
    assert len(shown) == 2


async def test_a_module_that_does_not_answer_is_not_taken_for_nobody(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    told: list[ServiceCall],
    let_pass: LetPass,
) -> None:
    people = {"modules": [device_id], "people": ["anna"], "actions": TELL}
    await use(hass, language, "nobody_came", **people)
    module.faults.refuse = {"SearchRecords"}
    await ten_o_clock(hass, let_pass)
    assert said(told, "what") == ["unanswered"]
    assert len(errors(hass)) == 1
    hass.data[DATA_TRACE].clear()
