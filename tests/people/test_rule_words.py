"""A rule reads as somebody would say it, in both languages."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.people.rule import (
    ALWAYS,
    NEVER,
    AccessMode,
    AccessRule,
    Match,
)
from custom_components.face_module.people.rule_words import async_rule_text
from tests.common import device_of
from tests.conftest import SERIAL

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVENING = datetime(2027, 3, 31, 18, 30, tzinfo=UTC)
WORK = [{"from": "08:00:00", "to": "12:00:00"}, {"from": "13:30:00", "to": "24:00:00"}]


def rule(**what: Any) -> AccessRule:
    return AccessRule(mode=AccessMode.RULE, **what)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Schedules wait for their next hour."""
    return True


@pytest.fixture(autouse=True)
async def entities(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("UTC")
    week = ("monday", "tuesday", "wednesday", "thursday", "friday")
    config = {
        "work": {"name": "Work", **dict.fromkeys(week, WORK)},
        "few": {
            "name": "Few",
            "tuesday": [{"from": "09:00:00", "to": "12:00:00"}],
            "sunday": [{"from": "10:00:00", "to": "11:00:00"}],
        },
        "empty": {"name": "Empty"},
    }
    assert await async_setup_component(hass, "schedule", {"schedule": config})
    hass.states.async_set("switch.gate", "on", {"friendly_name": "Gate"})
    hass.states.async_set("person.anna", "home", {"friendly_name": "Anna"})
    registry = er.async_get(hass)
    registry.async_get_or_create("switch", "test", "1", suggested_object_id="off")
    registry.async_update_entity("switch.off", name="Holidays")


@pytest.mark.parametrize(
    ("access", "english", "chinese"),
    [
        (ALWAYS, "May always enter", "随时可以进入"),
        (NEVER, "May never enter", "不得进入"),
        (
            rule(entities=("schedule.work",), end=EVENING),
            (
                "May enter while it is Monday to Friday 08:00–12:00 and 13:30–24:00,"
                " until 31 March 2027 18:30"
            ),
            (
                "可以进入：当时间为周一至周五 08:00–12:00 且 13:30–24:00 时，"
                "至 2027年3月31日 18:30 止"
            ),
        ),
        (
            rule(entities=("schedule.few",), start=NOON),
            (
                "May enter while it is Tuesday 09:00–12:00, Sunday 10:00–11:00,"
                " from 1 December 2026 12:00"
            ),
            (
                "可以进入：当时间为周二 09:00–12:00，周日 10:00–11:00 时，"
                "自 2026年12月1日 12:00 起"
            ),
        ),
        (
            rule(entities=("schedule.empty", "person.anna", "switch.gate")),
            "May enter while Empty is on and Anna is at home and Gate is on",
            "可以进入：当 Empty 开启且 Anna 在家且 Gate 开启时",
        ),
        (
            rule(entities=("switch.off", "schedule.gone"), match=Match.ANY),
            "May enter while Holidays is on or schedule.gone is on",
            "可以进入：当 Holidays 开启或 schedule.gone 开启时",
        ),
        (
            rule(visits=3, doors=(SERIAL, "0123"), remove_afterwards=True),
            "May enter 3 more times, only at Face module F6EE and 0123, removed afterwards",
            "可以进入：还可 3 次，仅限 Face module F6EE、0123，结束后删除",
        ),
        (rule(visits=1), "May enter once more", "可以进入：还可 1 次"),
        (
            rule(visits=0),
            "May no longer enter: no visits are left",
            "不得再进入：次数已用完",
        ),
        (
            rule(entities=("person.anna",), visits=0, remove_afterwards=True),
            (
                "May no longer enter: no visits are left"
                " (conditions: while Anna is at home, removed afterwards)"
            ),
            "不得再进入：次数已用完（条件：当 Anna 在家时，结束后删除）",
        ),
    ],
)
async def test_a_rule_in_words(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    access: AccessRule,
    english: str,
    chinese: str,
) -> None:
    assert await async_rule_text(hass, access) == english
    assert await async_rule_text(hass, access, "de") == english
    assert await async_rule_text(hass, access, "zh-Hans") == chinese
    hass.config.language = "zh-Hans"
    assert await async_rule_text(hass, access) == chinese


async def test_a_door_is_called_as_the_user_calls_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    device_id = device_of(hass, entry)
    dr.async_get(hass).async_update_device(device_id, name_by_user="Front door")
    text = await async_rule_text(hass, rule(doors=(SERIAL,)))
    assert text == "May enter only at Front door"


async def test_without_schedules_the_name_is_said(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.services.async_remove("schedule", "get_schedule")
    text = await async_rule_text(hass, rule(entities=("schedule.work",)))
    assert text == "May enter while Work is on"
