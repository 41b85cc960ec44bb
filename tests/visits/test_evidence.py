"""Evidence: whose scores count, who is looked at again, and what answers a question."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from random import Random
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.device.pipeline import LAG, LIVENESS_WITHIN
from simulator import SimulatedModule
from tests.common import device_of, eventually, perform, poll, requests, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events, judged

PEOPLE = 20
# 8-bit steps: a good face, and a photo.
ALIVE, PHOTO = 255 / 256, 19 / 256


class Model:
    """A liveness model that says ten times a second what it sees, `lag` seconds late."""

    def __init__(self, module: SimulatedModule) -> None:
        self._module = module
        self._due: list[tuple[float, float]] = []
        self._score = PHOTO

    def sees(self, score: float, lag: float = 0.0) -> None:
        """Look at another face."""
        self._due.append((asyncio.get_running_loop().time() + lag, score))

    async def report(self) -> None:
        """Say what it sees, without end; and that the module is there."""
        for number in count():
            if number % 50 == 0:
                await self._module.send_heartbeat()
            now = asyncio.get_running_loop().time()
            for due in [due for due in self._due if due[0] <= now]:
                self._due.remove(due)
                self._score = due[1]
            await self._module.send_status(rgb_liveness_score=self._score)
            await asyncio.sleep(0.1)


@asynccontextmanager
async def reporting(model: Model | SimulatedModule) -> AsyncGenerator[Model]:
    """Let the model of a module report all the time."""
    if isinstance(model, SimulatedModule):
        model = Model(model)
    task = asyncio.create_task(model.report())
    try:
        yield model
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def more_than(events: Events, known: int) -> None:
    """Wait for the next event."""
    await eventually(lambda: len(events.told) > known)


def asked(module: SimulatedModule) -> int:
    """Return how often the module was asked to look again."""
    return requests(module).count("SetCallbackRequest")


@pytest.fixture
async def door(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> MockConfigEntry:
    """A module at a door: liveness is required, every recognition is a visit."""
    module.config.liveness_type = 1
    entry = await set_up(require_liveness=True, visit_window=0)
    await module.send_heartbeat()
    for score in (0.5, PHOTO):
        await module.send_status(rgb_liveness_score=score)
    # Whoever that was has gone.
    await asyncio.sleep(LIVENESS_WITHIN)
    return entry


# Steps and saturation


async def test_twenty_people_with_the_same_saturated_score_are_recognized(
    hass: HomeAssistant,
    module: SimulatedModule,
    door: MockConfigEntry,
    figure: Callable[[str, int], None],
) -> None:
    module.add_many(PEOPLE)
    events, took = Events(hass), []
    async with reporting(module) as model:
        model.sees(ALIVE)
        for number in range(1, PEOPLE + 1):
            user_id = f"user{number:05}"
            began = hass.loop.time()
            await module.send_recognition(user_id)
            await more_than(events, number - 1)
            took.append(hass.loop.time() - began)
            assert events.told[-1] == f"recognized {user_id}"
    assert sorted(took)[PEOPLE // 2] < 2
    figure("recognized with the same saturated score", len(events.told))


@pytest.mark.parametrize("lag", [0.0, LAG])
async def test_a_photo_after_each_of_them_is_never_recognized(
    hass: HomeAssistant,
    module: SimulatedModule,
    door: MockConfigEntry,
    figure: Callable[[str, int], None],
    lag: float,
) -> None:
    """Also where the model says only up to a second later what it sees."""
    module.add_many(PEOPLE)
    events, random, took = Events(hass), Random(16), []
    async with reporting(module) as model:
        for number in range(1, PEOPLE + 1):
            user_id = f"user{number:05}"
            for score in (ALIVE, PHOTO):
                told, began = len(events.told), hass.loop.time()
                model.sees(score, random.uniform(0, lag))
                await module.send_recognition(user_id)
                await more_than(events, told)
                took.append(hass.loop.time() - began)
    verdicts = [told.removesuffix(f" {told.split()[-1]}") for told in events.told]
    assert verdicts[::2] == ["recognized"] * PEOPLE
    assert set(verdicts[1::2]) <= {"rejected: spoof", "rejected: liveness_unknown"}
    assert sorted(took)[PEOPLE] < 2
    figure("photos after a living person rejected", len(verdicts[1::2]))


async def test_what_a_lagging_model_says_of_whoever_came_before_makes_no_photo_alive(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    """The photo is held up before the person is even judged."""
    events = Events(hass)
    async with reporting(module) as model:
        model.sees(ALIVE, 0.8)
        await module.send_recognition("anna")
        await asyncio.sleep(0.5)
        model.sees(PHOTO, 0.9)
        await module.send_recognition("chenwei")
        await eventually(lambda: len(events.told) > 1)
    assert events.told == ["recognized anna", "rejected: spoof chenwei"]


class Jittering(Model):
    """A model whose scores move by a few steps all the time, `LAG` behind what it sees.

    With `gaps` they do not move, and every other report says nothing.
    """

    def __init__(self, module: SimulatedModule, *, gaps: bool = False) -> None:
        super().__init__(module)
        self._random, self._gaps = Random(16), gaps

    async def report(self) -> None:
        for number in count():
            if number % 50 == 0:
                await self._module.send_heartbeat()
            now = asyncio.get_running_loop().time()
            for due in [due for due in self._due if due[0] <= now]:
                self._due.remove(due)
                self._score = due[1]
            score: float | None = self._score
            if self._gaps:
                score = self._score if number % 2 else None
            elif self._score > PHOTO:
                score = self._score - self._random.randrange(6) / 256
            await self._module.send_status(rgb_liveness_score=score)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("stays", [0.7, 3.5])
async def test_a_photo_is_not_alive_by_what_is_still_said_of_whoever_just_left(
    hass: HomeAssistant,
    module: SimulatedModule,
    door: MockConfigEntry,
    stays: float,
    gaps: bool,
) -> None:
    """However long they stayed, and however new it looks."""
    events = Events(hass)
    async with reporting(Jittering(module, gaps=gaps)) as model:
        model.sees(ALIVE, 0.1)
        await module.send_recognition("anna")
        await asyncio.sleep(stays)
        model.sees(PHOTO, LAG - 0.1)
        await module.send_recognition("chenwei")
        await eventually(lambda: any("chenwei" in told for told in events.told))
        await settle(hass)
    assert events.told[0] == "recognized anna"
    assert "recognized chenwei" not in events.told


async def test_a_photo_is_not_alive_by_a_face_that_the_module_says_nothing_of(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    """Strangers are not reported by every module."""
    events = Events(hass)
    async with reporting(Jittering(module)) as model:
        model.sees(ALIVE)
        await asyncio.sleep(2 * LIVENESS_WITHIN)
        model.sees(PHOTO, LAG - 0.1)
        await module.send_recognition("anna")
        await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: spoof anna"]


@pytest.mark.parametrize("after", [0.05, 0.2])
async def test_a_photo_is_not_alive_by_the_face_that_comes_behind_it(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry, after: float
) -> None:
    events = Events(hass)
    async with reporting(Jittering(module)) as model:
        await module.send_recognition("chenwei")
        model.sees(ALIVE)
        await asyncio.sleep(after)
        await module.send_recognition("", username="")
        await eventually(lambda: any("chenwei" in told for told in events.told))
    assert "recognized chenwei" not in events.told


async def test_whoever_comes_right_behind_somebody_is_recognized(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    events = Events(hass)
    async with reporting(Jittering(module)) as model:
        model.sees(ALIVE)
        for number, user_id in enumerate(("anna", "chenwei", "anna")):
            await module.send_recognition(user_id)
            await more_than(events, number)
    assert events.told == ["recognized anna", "recognized chenwei", "recognized anna"]


async def test_stale_reports_count_for_nothing_however_often_they_come(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    events = Events(hass)
    await module.send_recognition("anna")
    for _ in range(12):
        await module.send_status(rgb_liveness_score=ALIVE, timestamp=module.now() - 60)
        await asyncio.sleep(0.1)
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: liveness_unknown anna"]


# Several faces


@pytest.mark.parametrize(
    ("several", "scores"),
    [(1, (ALIVE, PHOTO, ALIVE)), (0, (ALIVE, PHOTO, ALIVE, PHOTO, ALIVE))],
)
async def test_a_photo_beside_a_living_person_does_not_pass(
    hass: HomeAssistant,
    module: SimulatedModule,
    door: MockConfigEntry,
    several: int,
    scores: tuple[float, ...],
) -> None:
    module.config.multiface_detection_enable = several
    await poll(hass)
    events = Events(hass)
    await module.send_recognition("anna")
    for score in scores:
        await module.send_status(rgb_liveness_score=score)
    await judged(hass)
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: spoof anna"]
    assert events.attributes[0]["rgb_liveness_score"] == 7.4


async def test_the_photos_turn_is_waited_for(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    module.config.multiface_detection_enable = 1
    await poll(hass)
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_status(rgb_liveness_score=ALIVE)
    await judged(hass)
    assert events.told == []
    await module.send_status(rgb_liveness_score=PHOTO)
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: spoof anna"]


# Second looks


async def test_whoever_stays_in_view_with_a_low_score_is_looked_at_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna", 0.9)
    await eventually(lambda: len(events.told) > 1)
    assert events.told == ["rejected: low_score anna", "recognized anna"]
    assert len({a["visit_id"] for a in events.attributes}) == 1
    assert [visit.verdict for visit in visits_of(entry)] == ["recognized"]
    await settle(hass)
    assert asked(module) == 1


async def test_whoever_nothing_was_known_of_is_looked_at_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.config.liveness_type = 1
    await set_up(require_liveness=True)
    await module.send_heartbeat()
    await module.send_status(rgb_liveness_score=PHOTO)
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna")
    await eventually(lambda: len(events.told) > 0)
    await module.send_status(rgb_liveness_score=ALIVE)
    await eventually(lambda: len(events.told) > 1)
    assert events.told == ["rejected: liveness_unknown anna", "recognized anna"]
    assert len({a["visit_id"] for a in events.attributes}) == 1


async def test_second_looks_end_where_they_do_not_help(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=99)
    await module.send_heartbeat()
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna")
    await eventually(lambda: asked(module) == 3)
    await asyncio.sleep(1.5)
    assert asked(module) == 3
    assert events.told == ["rejected: low_score anna"]


async def test_a_photo_and_what_is_stale_are_not_looked_at_again(
    hass: HomeAssistant, module: SimulatedModule, door: MockConfigEntry
) -> None:
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna")
    await module.send_status(rgb_liveness_score=PHOTO / 2)
    await judged(hass)
    await module.send_recognition("chenwei", timestamp=module.now() - 60)
    await settle(hass)
    assert events.told == ["rejected: spoof anna", "rejected: stale chenwei"]
    await asyncio.sleep(1.2)
    assert asked(module) == 0


async def test_a_worse_look_meanwhile_does_not_spoil_a_good_one(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """What is known makes one sighting."""
    await set_up(confirmations=2, minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    for score in (0.97, 0.9, 0.98):
        await module.send_recognition("anna", score)
        await settle(hass)
    assert events.told == ["recognized anna"]
    assert asked(module) == 2, "what did not count is asked about again"


# Questions


async def answer_to(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> asyncio.Task[dict[str, Any]]:
    """Ask the module who is there, and have it asked; the task has the answer."""
    before = asked(module)
    answer = asyncio.create_task(
        perform(hass, "request_recognition", device_id=device_of(hass, entry), timeout=2)
    )
    await eventually(lambda: asked(module) > before)
    return answer


async def test_a_repeated_record_answers_a_question_and_is_no_new_visit(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    now = module.now()
    await module.send_recognition("anna", 0.97, timestamp=now)
    await settle(hass)
    answer = await answer_to(hass, entry, module)
    await module.send_recognition("anna", 0.97, timestamp=now)
    found = await answer
    assert (found["recognized"], found["user_id"]) == (True, "anna")
    assert found["visit_id"] == visits_of(entry)[0].visit_id
    assert heard.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1


async def test_a_repeated_record_confirms_nobody(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(confirmations=2, confirmation_window=3)
    await module.send_heartbeat()
    events, now = Events(hass), module.now()
    answer = await answer_to(hass, entry, module)
    for _ in range(3):
        await module.send_recognition("anna", 0.97, timestamp=now)
    found = await answer
    assert (found["recognized"], found["reason"]) == (False, "unconfirmed")
    assert events.told == []
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: unconfirmed anna"]
    assert events.attributes[0]["visit_id"] == found["visit_id"]


async def test_what_is_stale_does_not_answer_in_place_of_who_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    answer = await answer_to(hass, entry, module)
    for _ in range(2):
        await module.send_recognition("chenwei", 0.97, timestamp=module.now() - 60)
    await asyncio.sleep(0.1)
    await module.send_recognition("anna")
    found = await answer
    assert (found["recognized"], found["user_id"]) == (True, "anna")
    assert heard.told == ["rejected: stale chenwei", "recognized anna"]
