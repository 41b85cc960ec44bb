"""Storms of status callbacks, and the suspicion of a spoof."""

from collections import Counter
from copy import replace
from random import Random
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import LivenessType, PipelineStatus, SystemConfig
from custom_components.face_module.device import pipeline
from custom_components.face_module.device.pipeline import PipelineWatch
from custom_components.face_module.device.scores import SCORES
from custom_components.face_module.device.state import ModuleState, Pipeline
from custom_components.face_module.options import Options
from simulator import SimulatedModule
from tests.common import poll, state_of
from tests.conftest import SetUp, settle

HOUR = 3600
DMS = ("normal", "smoking", "calling")


class Simulated:
    """A watch whose time is simulated; every change that it shows is a row."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: float) -> None:
        self.now = 1000.0
        self.timer: tuple[float, Any] | None = None
        self.state = ModuleState(
            config=SystemConfig(liveness_type=LivenessType.RGB_NIR, liveness_threshold=90)
        )
        self.rows: Counter[str] = Counter()
        self.dms: list[str | None] = []
        hass: Any = SimpleNamespace(loop=SimpleNamespace(time=lambda: self.now))
        entry: Any = SimpleNamespace(options=options)
        monkeypatch.setattr(pipeline, "async_call_later", self._later)
        self.watch = PipelineWatch(
            hass, "Module", Options.from_entry(entry), lambda: self.state, self._show
        )

    def _later(self, _hass: Any, delay: float, job: Any) -> Any:
        self.timer = (self.now + delay, job)

        def cancel() -> None:
            self.timer = None

        return cancel

    def _show(self, shown: Pipeline) -> None:
        before = self.state.pipeline
        for key in (*SCORES, "dms_type", "mask_worn", "spoof_suspected"):
            if getattr(before, key) != getattr(shown, key):
                self.rows[key] += 1
        if before.dms_type != shown.dms_type:
            self.dms.append(shown.dms_type)
        self.state = ModuleState(config=self.state.config, pipeline=shown)

    def advance(self, seconds: float) -> None:
        """Let time pass; a timer that is due fires at its time."""
        until = self.now + seconds
        while self.timer is not None and self.timer[0] <= until:
            self.now, job = self.timer
            self.timer = None
            job.target(None)
        self.now = until

    def report(
        self,
        rgb: float | None,
        nir: float | None,
        mask: float | None,
        dms: str = "normal",
    ) -> None:
        self.watch.async_apply(
            PipelineStatus(
                device_id="x",
                timestamp=1,
                dms_type=dms,
                mask_score=mask,
                rgb_liveness_score=rgb,
                nir_liveness_score=nir,
            ),
            age=0.0,
        )

    def suspected(self) -> bool | None:
        return self.state.pipeline.spoof_suspected


def test_an_hour_of_storm_is_few_rows_and_loses_no_dms_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """30 a second for an hour; levels that do not cross a threshold, with noise."""
    simulated, random = Simulated(monkeypatch), Random(7)
    words = ("normal", "smoking", "calling", "drinking", "eating")
    dms, sent = "normal", ["normal"]
    level = (0.97, 0.96, 0.2)
    for _ in range(HOUR * 30):
        if random.random() < 1 / 150:
            level = (
                random.uniform(0.93, 0.99),
                random.uniform(0.93, 0.99),
                random.uniform(0.1, 0.4),
            )
        if random.random() < 1 / 300 and (word := random.choice(words)) != dms:
            dms = word
            sent.append(dms)
        rgb, nir = (min(max(x + random.gauss(0, 0.01), 0.905), 1.0) for x in level[:2])
        simulated.report(rgb, nir, min(level[2] + random.gauss(0, 0.01), 0.49), dms)
        simulated.advance(1 / 30)
    for key in SCORES:
        assert 50 < simulated.rows[key] <= HOUR / 5 + 1, key
    assert simulated.dms == sent
    for key in ("mask_worn", "spoof_suspected"):
        assert simulated.rows[key] == 1, "from unknown to off"


def test_a_dms_model_that_flickers_is_shown_at_once_at_first_and_then_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated = Simulated(monkeypatch)
    words = ("smoking", "normal")
    for number in range(10):
        simulated.report(0.97, 0.97, 0.2, words[number % 2])
    assert simulated.rows["dms_type"] == 10
    for number in range(HOUR * 30):
        simulated.report(0.97, 0.97, 0.2, words[number % 2])
        simulated.advance(1 / 30)
    assert simulated.rows["dms_type"] <= HOUR / 5 + 11
    simulated.report(0.97, 0.97, 0.2, "eating")
    simulated.advance(5)
    assert simulated.state.pipeline.dms_type == "eating", "what is so is shown in the end"


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_to_the_next_look_would_not_have_been_shown_before(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Models that go on and off, photos, pauses, and another threshold now and then."""

    def shown(*, every: bool) -> list[tuple[float, Pipeline]]:
        simulated, random = Simulated(monkeypatch), Random(seed)
        found, known = list[tuple[float, Pipeline]](), Pipeline()
        level, noise = [0.95, 0.95, 0.2], [0.0, 0.0, 0.0]
        for _ in range(4000):
            chance = random.random()
            if chance < 0.02:
                level = [random.choice((0.2, 0.899, 0.95)) for _ in level]
                # A model may say the very same for long.
                noise = [random.choice((0, 0.004)) for _ in level]
            if chance > 0.998:
                config = replace(
                    simulated.state.config, liveness_threshold=random.choice((89, 90, None))
                )
                simulated.state = replace(simulated.state, config=config)
            rgb, nir, mask = (
                None if random.random() < 0.003 else round(min(random.gauss(x, by), 1), 3)
                for x, by in zip(level, noise, strict=True)
            )
            before = simulated.watch._latest
            simulated.report(rgb, nir, mask, random.choices(DMS, (200, 1, 1))[0])
            if every and simulated.watch._latest != before:
                simulated.watch._refresh()
            simulated.advance(random.choices((1 / 30, 2.0, 40.0), (100, 50, 1))[0])
            if simulated.state.pipeline != known:
                known = simulated.state.pipeline
                found.append((simulated.now, known))
        return found

    assert shown(every=False) == shown(every=True)


def test_a_storm_around_the_thresholds_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated, random = Simulated(monkeypatch), Random(3)
    for _ in range(HOUR * 30):
        simulated.report(
            random.gauss(0.9, 0.02), random.gauss(0.9, 0.02), random.gauss(0.5, 0.02)
        )
        simulated.advance(1 / 30)
    for key in SCORES:
        assert simulated.rows[key] <= HOUR / 5 + 1, key
    assert simulated.rows["mask_worn"] <= HOUR / 5 + 3
    assert simulated.rows["spoof_suspected"] <= HOUR / 5


def test_models_that_go_on_and_off_all_the_time_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated, random = Simulated(monkeypatch), Random(5)
    for _ in range(HOUR * 10):
        rgb, nir, mask = (random.choice((None, 0.05, 0.97)) for _ in range(3))
        simulated.report(rgb, nir, mask)
        simulated.advance(0.1)
    for key in SCORES:
        assert simulated.rows[key] <= HOUR / 5 * 2 + 3, key
    for key in ("mask_worn", "spoof_suspected"):
        assert simulated.rows[key] <= HOUR / 5 * 2 + 3, key


def test_a_mask_is_told_at_once_and_its_score_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated = Simulated(monkeypatch, mask_threshold=50)
    simulated.report(0.97, 0.96, 0.1)
    for score, worn in ((0.51, True), (0.49, False), (0.9, True)):
        simulated.advance(1)
        simulated.report(0.97, 0.96, score)
        assert simulated.state.pipeline.mask_worn is worn
        assert simulated.state.pipeline.mask_score == 10
    simulated.advance(2)
    assert simulated.state.pipeline.mask_score == 90, "nobody needs to report it again"


def test_a_photo_is_suspected_at_once_and_until_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated = Simulated(monkeypatch, presence_timeout=30)
    simulated.report(0.97, 0.96, 0.1)
    assert simulated.suspected() is False
    simulated.advance(1)
    simulated.report(0.97, 0.3, 0.1)
    assert simulated.suspected() is True
    for tick in range(100):
        simulated.advance(0.5)
        simulated.report(0.97, 0.3 + tick / 1000, 0.1)
        assert simulated.suspected() is True
    # It is taken away; the module goes on to report its last result.
    for _ in range(50):
        simulated.advance(0.5)
        simulated.report(0.97, 0.399, 0.1)
    assert simulated.suspected() is True
    simulated.advance(10)
    assert simulated.suspected() is False
    simulated.report(0.97, 0.399, 0.1)
    assert simulated.suspected() is False, "nobody looked again"


def test_a_living_face_ends_the_suspicion_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = Simulated(monkeypatch, score_interval=5)
    simulated.report(0.97, 0.96, 0.1)
    simulated.report(0.2, 0.96, 0.1)
    assert simulated.suspected() is True
    simulated.advance(1)
    simulated.report(0.95, 0.96, 0.1)
    assert simulated.suspected() is True, "it does not flicker"
    simulated.advance(5)
    assert simulated.suspected() is False


def test_what_was_low_before_we_listened_is_no_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated = Simulated(monkeypatch)
    for _ in range(3):
        simulated.report(0.1, 0.1, 0.1)
        simulated.advance(1)
    assert simulated.suspected() is False
    simulated.report(0.11, 0.1, 0.1)
    assert simulated.suspected() is True


def test_without_a_threshold_nothing_is_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = Simulated(monkeypatch)
    simulated.state = ModuleState(config=SystemConfig())
    simulated.report(0.9, 0.9, 0.1)
    simulated.report(0.1, 0.1, 0.1)
    assert simulated.suspected() is False


async def test_whoever_puts_a_mask_on_is_shown_at_once_and_the_score_later(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_status(mask_score=0.1)
    await settle(hass)
    assert state_of(hass, "binary_sensor.mask_worn").state == "off"
    await module.send_status(mask_score=0.8)
    await settle(hass)
    assert state_of(hass, "binary_sensor.mask_worn").state == "on"
    assert state_of(hass, "sensor.mask_score").state == "10.0"
    await module.send_status(mask_score=-2.0)
    await settle(hass)
    assert state_of(hass, "binary_sensor.mask_worn").state == "unknown"
    assert state_of(hass, "sensor.mask_score").state == "unknown"


async def test_the_sensor_is_unknown_while_no_model_is_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_status()
    await settle(hass)
    assert state_of(hass, "binary_sensor.spoof_suspected").state == "unknown"


async def test_a_photo_held_up_to_a_module_that_reports_it_to_nobody_is_suspected(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    module.config.liveness_type = 3
    await set_up()
    await poll(hass)
    await module.send_status()
    assert await module.walk_by("anna", rgb_liveness=0.12, nir_liveness=0.05) is None
    await settle(hass)
    assert state_of(hass, "binary_sensor.spoof_suspected").state == "on"
    assert state_of(hass, "event.recognition").state == "unknown"
