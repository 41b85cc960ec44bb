"""From callbacks to visits, events and who is there."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import time
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module import sightings
from simulator import SimulatedModule

from .common import complaints, eventually, id_of, poll, press, state_of, visits_of
from .conftest import SetUp, settle

MODELS_ON = {"liveness_type": 3}


class Events:
    """The recognition events since the test began to look."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._states: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)

    @property
    def attributes(self) -> list[dict[str, Any]]:
        found, last = [], None
        for event in self._states:
            new = event.data["new_state"]
            if event.data["entity_id"] != id_of("event.recognition") or new is None:
                continue
            if new.state not in ("unknown", "unavailable", last):
                found.append(dict(new.attributes))
                last = new.state
        return found

    @property
    def told(self) -> list[str]:
        """Each event as `type`, or `type: reason`, and who."""
        return [
            f"{a['event_type']}{f': {a["reason"]}' if a['reason'] else ''} {a['user_id']}"
            for a in self.attributes
        ]


@pytest.fixture
async def heard(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> Events:
    """A module that was heard, and what it tells from now on."""
    await module.send_heartbeat()
    await settle(hass)
    return Events(hass)


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


# Visits


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


# The gate


async def test_a_low_score_is_rejected_and_names_nobody_as_last(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna", 0.949)
    await settle(hass)
    assert events.told == ["rejected: low_score anna"]
    assert state_of(hass, "sensor.last_person").state == "unknown"


async def test_better_evidence_makes_the_same_visit_a_recognized_one(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    for score in (0.93, 0.94, 0.96, 0.92):
        await module.send_recognition("anna", score)
        await settle(hass)
    assert events.told == ["rejected: low_score anna", "recognized anna"]
    first, second = events.attributes
    assert first["visit_id"] == second["visit_id"]
    assert [visit.verdict for visit in visits_of(entry)] == ["recognized"]


@pytest.mark.parametrize("days", [-365, -1, 1, 365])
async def test_a_replay_of_another_day_is_stale_and_counts_for_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    days: int,
) -> None:
    then = module.now() + days * 86_400
    for _ in range(3):
        await module.send_recognition("anna", timestamp=then)
    await settle(hass)
    assert heard.told == ["rejected: stale anna"]
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    assert state_of(hass, "sensor.last_person").state == "unknown"
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told[1:] == ["recognized anna"], "the replay does not hide the person"
    await module.send_recognition("anna", timestamp=then)
    await settle(hass)
    assert len(heard.told) == 2


async def test_a_module_in_1970_works_from_its_first_heartbeat_on(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(keep_clock_set=False)
    module.clock_offset = -time.time() + 8_942_239
    events = Events(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"]
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told[1:] == ["recognized anna"]
    assert events.attributes[1]["device_time"].startswith("1970-04-14")
    assert abs(events.attributes[1]["age"]) < 2


@pytest.mark.parametrize("year", [-365 * 86_400, 365 * 86_400])
@pytest.mark.parametrize("kept", [True, False])
async def test_a_clock_that_jumps_by_a_year_is_no_event_and_no_trouble(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    year: float,
    kept: bool,
) -> None:
    await set_up(keep_clock_set=kept)
    for _ in range(6):
        await module.send_heartbeat()
    events = Events(hass)
    module.clock_offset = year
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"], "until it is known what time it is"
    for _ in range(2):
        await module.send_heartbeat()
        await settle(hass)
        await asyncio.sleep(0.6)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told[1:] == ["recognized anna"]
    assert complaints(caplog) == []


async def test_liveness_that_is_required_must_be_shown(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sightings, "SETTLE", 0.05)
    monkeypatch.setattr(sightings, "SETTLE_MAX", 0.05)
    module.config.liveness_type = 3
    await set_up(require_liveness=True, visit_window=0)
    await module.send_heartbeat()
    events = Events(hass)

    async def comes(**scores: float) -> None:
        if scores:
            await module.send_status(**scores)
        await module.send_recognition("anna")
        await asyncio.sleep(0.1)
        await settle(hass)

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
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every user may operate the number; the option is the administrators'."""
    monkeypatch.setattr(sightings, "SETTLE", 0.05)
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
            await asyncio.sleep(0.1)
            await settle(hass)
            # Whoever came before is not who comes now.
            await asyncio.sleep(1.6)
    assert events.told == ["rejected: spoof anna", "recognized anna"]


@pytest.fixture
async def guarded(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> MockConfigEntry:
    """A module at a door: liveness is required, and Anna was there some time ago."""
    module.config.liveness_type = 1
    entry = await set_up(require_liveness=True)
    await module.send_heartbeat()
    for score in (0.95, 0.97):
        await module.send_status(rgb_liveness_score=score)
    await settle(hass)
    pipeline = entry.runtime_data.coordinator.pipeline
    pipeline._rgb._scores = type(pipeline._rgb._scores)(
        [(when - 60, score) for when, score in pipeline._rgb._scores], maxlen=90
    )
    return entry


async def judged(hass: HomeAssistant, seconds: float = sightings.SETTLE) -> None:
    await asyncio.sleep(seconds + 0.1)
    await settle(hass)


async def test_a_score_that_is_only_repeated_shows_nobody_to_be_alive(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    """Thirty times a second the module repeats what it said of whoever was there last."""
    events = Events(hass)

    async def repeat() -> None:
        while True:
            await module.send_status(rgb_liveness_score=0.97)
            await asyncio.sleep(1 / 30)

    repeating = asyncio.create_task(repeat())
    await module.send_recognition("anna")
    await judged(hass, sightings.SETTLE_MAX + 0.2)
    repeating.cancel()
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
    await judged(hass, sightings.SETTLE_MAX + 0.2)
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
    await asyncio.sleep(sightings.SETTLE + 0.05)
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
    await asyncio.sleep(sightings.SETTLE + 0.05)
    assert events.told == []
    assert kept.visits == [], "what nobody heard is not called told"
    module.faults.clear()
    assert complaints(caplog) == []


async def test_the_same_callback_again_is_no_new_evidence(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """A module that got no answer may post it once more; so may somebody else."""
    entry = await set_up(confirmations=2, confirmation_window=0.3, visit_window=0)
    await module.send_heartbeat()
    events = Events(hass)
    then = module.now()
    for _ in range(4):
        await module.send_recognition("anna", 0.97, timestamp=then)
    await asyncio.sleep(0.4)
    assert events.told == ["rejected: unconfirmed anna"]
    await module.send_recognition("anna", 0.97, timestamp=then)
    await settle(hass)
    assert len(events.told) == 1
    assert entry.runtime_data.visits.sightings.judged["repeated"] == 4


@pytest.mark.parametrize(
    ("options", "score"), [({"minimum_score": 95}, 0.94955), ({"max_age": 1}, 0.97)]
)
async def test_what_is_rounded_is_judged_before(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    options: dict[str, int],
    score: float,
) -> None:
    await set_up(**options)
    await module.send_heartbeat()
    events = Events(hass)
    late = 3 if "max_age" in options else 0
    await module.send_recognition("anna", score, timestamp=module.now() - late)
    await settle(hass)
    assert events.told[0].startswith("rejected")


# Confirmations


async def test_confirmations_are_asked_for_and_told_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=3)
    await module.send_heartbeat()
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna")
    await eventually(lambda: len(events.told) > 0)
    await settle(hass)
    assert events.told == ["recognized anna"]
    asked = [r for r in module.requests if r.name == "SetCallbackRequest"]
    assert len(asked) == 2


async def test_who_is_not_confirmed_in_time_is_rejected_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == []
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: unconfirmed anna"]
    await asyncio.sleep(0.35)
    assert len(events.told) == 1


async def test_confirmations_too_far_apart_do_not_count(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.2)
    await module.send_heartbeat()
    events = Events(hass)
    for _ in range(3):
        await module.send_recognition("anna")
        await asyncio.sleep(0.3)
    await settle(hass)
    assert events.told == ["rejected: unconfirmed anna"]


async def test_one_person_does_not_confirm_another(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await eventually(lambda: len(events.told) > 1)
    assert sorted(events.told) == [
        "rejected: unconfirmed anna",
        "rejected: unconfirmed chenwei",
    ]


async def test_a_confirmed_visit_goes_on_without_further_ones(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_recognition("anna")
    await asyncio.sleep(0.4)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1


async def test_a_module_is_not_asked_without_end(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=10, confirmation_window=0.3)
    await module.send_heartbeat()
    module.in_front = "anna"
    module.faults.latency = 0.05
    await module.send_recognition("anna")
    await asyncio.sleep(2)
    asked = [r for r in module.requests if r.name == "SetCallbackRequest"]
    assert len(asked) <= 10
    module.faults.clear()


async def test_a_module_that_refuses_to_look_again_does_no_harm(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await set_up(confirmations=2)
    await module.send_heartbeat()
    module.faults.refuse = {"SetCallbackRequest"}
    await module.send_recognition("anna")
    await settle(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert complaints(caplog) == []


# Outages


async def test_who_comes_before_a_poll_notices_the_return_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("chenwei")
    await module.pull_cable()
    await poll(hass)
    assert state_of(hass, "event.recognition").state == "unavailable"
    await module.plug_in()
    module.faults.latency = 0.3
    await module.send_recognition("anna")
    event = state_of(hass, "event.recognition")
    await eventually(lambda: len(heard.told) > 1)
    assert event.state == "unavailable" or event.attributes["user_id"] == "anna"
    assert heard.told[-1] == "recognized anna"
    await settle(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    assert len(heard.told) == 2


async def test_a_module_that_calls_but_never_answers_is_not_called_available(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    module.faults.drop = True
    await poll(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert state_of(hass, "event.recognition").state == "unavailable"
    assert state_of(hass, "binary_sensor.connected").state == "off"


async def test_who_is_judged_later_is_told_in_an_outage_too(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    events = Events(hass)
    module.faults.drop = True
    await poll(hass)
    await module.send_recognition("anna")
    await module.send_status(rgb_liveness_score=0.96)
    await judged(hass)
    assert events.told == ["recognized anna"]


async def test_presence_does_not_begin_anew_with_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    states: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    seen = [
        event.data["new_state"].state
        for event in states
        if event.data["entity_id"] == id_of("binary_sensor.person_present")
    ]
    assert "off" not in seen
    assert seen[-1] == "on"


async def test_a_clock_that_was_ahead_makes_nobody_present(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    """Home Assistant ran with a clock a day ahead, and starts with the right one."""
    await module.send_recognition("anna")
    await settle(hass)
    kept = entry.runtime_data.visits.history
    (visit,) = visits_of(entry)
    ahead = timedelta(days=1)
    kept.async_put(
        replace(visit, time=visit.time + ahead, last_seen=visit.last_seen + ahead)
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"] * 2


async def test_stopping_home_assistant_writes_what_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await module.send_heartbeat()
    for _ in range(2):
        await module.send_recognition("anna")
        await settle(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await settle(hass)
    (visit,) = visits_of(entry)
    text = await asyncio.to_thread((folder / "visits.jsonl").read_text)
    assert visit.last_seen.isoformat() in text
    assert visit.last_seen > visit.time


async def test_a_reload_during_a_visit_is_no_second_event(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    present = state_of(hass, "binary_sensor.person_present")
    assert present.attributes["user_id"] == ["anna"], "still there"
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1


async def test_a_restart_of_the_module_during_a_visit_is_no_false_event(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.walk_by("anna", score=0.97, still_there=True)
    await settle(hass)
    await module.restart_now()
    await poll(hass)
    await module.send_heartbeat()
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert "Traceback" not in caplog.text


# Pictures


@pytest.mark.parametrize(
    "image", [None, "", "no base64!", "bm8gcGljdHVyZQ==", 7, ["x"], "/9j"]
)
async def test_a_crop_that_is_no_picture_leaves_the_event_as_it_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    image: object,
) -> None:
    await module.send_recognition("anna", image=image)
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert heard.attributes[0]["image"] is None
    assert heard.attributes[0]["image_url"] is None
    assert state_of(hass, "image.last_face").state == "unknown"


async def test_a_better_sighting_without_a_picture_keeps_the_one_there_is(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.9)
    await module.send_recognition("anna", 0.99, image="")
    await settle(hass)
    (visit,) = visits_of(entry)
    assert visit.verdict == "recognized"
    assert state_of(hass, "event.recognition").attributes["image"] == visit.media_id
    assert await entry.runtime_data.visits.history.async_picture(visit.visit_id)


async def test_the_last_face_is_the_crop_of_the_last_visit(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    seen = []
    for user_id in ("anna", "chenwei"):
        await module.send_recognition(user_id)
        await settle(hass)
        image = state_of(hass, "image.last_face")
        answer = await client.get(image.attributes["entity_picture"])
        assert answer.status == 200
        assert answer.content_type == "image/jpeg"
        seen.append(await answer.read())
        assert image.state == visits_of(entry)[0].last_seen.isoformat()
    assert seen[0] != seen[1]
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    image = state_of(hass, "image.last_face")
    answer = await client.get(image.attributes["entity_picture"])
    assert await answer.read() == seen[1], "after a restart, too"


async def test_without_any_visit_there_is_no_face(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    image = state_of(hass, "image.last_face")
    assert image.state == "unknown"
    client = await hass_client_no_auth()
    answer = await client.get(image.attributes["entity_picture"])
    assert answer.status == 500


# Asking


async def test_the_button_asks_the_module(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    module.in_front = "anna"
    await press(hass, "button.request_recognition")
    await module.wait_settled()
    await settle(hass)
    assert heard.told == ["recognized anna"]


async def test_the_history_folder_is_in_the_configuration(
    hass: HomeAssistant, module: SimulatedModule, heard: Events, folder: Path
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    names = await asyncio.to_thread(
        lambda: sorted(path.suffix for path in folder.iterdir())
    )
    assert names == [".jpg", ".jsonl"]
