"""Enroll by voice: a satellite that answers, a camera, and a module that judges."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.assist_pipeline import PipelineEvent
from homeassistant.components.assist_satellite import (
    AssistSatelliteAnnouncement,
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)
from homeassistant.components.assist_satellite.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import device_of
from tests.conftest import SetUp, settle

from .kit import CHINESE, Language, errors, runs, use

SATELLITE = "assist_satellite.kitchen"
CAMERA = "camera.front_door"
# What people say, in English and in Chinese.
WORDS = {
    "": {
        "ben": "My name is Ben.",
        "ming": "My name is 小明.",
        "bare": "ben",
        "yes": "Yes please",
        "no": "No",
        "stop": "Never mind.",
    },
    CHINESE: {
        "ben": "我叫Ben。",
        "ming": "我叫小明。",
        "bare": "ben",
        "yes": "是的",
        "no": "不是",
        "stop": "算了。",
    },
}


class Satellite(AssistSatelliteEntity):
    """A voice satellite that says what it is told to, and answers what it was given."""

    _attr_name = "Kitchen"
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE
        | AssistSatelliteEntityFeature.START_CONVERSATION
    )

    def __init__(self) -> None:
        self.entity_id = SATELLITE
        self.said: list[str] = []
        self.answers: list[str | None] = []

    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        raise AssertionError("nobody asks for it here")

    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        raise AssertionError("nobody asks for it here")

    def on_pipeline_event(self, event: PipelineEvent) -> None:
        raise AssertionError("nobody asks for it here")

    async def _resolve_announcement_media_id(
        self, message: str, media_id: str | None, preannounce_media_id: str | None = None
    ) -> AssistSatelliteAnnouncement:
        """Leave the text a text: there is no voice here."""
        return AssistSatelliteAnnouncement(
            message=message,
            media_id="",
            original_media_id="",
            tts_token=None,
            media_id_source="tts",
        )

    async def async_announce(self, announcement: AssistSatelliteAnnouncement) -> None:
        self.said.append(announcement.message)

    async def async_start_conversation(
        self, start_announcement: AssistSatelliteAnnouncement
    ) -> None:
        self.said.append(start_announcement.message)
        assert self._ask_question_future is not None
        self._ask_question_future.set_result(self.answers.pop(0))


@dataclass(slots=True)
class Scene:
    """Somebody before a camera, who talks."""

    hass: HomeAssistant
    language: Language
    satellite: Satellite
    script: str = ""
    # What the camera shows, one after the other; the last one stays.
    pictures: list[bytes] = field(default_factory=list)

    def words(self, key: str, **values: str) -> str:
        return self.language.text("enroll_by_voice", key, **values)

    def before_picture(self) -> list[str]:
        """Return what is said before a picture is taken."""
        texts = load_yaml_dict(self.language.path("enroll_by_voice"))["variables"]["texts"]
        return [texts["look"], texts["numbers"][1], texts["numbers"][0]]

    def before_enrolling(self) -> list[str]:
        """Return what is said until somebody said yes, and a picture was taken."""
        asked = [self.words("ask_name"), self.words("confirm", name="Ben")]
        return [*asked, *self.before_picture()]

    async def talk(self, *answers: str) -> list[str]:
        """Run the script with these answers; return what was said."""
        spoken = WORDS[self.language.suffix]
        self.satellite.answers = [spoken.get(answer, None) for answer in answers]
        await self.hass.services.async_call("script", self.script, blocking=True)
        await settle(self.hass)
        assert self.satellite.answers == [], "every question was asked"
        said = self.satellite.said[:]
        self.satellite.said.clear()
        return said


@pytest.fixture
async def base_url(hass: HomeAssistant, satellite: Satellite, base_url: str) -> str:
    """As elsewhere; but what serves the satellite is there before the server starts."""
    return base_url


@pytest.fixture
async def satellite(hass: HomeAssistant) -> Satellite:
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "assist_satellite", {})
    satellite = Satellite()
    await hass.data[DATA_COMPONENT].async_add_entities([satellite])
    return satellite


@pytest.fixture
async def scene(
    hass: HomeAssistant,
    language: Language,
    satellite: Satellite,
    entry: MockConfigEntry,
    device_id: str,
) -> AsyncGenerator[Scene]:
    scene = Scene(hass, language, satellite, pictures=[portrait("Ben")])
    await enrolling(scene, [device_id])
    hass.states.async_set(CAMERA, "idle")
    with camera(scene):
        yield scene
    assert [run for run in runs(hass) if run["script_execution"] != "finished"] == []


async def enrolling(scene: Scene, modules: list[str]) -> None:
    """Make the script as the page does, but count from two, and onto these modules."""
    inputs = scene.language.example("enroll_by_voice")["use_blueprint"]["input"]
    inputs |= {"countdown": 2, "modules": modules}
    entity_id = await use(scene.hass, scene.language, "enroll_by_voice", **inputs)
    scene.script = entity_id.removeprefix("script.")


def camera(scene: Scene) -> Any:
    class Image:
        @property
        def content(self) -> bytes:
            return scene.pictures[0] if len(scene.pictures) == 1 else scene.pictures.pop(0)

    return patch("homeassistant.components.camera.async_get_image", return_value=Image())


async def test_somebody_is_enrolled_after_yes(
    scene: Scene, module: SimulatedModule
) -> None:
    said = await scene.talk("ben", "yes")
    assert said == [*scene.before_enrolling(), scene.words("done", name="Ben")]
    assert module.users["ben"].name == "Ben"
    assert errors(scene.hass) == []


async def test_a_name_may_be_said_alone_and_in_chinese(
    scene: Scene, module: SimulatedModule
) -> None:
    await scene.talk("bare", "yes")
    assert module.users["ben"].name == "Ben"
    scene.pictures = [portrait("小明")]
    await scene.talk("ming", "yes")
    assert [user.name for user in module.users.values()][-1] == "小明"


async def test_nothing_is_written_without_yes(
    scene: Scene, module: SimulatedModule
) -> None:
    before = set(module.users)
    ask, confirm = scene.words("ask_name"), scene.words("confirm", name="Ben")
    cancelled = scene.words("cancelled")
    assert await scene.talk("stop") == [ask, cancelled]
    assert await scene.talk("silence") == [ask, cancelled]
    assert await scene.talk("ben", "no", "ben", "silence") == [
        *(ask, confirm, ask, confirm, cancelled)
    ]
    assert set(module.users) == before


async def test_a_name_that_was_misheard_is_asked_for_again(
    scene: Scene, module: SimulatedModule
) -> None:
    said = await scene.talk("ming", "no", "ben", "yes")
    assert said[1] == scene.words("confirm", name="小明")
    assert said[-1] == scene.words("done", name="Ben")
    assert "ben" in module.users


@pytest.mark.parametrize(
    ("picture", "problem"),
    [(scenery(), "no_face"), (portrait("Ben", blur=9), "poor")],
    ids=["no_face", "poor"],
)
async def test_what_is_wrong_with_the_picture_is_said_and_it_may_be_taken_again(
    scene: Scene, module: SimulatedModule, picture: bytes, problem: str
) -> None:
    scene.pictures = [picture, picture, portrait("Ben")]
    again = f"{scene.words(problem)} {scene.words('again')}"
    assert await scene.talk("ben", "yes", "yes") == [
        *scene.before_enrolling(),
        again,
        *scene.before_picture(),
        scene.words("done", name="Ben"),
    ]
    assert "ben" in module.users


async def test_after_two_attempts_it_ends(scene: Scene, module: SimulatedModule) -> None:
    scene.pictures = [scenery()]
    said = await scene.talk("ben", "yes", "yes")
    assert said[-1] == f"{scene.words('no_face')} {scene.words('cancelled')}"
    assert said.count(scene.words("look")) == 2
    assert await scene.talk("ben", "yes", "no") == [
        *scene.before_enrolling(),
        f"{scene.words('no_face')} {scene.words('again')}",
        scene.words("cancelled"),
    ]
    assert "ben" not in module.users


async def test_somebody_who_looks_like_anna_is_asked_about(
    scene: Scene, module: SimulatedModule
) -> None:
    scene.pictures = [portrait("Anna", variation=5)]
    said = await scene.talk("ben", "yes", "no")
    (question,) = [text for text in said if "Anna" in text]
    assert "Ben" in question
    assert re.search(r"\d\d", question)
    assert said[-1] == scene.words("cancelled")
    assert "ben" not in module.users
    said = await scene.talk("ben", "yes", "yes")
    assert said[-1] == scene.words("done", name="Ben")
    assert module.users["ben"].name == "Ben"


async def test_a_name_that_is_taken_is_said(scene: Scene, module: SimulatedModule) -> None:
    module.add_user("ben", "Ben", portrait("Another Ben"))
    said = await scene.talk("ben", "yes")
    assert said[1] == scene.words("taken", name="Ben")
    assert said[-1] == scene.words("done", name="Ben")
    assert module.users["ben_2"].name == module.users["ben"].name == "Ben"


async def test_a_module_that_does_not_answer_is_named_as_the_cause(
    scene: Scene, module: SimulatedModule
) -> None:
    await module.pull_cable()
    said = await scene.talk("ben", "yes", "no")
    assert f"{scene.words('offline')} {scene.words('again')}" in said
    assert said[-1] == scene.words("cancelled")


async def test_a_module_that_refuses_is_not_taken_for_success(
    scene: Scene, module: SimulatedModule
) -> None:
    module.faults.refuse = {"AddUser"}
    said = await scene.talk("ben", "yes", "yes")
    assert f"{scene.words('failed')} {scene.words('again')}" in said
    assert said[-1] == f"{scene.words('failed')} {scene.words('cancelled')}"
    assert "ben" not in module.users


async def test_one_of_two_modules_may_fail(
    hass: HomeAssistant,
    language: Language,
    satellite: Satellite,
    module: SimulatedModule,
    set_up: SetUp,
) -> None:
    async with SimulatedModule(serial="0123A38884CE69F6EF", password="abc123") as other:
        devices = [device_of(hass, await set_up(one)) for one in (module, other)]
        other.faults.refuse = {"AddUser"}
        scene = Scene(hass, language, satellite, pictures=[portrait("Ben")])
        await enrolling(scene, devices)
        hass.states.async_set(CAMERA, "idle")
        with camera(scene):
            said = await scene.talk("ben", "yes")
    assert said[-1] == scene.words("partly", name="Ben")
    assert "ben" in module.users
    assert "ben" not in other.users
