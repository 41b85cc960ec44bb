"""Visits in words."""

from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.face_module.const import EVENT_VISIT
from custom_components.face_module.logbook import async_describe_events
from simulator import SimulatedModule

from .common import id_of
from .conftest import SetUp, settle


def lines(hass: HomeAssistant, events: list[Event[Any]]) -> list[str]:
    """Return the lines of the logbook for our events."""
    described: dict[str, Any] = {}
    async_describe_events(
        hass, lambda _, kind, describe: described.update({kind: describe})
    )
    assert set(described) == {EVENT_VISIT}
    found = [described[EVENT_VISIT](event) for event in events]
    assert {line["entity_id"] for line in found} <= {id_of("event.recognition"), None}
    assert {line["name"] for line in found} <= {
        "Face module F6EE Recognition",
        "Face module F6EE 识别",
        "face_module",
    }
    return [line["message"] for line in found]


async def come(hass: HomeAssistant, module: SimulatedModule) -> list[Event[Any]]:
    events: list[Event[Any]] = async_capture_events(hass, EVENT_VISIT)
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.973)
    await module.send_recognition("chenwei", 0.9)
    await module.send_recognition("", username="")
    await module.send_recognition("{score}", 0.97, username="{score} {name}")
    await module.send_recognition("anna", timestamp=1)
    await settle(hass)
    return events


async def test_each_visit_is_a_line_in_words(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    assert lines(hass, await come(hass, module)) == [
        "recognized Anna",
        "rejected 陈伟: the score is too low",
        "saw an unknown person",
        "recognized {score} {name}",
        "rejected Anna: the time is wrong, too old or in the future",
    ]


async def test_the_lines_speak_chinese_where_home_assistant_does(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await hass.config.async_update(language="zh-Hans")
    await set_up(minimum_score=95)
    assert lines(hass, await come(hass, module))[:3] == [
        "识别到 Anna",
        "拒绝了 陈伟：分数过低",
        "看到陌生人",
    ]


async def test_the_event_carries_neither_picture_nor_key(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    (event,) = (await come(hass, module))[:1]
    assert set(event.data) == {*("entity_id", "type", "reason", "user_id", "name")}


@pytest.mark.parametrize("data", [{}, {"type": "recognized"}, {"type": "rejected"}])
async def test_odd_events_are_no_error(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any]
) -> None:
    (line,) = lines(hass, [Event(EVENT_VISIT, data)])
    assert line
