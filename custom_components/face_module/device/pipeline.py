"""What the module's models say: kept as it came, and shown without a flood.

Status callbacks can come 30 times a second and repeat the models' last results for as
long as nobody is there.
"""

from collections import deque
from collections.abc import Callable
from copy import replace
from datetime import datetime
import math
from typing import Final, NamedTuple

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..client import DmsType, PipelineStatus
from ..const import LOGGER
from ..options import Options
from .scores import LIVENESS_SCORES, Pace, ScoreThrottle
from .state import ModuleState, Pipeline

# The module repeats its last liveness score for as long as nobody comes: a score says
# something about a face only if it was new within this time of its recognition.
LIVENESS_WITHIN: Final = 1.5
_UNHEARD_KEPT: Final = 10
_DMS_TYPES: Final = frozenset[str](DmsType)
# The module's clock counts whole seconds, ours and its heartbeats do too.
_WHOLE_SECONDS: Final = 1.5
# A model may say only so much later what it sees (s).
LAG: Final = 1.0
# What is only repeated counts if it was reported so often, and for longer than the lag.
REPEATED: Final = 3
# So many reports are kept: six seconds of the fastest.
_REPORTS_KEPT: Final = 180


class Liveness(NamedTuple):
    """The scores (%) of each liveness model that say something of a face."""

    rgb: tuple[float, ...] = ()
    nir: tuple[float, ...] = ()


class _Facts(NamedTuple):
    """What a report means: what may have to be shown before scores are looked at again.

    None: the model is off or said nothing.
    """

    dms_type: str | None = None
    mask_worn: bool | None = None
    rgb_low: bool | None = None
    nir_low: bool | None = None


class _Reports:
    """What one liveness model reported: when, the score (%), and whether it was new."""

    def __init__(self) -> None:
        self._last: float | None = None
        # The last score, and since when (and until when) new ones come without a pause.
        self._said: float | None = None
        self._began = self._new_at = -math.inf
        self._kept: deque[tuple[float, float, bool]] = deque(maxlen=_REPORTS_KEPT)

    def add(self, score: float | None, now: float, *, counts: bool) -> None:
        """Take in a score (0-1); one that does not count makes its repetition no news."""
        self._last = score
        if score is None:
            # What it said before is no news when it is said again.
            return
        if counts:
            if new := score != self._said:
                if now - self._new_at >= LIVENESS_WITHIN:
                    self._began = now
                self._new_at = now
            self._kept.append((now, score * 100, new))
        self._said = score

    def busy_since(self, at: float) -> float:
        """Return since when somebody may have been in view, without a pause until `at`."""
        return self._began if at - self._new_at < LIVENESS_WITHIN else at

    def about(
        self, at: float, since: float, until: float, *, settled: bool
    ) -> tuple[float, ...]:
        """Return the scores (%) that say something of who was recognized at `at`."""
        if self._last is None:
            return ()
        kept = [report for report in self._kept if report[0] <= until]
        new = [(when, score) for when, score, new in kept if new and when > since]
        if after := tuple(score for when, score in new if when > at):
            return after
        if new:
            return (new[-1][1],)
        later = [(when, score) for when, score, _ in kept if when > at]
        if settled and len(later) >= REPEATED and later[-1][0] - later[0][0] >= LAG:
            return (later[-1][1],)
        return ()


class PipelineWatch:
    """The models of one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        name: str,
        options: Options,
        state: Callable[[], ModuleState],
        show: Callable[[Pipeline], None],
    ) -> None:
        """Compare with `state`, and hand on to `show` what is to be seen."""
        self._hass = hass
        self._name = name
        self._state = state
        self._show = show
        self._interval = options.score_interval
        self._suspicion_ends = options.presence_timeout
        self._mask_threshold = options.mask_threshold
        self._throttle = ScoreThrottle(self._interval)
        self._mask_pace = Pace(self._interval)
        self._latest, self._facts = Pipeline(), _Facts()
        self._rgb, self._nir = _Reports(), _Reports()
        self._heard_at: float | None = None
        self._low_at: float | None = None
        self._timer: CALLBACK_TYPE | None = None
        self._timer_at = float("inf")
        self._job = HassJob(self._timer_due, cancel_on_shutdown=True)
        self._unheard_dms: set[str] = set()

    @callback
    def async_apply(self, status: PipelineStatus, age: float) -> None:
        """Take in a status callback that was sent `age` seconds ago."""
        rgb, nir = status.rgb_liveness_score, status.nir_liveness_score
        # To a tenth of a percent. Rounding to digits goes by way of their text.
        percents = [
            None if score is None else round(score * 1000) / 10
            for score in (status.mask_score, rgb, nir)
        ]
        # By position, as in `_meaning`: it happens 30 times a second.
        latest = Pipeline(
            self._known_dms(status.dms_type), percents[0], percents[1], percents[2]
        )
        before, first = self._latest, self._heard_at is None
        now = self._heard_at = self._hass.loop.time()
        # The first report may repeat a result from before we listened.
        counts = not first and abs(age) <= LIVENESS_WITHIN + _WHOLE_SECONDS
        self._rgb.add(rgb, now, counts=counts)
        self._nir.add(nir, now, counts=counts)
        if latest == before:
            return
        self._latest = latest
        known, facts = self._facts, self._meaning(latest)
        self._facts = facts
        # A model looked again, and did not see a living face.
        new_low = not first and (
            (facts.rgb_low and latest.rgb_liveness_score != before.rgb_liveness_score)
            or (facts.nir_low and latest.nir_liveness_score != before.nir_liveness_score)
        )
        if new_low:
            self._low_at = now
        # The rest is noise: the next look shows it if it is worth that, and is planned.
        if (
            facts != known
            or self._timer_at > self._throttle.next_look
            or (new_low and not self._state().pipeline.spoof_suspected)
        ):
            self._refresh()

    def busy_since(self, at: float) -> float:
        """Return since when somebody may have been in view, without a pause until `at`."""
        return min(self._rgb.busy_since(at), self._nir.busy_since(at))

    def evidence(self, at: float, since: float, until: float, *, settled: bool) -> Liveness:
        """Return what the liveness models said of the face that was recognized at `at`.

        What is new since then; where nothing is, what was new before, but after `since`.
        Nothing after `until`: that is about somebody else.
        Once it is `settled` that nothing new comes, what they repeat: models report in
        steps, and a face may get the very score of the one before. For longer than the
        lag: what was repeated at first may be about somebody else.
        """
        return Liveness(
            rgb=self._rgb.about(at, since, until, settled=settled),
            nir=self._nir.about(at, since, until, settled=settled),
        )

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
        self._timer, self._timer_at = None, float("inf")

    def _known_dms(self, word: str | None) -> str | None:
        if word is None or word in _DMS_TYPES:
            return word
        if word not in self._unheard_dms and len(self._unheard_dms) < _UNHEARD_KEPT:
            self._unheard_dms.add(word)
            LOGGER.warning("%s reports an unknown DMS type: %.40r", self._name, word)
        return None

    @callback
    def _timer_due(self, _now: datetime) -> None:
        self._timer, self._timer_at = None, float("inf")
        # The threshold may be another one by now.
        self._facts = self._meaning(self._latest)
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
        now, before = self._hass.loop.time(), self._state().pipeline
        shown, due = self._throttle.show(before, self._latest, now)
        suspected, ends = self._suspicion(shown, now)
        worn, later = self._mask_worn(shown, now)
        for at in (due, ends, later):
            if at is not None:
                self._ask_again(at, now)
        shown = replace(shown, mask_worn=worn, spoof_suspected=suspected)
        if shown != before:
            self._show(shown)

    # Conclusions: from the latest scores, unknown for as long as a model is shown as off

    def _mask_worn(self, shown: Pipeline, now: float) -> tuple[bool | None, float | None]:
        """Return whether a mask is worn, and when to ask again."""
        before = shown.mask_worn
        if shown.mask_score is None:
            return None, None
        worn = before if self._facts.mask_worn is None else self._facts.mask_worn
        if worn == before:
            return worn, None
        later = None if before is None else self._mask_pace.passes(now)
        return (worn, None) if later is None else (before, later)

    def _meaning(self, latest: Pipeline) -> _Facts:
        """Return what a report means by the thresholds of now; without one none is low."""
        threshold = self._state().config.liveness_threshold
        dms_type, mask, rgb, nir, *_ = latest
        return _Facts(
            dms_type,
            None if mask is None else mask >= self._mask_threshold,
            None if rgb is None else threshold is not None and rgb < threshold,
            None if nir is None else threshold is not None and nir < threshold,
        )

    def _suspicion(self, shown: Pipeline, now: float) -> tuple[bool | None, float | None]:
        """Return whether a spoof is suspected, and when to ask again.

        It ends once the scores are good and have been for the score interval, so that
        it does not flicker, and anyway when no new low score came for the presence
        timeout: the last score stays as it is after whoever it was has left.
        """
        if all(getattr(shown, key) is None for key in LIVENESS_SCORES):
            return None, None
        if self._low_at is None:
            return False, None
        is_low = self._facts.rgb_low or self._facts.nir_low
        ends = self._low_at + (self._suspicion_ends if is_low else self._interval)
        return (True, ends) if now < ends else (False, None)
