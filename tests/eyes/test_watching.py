"""Eyes that are triggered: what they show the module, and what they leave out."""

import asyncio
from datetime import timedelta
import io
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.face_module.diagnostics import async_get_config_entry_diagnostics
from custom_components.face_module.permissions import acting_as
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import eventually, id_of, requests, visits_of
from tests.conftest import settle
from tests.visits.conftest import Events

from .conftest import DOORBELL, MOTION, PORCH, Doorbell, Porch, Watch, move


def looks(module: SimulatedModule) -> int:
    """Return how often the module was asked whom it sees."""
    return requests(module).count("Identify")


async def test_who_comes_to_the_doorbell_is_told_with_what_triggered_it(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell, events: Events
) -> None:
    await watch()
    doorbell.shows = "Anna"
    context = Context()
    await move(hass, context)
    assert events.told == ["recognized anna"]
    assert events.attributes[0]["source"] == DOORBELL
    assert hass.states.get(id_of("event.recognition")).context is context


@pytest.mark.parametrize(
    ("old", "new", "triggers"),
    [
        ("off", "on", True),
        ("unknown", "on", True),
        ("unavailable", "on", False),
        ("on", "off", False),
        ("off", "unavailable", False),
        ("2026-11-29T10:00:00+00:00", "2026-11-29T10:00:01.5+00:00", True),
        ("unknown", "2026-11-29T10:00:00+00:00", True),
        ("unavailable", "2026-11-29T10:00:00+00:00", False),
        ("2026-11-29T10:00:00+00:00", "unknown", False),
    ],
)
async def test_what_goes_on_or_happens_anew_is_a_trigger(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    old: str,
    new: str,
    triggers: bool,
) -> None:
    await watch()
    doorbell.shows = "Anna"
    hass.states.async_set(MOTION, old)
    await settle(hass)
    before = looks(module)
    hass.states.async_set(MOTION, new)
    await settle(hass)
    assert looks(module) - before == triggers


async def test_an_image_entity_triggers_itself_with_each_new_picture(
    hass: HomeAssistant, watch: Watch, porch: Porch, events: Events
) -> None:
    await watch(entity_id=PORCH, trigger=None)
    porch.show("Anna", dt_util.utcnow() - timedelta(hours=1))
    await settle(hass)
    assert events.told == [], "it is of an hour ago"
    porch.show("Anna")
    await settle(hass)
    assert events.told == ["recognized anna"]
    assert events.attributes[0]["source"] == PORCH


async def test_so_many_pictures_are_taken_until_somebody_is_recognized(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
) -> None:
    await watch(pictures=4, pause=0.01)
    doorbell.shows = scenery()
    await move(hass)
    assert doorbell.taken == 4
    doorbell.shows, doorbell.taken = "Anna", 0
    # Until the module has said it, another one may be taken.
    module.faults.latency = 0
    await move(hass)
    assert 1 <= doorbell.taken <= 4
    assert events.told == ["recognized anna"]


async def look_at(
    hass: HomeAssistant,
    module: SimulatedModule,
    doorbell: Doorbell,
    name: str,
    takes: float,
) -> None:
    """Let somebody come to the doorbell; the module takes its time (s) to look."""
    doorbell.shows = name
    module.faults.latency = takes
    hass.states.async_set(MOTION, "on")
    await eventually(lambda: doorbell.taken == 1)


async def test_somebody_recognized_ends_the_pictures_of_that_trigger_only(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
) -> None:
    await watch()
    await look_at(hass, module, doorbell, "Anna", takes=0.3)
    # While she is looked at, somebody else comes, and the camera takes its time.
    doorbell.shows, doorbell.free = "陈伟", asyncio.Event()
    hass.states.async_set(MOTION, "off")
    hass.states.async_set(MOTION, "on")
    await eventually(lambda: doorbell.taken == 2)
    await eventually(lambda: events.told == ["recognized anna"])
    doorbell.free.set()
    await settle(hass)
    assert events.told == ["recognized anna", "recognized chenwei"]


async def test_within_the_cool_down_nothing_is_looked_at(
    hass: HomeAssistant, module: SimulatedModule, watch: Watch, doorbell: Doorbell
) -> None:
    await watch(cool_down=60)
    doorbell.shows = "Anna"
    for _ in range(5):
        await move(hass)
    assert looks(module) == 1
    assert doorbell.taken == 1


async def test_twenty_triggers_a_second_show_the_newest_and_no_more(
    hass: HomeAssistant, module: SimulatedModule, watch: Watch, doorbell: Doorbell
) -> None:
    entry = await watch()
    doorbell.shows = "Anna"
    module.faults.latency = 0.3
    for _ in range(40):
        hass.states.async_set(MOTION, "off")
        hass.states.async_set(MOTION, "on")
        await asyncio.sleep(0.02)
        assert entry.runtime_data.eyes.waiting <= 1
    await settle(hass)
    assert 2 <= looks(module) <= 6
    assert entry.runtime_data.eyes.dropped > 0
    assert module.max_concurrent <= 2


async def test_one_picture_is_looked_at_after_the_other_and_the_module_comes_first(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
) -> None:
    await watch()
    await look_at(hass, module, doorbell, "Nobody Known", takes=1.0)
    # While the module is busy with a picture it reports who comes.
    await module.send_recognition("anna")
    await eventually(lambda: bool(events.told))
    assert events.told == ["recognized anna"]
    module.faults.latency = 0.0
    await settle(hass)
    assert events.told == ["recognized anna", "unknown None"]


async def test_eight_megapixels_are_shrunk_and_a_black_picture_is_nobody(
    hass: HomeAssistant,
    module: SimulatedModule,
    watch: Watch,
    doorbell: Doorbell,
    events: Events,
) -> None:
    entry = await watch()
    with Image.open(io.BytesIO(portrait("Anna", size=(1200, 900)))) as small:
        large = small.resize((3264, 2448))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG")
    doorbell.shows = buffer.getvalue()
    await move(hass)
    assert events.told == ["recognized anna"]
    buffer = io.BytesIO()
    Image.new("RGB", (1280, 720)).save(buffer, "JPEG")
    doorbell.shows = buffer.getvalue()
    await move(hass)
    assert len(visits_of(entry)) == 1
    assert entry.runtime_data.eyes.broken == []


async def test_while_the_module_is_away_nothing_is_looked_at(
    hass: HomeAssistant, module: SimulatedModule, watch: Watch, doorbell: Doorbell
) -> None:
    entry = await watch()
    doorbell.shows = "Anna"
    await module.pull_cable()
    await move(hass)
    await entry.runtime_data.coordinator.async_refresh()
    taken = doorbell.taken
    for _ in range(15):
        await move(hass)
    assert doorbell.taken == taken
    assert entry.runtime_data.eyes.broken == [], "it is not the camera's fault"


async def test_nothing_goes_on_after_the_entry_was_unloaded(
    hass: HomeAssistant, module: SimulatedModule, watch: Watch, doorbell: Doorbell
) -> None:
    entry = await watch(pictures=5, pause=0.2)
    doorbell.shows, doorbell.free = "Anna", asyncio.Event()
    hass.states.async_set(MOTION, "on")
    await eventually(lambda: doorbell.taken == 1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    doorbell.free.set()
    await move(hass)
    assert looks(module) == 0
    assert doorbell.taken == 1


async def test_whoever_set_off_the_trigger_need_not_be_allowed_to_see_the_camera(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell, events: Events
) -> None:
    await watch()
    doorbell.shows = "Anna"
    user = MockUser(name="Child").add_to_hass(hass)
    user.mock_policy({})
    with acting_as(user):
        hass.states.async_set(MOTION, "on")
    await settle(hass)
    assert events.told == ["recognized anna"]


async def test_diagnostics_count_and_name_no_camera(
    hass: HomeAssistant, watch: Watch, doorbell: Doorbell
) -> None:
    entry = await watch()
    doorbell.shows = "Anna"
    await move(hass)
    shown: dict[str, Any] = await async_get_config_entry_diagnostics(hass, entry)
    assert shown["eyes"] == {"count": 1, "failing": 0, "waiting": 0, "dropped": 0}
    assert shown["visits"]["judged_by_eyes"] == {"recognized": 1}
    assert DOORBELL not in str(shown)
