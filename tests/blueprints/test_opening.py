"""Unlock: for whom, and for whom not; and what must never open anything."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import Record, SimulatedModule
from tests.common import eventually, poll, visits_of
from tests.conftest import SetUp, settle

from .kit import (
    MODULES,
    SLOWLY,
    TELL,
    Language,
    free,
    loaded,
    replay,
    said,
    see,
    see_stranger,
    use,
    use_all,
)

pytestmark = pytest.mark.usefixtures("clean")

OPEN = [{"action": "lock.unlock", "target": {"entity_id": "lock.front_door"}}]


async def link(hass: HomeAssistant, user_id: str, person: str) -> None:
    """Link somebody with a person entity, as the options do."""
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id=user_id, name=user_id, person=person)
    )


# Unlock


async def two_factors(hass: HomeAssistant, language: Language, **inputs: Any) -> str:
    """Make the automation, with a code as the second factor."""
    code = {"condition": "state", "entity_id": "input_boolean.code", "state": "on"}
    defaults = {
        "modules": MODULES,
        "people": ["anna"],
        "wait": 0,
        "open": OPEN,
        "refused": TELL,
        "conditions": [code],
    }
    return await use(hass, language, "two_factor_unlock", **defaults | inputs)


async def test_the_door_opens_for_a_chosen_face_with_the_second_factor(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await two_factors(hass, language)
    hass.states.async_set("input_boolean.code", "on")
    await see(hass, module, "anna")
    assert [call.data["entity_id"] for call in unlocked] == [["lock.front_door"]]
    assert told == []


async def test_the_door_stays_locked_and_says_why(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await set_up(minimum_score=95)
    await two_factors(hass, language)
    hass.states.async_set("input_boolean.code", "off")

    def text(key: str, name: str) -> str:
        return language.text("two_factor_unlock", key, name=name)

    await see(hass, module, "anna", score=0.99)
    assert said(told) == [text("second_factor", "Anna")]
    hass.states.async_set("input_boolean.code", "on")
    await see(hass, module, "chenwei", score=0.99)
    assert said(told) == [text("not_chosen", "陈伟")]
    module.add_user("dora", "Dora")
    await see(hass, module, "dora", score=0.90)
    assert said(told) == [text("low_score", "Dora")]
    await replay(hass, module, "anna")
    await see_stranger(hass, module)
    assert said(told) == [], "the past and strangers are not told"
    assert unlocked == []


@pytest.mark.parametrize(
    "reason", ["low_score", "spoof", "liveness_unknown", "unconfirmed"]
)
async def test_every_reason_is_told_in_words(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    unlocked: list[ServiceCall],
    reason: str,
    told: list[ServiceCall],
) -> None:
    module.config.liveness_type = 3
    module.quirks.reports_spoofs = True
    options: dict[str, dict[str, Any]] = {
        "low_score": {"minimum_score": 99.9},
        "spoof": {"require_liveness": True},
        "liveness_unknown": {"require_liveness": True},
        "unconfirmed": {"confirmations": 3, "confirmation_window": 1},
    }
    await set_up(**options[reason])
    await two_factors(hass, language)
    hass.states.async_set("input_boolean.code", "on")
    await module.send_heartbeat()
    if reason == "spoof":
        await module.send_status()
        await module.walk_by("anna", score=0.97, rgb_liveness=0.1, nir_liveness=0.1)
    else:
        await module.send_recognition("anna", 0.97)
    await settle(hass)
    await eventually(lambda: bool(told))
    assert said(told, "reason") == [reason]
    assert unlocked == []


async def test_the_second_factor_may_come_a_little_later(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await two_factors(hass, language, wait=5)
    hass.states.async_set("input_boolean.code", "off")

    await module.send_heartbeat()
    await module.send_recognition("anna")
    await asyncio.sleep(0.5)
    assert (unlocked, told) == ([], []), "it waits"
    hass.states.async_set("input_boolean.code", "on")
    await eventually(lambda: bool(unlocked))
    await settle(hass)
    assert len(unlocked) == 1
    assert told == []


@pytest.mark.parametrize(
    ("home", "conditions", "opens"),
    [
        ("home", [], True),
        ("not_home", [], False),
        (None, [], False),
        ("home", [{"condition": "state", "entity_id": "sun.sun", "state": "no"}], False),
    ],
)
async def test_the_phone_of_the_very_person_can_be_the_second_factor(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    home: str | None,
    conditions: list[Any],
    opens: bool,
    told: list[ServiceCall],
) -> None:
    hass.states.async_set("sun.sun", "above_horizon")
    opener = await two_factors(hass, language, person_home=True, conditions=conditions)
    loaded(hass, opener, timedelta(minutes=10))
    if home is not None:
        hass.states.async_set("person.anna", home)
        await link(hass, "anna", "person.anna")
    await see(hass, module, "anna")
    assert (len(unlocked), len(told)) == ((1, 0) if opens else (0, 1))


@pytest.mark.parametrize(
    ("minutes_ago", "within", "opens"),
    [
        (1, None, True),
        (9, None, True),
        (11, None, False),
        (600, None, False),
        (59, 60, True),
        (2, 1, False),
        # Home Assistant started: Anna may have been in bed.
        (119, 120, False),
        (121, 120, False),
    ],
)
async def test_a_phone_that_is_at_home_all_night_opens_nothing(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
    minutes_ago: int,
    within: int | None,
    opens: bool,
) -> None:
    more = {} if within is None else {"home_within": within}
    opener = await two_factors(hass, language, person_home=True, conditions=[], **more)
    loaded(hass, opener, timedelta(hours=2))
    came = dt_util.utcnow() - timedelta(minutes=minutes_ago)
    hass.states.async_set("person.anna", "home", timestamp=came.timestamp())
    await link(hass, "anna", "person.anna")
    await see(hass, module, "anna")
    assert (len(unlocked), len(told)) == ((1, 0) if opens else (0, 1))


async def test_those_who_are_refused_keep_nobody_from_coming_in(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
) -> None:
    await two_factors(hass, language, refused=SLOWLY)
    hass.states.async_set("input_boolean.code", "on")
    await module.send_heartbeat()
    for number in range(20):
        module.add_user(f"other-{number}", f"Other {number}")
        await module.send_recognition(f"other-{number}")
    await module.send_recognition("anna")
    await eventually(lambda: len(unlocked) == 1)
    await free(hass)


async def test_a_recognition_of_another_time_opens_nothing(
    hass: HomeAssistant,
    language: Language,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await two_factors(hass, language, wait=1)
    hass.states.async_set("input_boolean.code", "on")
    attributes: dict[str, Any] = {"event_type": "recognized", "user_id": "anna"}
    attributes |= {"name": "Anna", "source": None}
    for seconds, expected in ((3600, 0), (-60, 0), (0, 1)):
        then = dt_util.utcnow() - timedelta(seconds=seconds)
        hass.states.async_set(MODULES[0], then.isoformat("T", "milliseconds"), attributes)
        await settle(hass)
        assert len(unlocked) == expected


async def test_a_face_alone_never_opens(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await two_factors(hass, language, conditions=[])
    await see(hass, module, "anna")
    assert unlocked == []
    assert said(told, "reason") == ["second_factor"]


async def test_without_people_nobody_opens(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    unlocked: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    await two_factors(hass, language, people=[])
    hass.states.async_set("input_boolean.code", "on")
    await see(hass, module, "anna")
    assert unlocked == []
    assert said(told, "reason") == ["not_chosen"]


# What must never open


@pytest.fixture
async def both(hass: HomeAssistant, language: Language) -> list[str]:
    """Both automations, ready to open for Anna."""
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    hass.states.async_set("input_boolean.code", "on")
    return await use_all(
        hass,
        language,
        two_factor_unlock={
            "modules": MODULES,
            "people": ["anna"],
            "conditions": [
                {"condition": "state", "entity_id": "input_boolean.code", "state": "on"}
            ],
            "open": OPEN,
            "refused": TELL,
        },
        disarm_alarm={
            "modules": MODULES,
            "people": ["anna"],
            "alarm": "alarm_control_panel.home",
        },
    )


async def test_a_restart_with_anna_as_the_last_event_opens_nothing(
    hass: HomeAssistant,
    both: list[str],
    module: SimulatedModule,
    set_up: SetUp,
    unlocked: list[ServiceCall],
    disarmed: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    """Home Assistant kept the state and the attributes, as of a moment ago."""
    last = dt_util.utcnow().isoformat(timespec="milliseconds")
    attributes = {"event_type": "recognized", "user_id": "anna", "name": "Anna"}
    known = {
        "last_event_type": "recognized",
        "last_event_attributes": {"user_id": "anna", "name": "Anna"},
    }
    mock_restore_cache_with_extra_data(hass, [(State(MODULES[0], last, attributes), known)])
    await set_up()
    state = hass.states.get(MODULES[0])
    assert state.state == "unknown", "it is not restored"
    assert "user_id" not in state.attributes
    assert (unlocked, disarmed, told) == ([], [], [])
    await see(hass, module, "anna")
    assert (len(unlocked), len(disarmed)) == (1, 1), "it is really her now"


async def test_a_reload_and_an_outage_open_nothing(
    hass: HomeAssistant,
    both: list[str],
    module: SimulatedModule,
    set_up: SetUp,
    unlocked: list[ServiceCall],
    disarmed: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    entry = await set_up()
    await see(hass, module, "anna")
    unlocked.clear()
    disarmed.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    await module.send_heartbeat()
    await settle(hass)
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    await module.send_heartbeat()
    await settle(hass)
    # What the module saw in a longer silence is read from its records.
    module.records = [Record("anna", "Anna", 0.97, module.now() - 1800)]
    entry.runtime_data.back_fill._heard_at -= 3600
    await module.send_heartbeat()
    await settle(hass)
    await replay(hass, module, "anna")
    assert any(visit.late for visit in visits_of(entry)), "the missed visit is known"
    assert (unlocked, disarmed, told) == ([], [], [])


async def test_the_run_button_opens_nothing(
    hass: HomeAssistant,
    both: list[str],
    module: SimulatedModule,
    set_up: SetUp,
    unlocked: list[ServiceCall],
    disarmed: list[ServiceCall],
) -> None:
    await set_up()
    for entity_id in both:
        await hass.services.async_call(
            "automation", "trigger", {"entity_id": entity_id}, blocking=True
        )
    await settle(hass)
    assert (unlocked, disarmed) == ([], [])
