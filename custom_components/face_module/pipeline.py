"""What the module's models say: kept as it came, and shown without a flood.

Status callbacks can come 30 times a second and repeat the models' last results for as
long as nobody is there.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .client import DmsType, PipelineStatus
from .const import (
    CONF_MASK_THRESHOLD,
    CONF_PRESENCE_TIMEOUT,
    CONF_SCORE_INTERVAL,
    LOGGER,
)
from .gate import LIVENESS_WITHIN, Liveness
from .models import ModuleState, Pipeline
from .scores import ScoreThrottle

_UNHEARD_KEPT: Final = 10
# The module's clock counts whole seconds, ours and its heartbeats do too.
_WHOLE_SECONDS: Final = 1.5
# So many new scores are kept: three seconds of the fastest reports.
_SCORES_KEPT: Final = 90


class _NewScores:
    """The results of one liveness model that are no repetition, as they came (0-1)."""

    def __init__(self) -> None:
        self.last: float | None = None
        self._scores: deque[tuple[float, float]] = deque(maxlen=_SCORES_KEPT)

    def add(self, score: float | None, now: float) -> None:
        """Take in a reported score."""
        if score is not None and score != self.last:
            self._scores.append((now, score * 100))
        self.last = score

    def around(self, at: float) -> tuple[float, ...]:
        """Return the scores (%) since `at`, or the last one shortly before."""
        if self.last is None:
            return ()
        if after := tuple(score for when, score in self._scores if when > at):
            return after
        before = [s for when, s in self._scores if at - when <= LIVENESS_WITHIN]
        return tuple(before[-1:])


class PipelineWatch:
    """The models of one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        name: str,
        options: Mapping[str, Any],
        state: Callable[[], ModuleState],
        show: Callable[[Pipeline], None],
    ) -> None:
        """Compare with `state`, and hand on to `show` what is to be seen."""
        self._hass = hass
        self._name = name
        self._state = state
        self._show = show
        self._interval = float(options[CONF_SCORE_INTERVAL])
        self._suspicion_ends = float(options[CONF_PRESENCE_TIMEOUT])
        self._throttle = ScoreThrottle(self._interval)
        self._latest = Pipeline()
        self._rgb, self._nir = _NewScores(), _NewScores()
        self._heard_at: float | None = None
        self._low_at: float | None = None
        self._timer: CALLBACK_TYPE | None = None
        self._timer_at = float("inf")
        self._job = HassJob(self._timer_due, cancel_on_shutdown=True)
        self._unheard_dms: set[str] = set()
        self.mask_threshold = float(options[CONF_MASK_THRESHOLD])

    @callback
    def async_apply(self, status: PipelineStatus, age: float) -> None:
        """Take in a status callback that was sent `age` seconds ago."""
        latest = Pipeline(
            dms_type=self._known_dms(status.dms_type),
            mask_score=_percent(status.mask_score),
            rgb_liveness_score=_percent(status.rgb_liveness_score),
            nir_liveness_score=_percent(status.nir_liveness_score),
        )
        before, first = self._latest, self._heard_at is None
        now = self._heard_at = self._hass.loop.time()
        # The first report may repeat a result from before we listened.
        if not first and abs(age) <= LIVENESS_WITHIN + _WHOLE_SECONDS:
            self._rgb.add(status.rgb_liveness_score, now)
            self._nir.add(status.nir_liveness_score, now)
        else:
            self._rgb.last = status.rgb_liveness_score
            self._nir.last = status.nir_liveness_score
        if latest == before:
            return
        self._latest = latest
        if not first and self._is_new_low(before, latest):
            self._low_at = now
        self._refresh()

    def evidence(self, at: float) -> Liveness:
        """Return what the liveness models said of the face that was recognized at `at`.

        What is new since then; where nothing is, what was new just before.
        """
        return Liveness(rgb=self._rgb.around(at), nir=self._nir.around(at))

    @property
    def mask_score(self) -> float | None:
        """The last mask score (%) if it was reported just now."""
        if (at := self._heard_at) is None or self._hass.loop.time() - at > LIVENESS_WITHIN:
            return None
        return self._latest.mask_score

    @callback
    def async_stop(self) -> None:
        """Show nothing more."""
        if self._timer is not None:
            self._timer()
            self._timer = None
            self._timer_at = float("inf")

    def _known_dms(self, word: str | None) -> str | None:
        if word is None or word in DmsType:
            return word
        if word not in self._unheard_dms and len(self._unheard_dms) < _UNHEARD_KEPT:
            self._unheard_dms.add(word)
            LOGGER.warning("%s reports an unknown DMS type: %.40r", self._name, word)
        return None

    @callback
    def _timer_due(self, _now: datetime) -> None:
        self._timer = None
        self._timer_at = float("inf")
        self._refresh()

    @callback
    def _ask_again(self, at: float, now: float) -> None:
        """Refresh at a time at the latest: one that is too early only asks again."""
        if at < self._timer_at:
            self.async_stop()
            self._timer_at = at
            self._timer = async_call_later(self._hass, max(0.0, at - now), self._job)

    @callback
    def _refresh(self) -> None:
        now = self._hass.loop.time()
        state = self._state()
        liveness = state.config.liveness_threshold
        shown, due = self._throttle.show(
            state.pipeline,
            self._latest,
            {
                "mask_score": self.mask_threshold,
                "rgb_liveness_score": liveness,
                "nir_liveness_score": liveness,
            },
            now,
        )
        suspected, ends = self._suspicion(now)
        for at in (due, ends):
            if at is not None:
                self._ask_again(at, now)
        if suspected != shown.spoof_suspected:
            shown = replace(shown, spoof_suspected=suspected)
        if shown is not state.pipeline:
            self._show(shown)

    # Suspicion

    def _low(self, pipeline: Pipeline) -> tuple[bool, bool]:
        """Return whether the color and the infrared score are under the threshold."""
        threshold = self._state().config.liveness_threshold
        if threshold is None:
            return False, False
        rgb, nir = pipeline.rgb_liveness_score, pipeline.nir_liveness_score
        return rgb is not None and rgb < threshold, nir is not None and nir < threshold

    def _is_new_low(self, before: Pipeline, latest: Pipeline) -> bool:
        """Say whether a model looked again, and did not see a living face."""
        rgb, nir = self._low(latest)
        return (rgb and latest.rgb_liveness_score != before.rgb_liveness_score) or (
            nir and latest.nir_liveness_score != before.nir_liveness_score
        )

    def _suspicion(self, now: float) -> tuple[bool | None, float | None]:
        """Return whether a spoof is suspected, and when to ask again.

        It ends once the scores are good and have been for the score interval, so that
        it does not flicker, and anyway when no new low score came for the presence
        timeout: the last score stays as it is after whoever it was has left.
        """
        latest = self._latest
        if latest.rgb_liveness_score is None and latest.nir_liveness_score is None:
            return None, None
        if self._low_at is None:
            return False, None
        patience = self._suspicion_ends if any(self._low(latest)) else self._interval
        ends = self._low_at + patience
        return (True, ends) if now < ends else (False, None)


def _percent(score: float | None) -> float | None:
    return None if score is None else round(score * 100, 1)
