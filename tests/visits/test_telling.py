"""From callbacks to visits, events and who is there."""

import asyncio
from datetime import timedelta
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import SimulatedModule
from tests.common import eventually, id_of, poll, state_of, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events


async def test_the_event_says_everything_a_notification_needs(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    module.config.liveness_type = 3
    await poll(hass)
    await module.send_heartbeat()
    await module.send_status()
    await module.send_status(
        rgb_liveness_score=0.971, nir_liveness_score=0.955, mask_score=0.04
    )
    await module.send_recognition("chenwei", 0.9731)
    await settle(hass)
    event = dict(state_of(hass, "event.recognition").attributes)
    visit = visits_of(entry)[0]
    assert abs(event.pop("age")) < 3
    image_url = event.pop("image_url")
    device_time = dt_util.parse_datetime(event.pop("device_time"), raise_on_error=True)
    assert abs(device_time - dt_util.utcnow()) < timedelta(seconds=3)
    assert event == {
        "event_types": ["recognized", "rejected", "unknown"],
        "event_type": "recognized",
        "friendly_name": "Face module F6EE Recognition",
        "visit_id": visit.visit_id,
        "user_id": "chenwei",
        "name": "陈伟",
        "person": None,
        "reason": None,
        "score": 97.3,
        "rgb_liveness_score": 97.1,
        "nir_liveness_score": 95.5,
        "mask_score": 4.0,
        "image": f"media-source://face_module/{entry.entry_id}/{visit.visit_id}",
        "source": None,
        "stranger_id": None,
        "times_seen": None,
        "first_seen": None,
    }
    client = await hass_client_no_auth()
    answer = await client.get(image_url)
    assert answer.status == 200
    assert answer.content_type == "image/jpeg"
    assert (await answer.read()).startswith(b"\xff\xd8\xff")


async def test_the_address_of_a_picture_is_not_recorded(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    state = state_of(hass, "event.recognition")
    assert "image_url" in state.attributes
    assert "image_url" in state.state_info["unrecorded_attributes"]


async def test_the_same_person_again_extends_the_visit(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    for _ in range(5):
        await module.send_recognition("anna")
        await settle(hass)
    assert heard.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1
    assert visits_of(entry)[0].last_seen > visits_of(entry)[0].time


async def test_after_the_window_it_is_a_second_event(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(visit_window=0.2)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await asyncio.sleep(0.25)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["recognized anna"] * 2
    first, second = (a["visit_id"] for a in events.attributes)
    assert first != second
    assert [visit.visit_id for visit in visits_of(entry)] == [second, first]


async def test_a_visit_lasts_as_long_as_somebody_is_seen_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(visit_window=0.4)
    await module.send_heartbeat()
    events = Events(hass)
    for _ in range(6):
        await module.send_recognition("anna")
        await asyncio.sleep(0.2)
    await settle(hass)
    assert events.told == ["recognized anna"]


async def test_people_who_come_together_are_visits_of_their_own(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await asyncio.gather(
        *(module.send_recognition(user_id) for user_id in ("anna", "chenwei", "") * 4)
    )
    await settle(hass)
    assert sorted(heard.told) == ["recognized anna", "recognized chenwei", "unknown None"]
    present = state_of(hass, "binary_sensor.person_present")
    assert present.state == "on"
    assert present.attributes["user_id"] == ["anna", "chenwei"]
    assert present.attributes["name"] == ["Anna", "陈伟"]


async def test_a_burst_is_one_event_each_and_each_time_is_another(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    module.add_many(40)
    people = [f"user{number:05}" for number in range(1, 41)]
    await asyncio.gather(*(module.send_recognition(user_id, 0.97) for user_id in people))
    await settle(hass)
    assert sorted(heard.told) == [f"recognized {user_id}" for user_id in people]
    assert len({a["visit_id"] for a in heard.attributes}) == 40
    assert len(visits_of(entry)) == 40


async def test_presence_ends_after_its_timeout(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(presence_timeout=0.4, visit_window=0.1)
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await asyncio.sleep(0.2)
    await module.send_recognition("chenwei")
    await settle(hass)
    present = id_of("binary_sensor.person_present")
    assert hass.states.get(present).attributes["user_id"] == ["anna", "chenwei"]
    await eventually(lambda: hass.states.get(present).attributes["user_id"] == ["chenwei"])
    assert hass.states.get(present).state == "on"
    await eventually(lambda: hass.states.get(present).state == "off")
    assert hass.states.get(present).attributes["user_id"] == []


async def test_only_who_was_recognized_is_present(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.9)
    await module.send_recognition("", username="")
    await settle(hass)
    assert state_of(hass, "binary_sensor.person_present").state == "off"


async def test_a_name_of_any_length_and_kind_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    for user_id, name in (("x1", "<img src=x onerror=alert(1)>"), ("x2", "Ä" * 3000)):
        await module.send_recognition(user_id, username=name)
    await module.send_recognition("nameless", username="")
    await settle(hass)
    names = [a["name"] for a in heard.attributes]
    assert names == ["<img src=x onerror=alert(1)>", "Ä" * 255, "nameless"]
    await module.send_recognition("y" * 256)
    await settle(hass)
    assert len(heard.attributes) == 3, "that is no id"


async def test_the_history_folder_is_in_the_configuration(
    hass: HomeAssistant, module: SimulatedModule, heard: Events, folder: Path
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    names = await asyncio.to_thread(
        lambda: sorted(path.suffix for path in folder.iterdir())
    )
    assert names == [".jpg"]
