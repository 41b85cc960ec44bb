"""Recognition callbacks, judged: each becomes a sighting, or is one that came before."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
import math
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_at_time

from .client import Recognition
from .coordinator import FaceModuleCoordinator
from .gate import Gate, judge, score_of
from .roster import DATA_ROSTER
from .visit import Visit, picture_type

# The liveness scores of a face and its recognition travel on two connections: where they
# matter, they are given time to arrive in whatever order, and more if none is there yet.
SETTLE: Final = 0.3
SETTLE_STEP: Final = 0.1
SETTLE_MAX: Final = 1.5
# So many callbacks are remembered, so that the same one again is no new evidence.
_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class _Came:
    """A recognition callback that came at `time`, `at` by the event loop."""

    recognition: Recognition
    time: datetime
    at: float
    age: float


class Sightings:
    """Judges the recognitions of one module.

    `confirmed` says how often somebody was recognized lately, before this time; `take`
    gets each sighting, as a visit of its own, with its crop.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        coordinator: FaceModuleCoordinator,
        gate: Gate,
        *,
        confirmed: Callable[[str], int],
        take: Callable[[Visit, bytes | None], None],
    ) -> None:
        """Prepare; `async_recognized` is to be called with every recognition."""
        self._hass = hass
        self._entry_id = entry_id
        self._coordinator = coordinator
        self._gate = gate
        self._roster = hass.data[DATA_ROSTER]
        self._confirmed = confirmed
        self._take = take
        # What came lately, and when by the event loop; the oldest first.
        self._heard: dict[object, float] = {}
        self._settling: set[CALLBACK_TYPE] = set()
        # How often which verdict was given, for the diagnostics.
        self.judged: Counter[str] = Counter()

    @callback
    def async_recognized(self, recognition: Recognition) -> None:
        """Take in a callback."""
        now, at = dt_util.utcnow(), self._hass.loop.time()
        if self._is_repeated(recognition, at):
            self.judged["repeated"] += 1
            return
        age = self._coordinator.age_of(recognition.timestamp)
        came = _Came(recognition, now, at, age)
        if self._gate.require_liveness:
            self._settle(came, SETTLE)
        else:
            self._judge(came)

    @callback
    def async_stop(self) -> None:
        """Judge nothing more."""
        for cancel in self._settling:
            cancel()
        self._settling.clear()

    def _is_repeated(self, recognition: Recognition, at: float) -> bool:
        """Say whether this very callback came before, for as long as it is not stale."""
        known = (
            recognition.timestamp,
            recognition.user_id,
            recognition.score,
            # The last bytes of two pictures are never the same by chance.
            (recognition.image or b"")[-64:],
        )
        if at - self._heard.get(known, -math.inf) <= 2 * self._gate.max_age:
            return True
        self._heard[known] = at
        if len(self._heard) > _REMEMBERED:
            del self._heard[next(iter(self._heard))]
        return False

    def _settle(self, came: _Came, delay: float) -> None:
        """Judge after a while: once every liveness model has said something new."""

        @callback
        def settled(_now: datetime) -> None:
            self._settling.discard(cancel)
            waited = self._hass.loop.time() - came.at
            evidence = self._coordinator.pipeline.evidence(came.at)
            if waited < SETTLE_MAX and not evidence.covers(self._coordinator.data.config):
                self._settle(came, SETTLE_STEP)
            else:
                self._judge(came)

        job = HassJob(settled, cancel_on_shutdown=True)
        cancel = async_call_later(self._hass, delay, job)
        self._settling.add(cancel)

    def _judge(self, came: _Came) -> None:
        pipeline, recognition = self._coordinator.pipeline, came.recognition
        liveness = pipeline.evidence(came.at)
        user_id = recognition.user_id
        known = self._roster.get(user_id)
        verdict, reason = judge(
            self._gate,
            known=bool(user_id),
            score=recognition.score * 100,
            age=came.age,
            liveness=liveness,
            config=self._coordinator.data.config,
            confirmations=self._confirmed(user_id) + 1,
            minimum_score=(known.minimum_score if known else None) or 0.0,
        )
        self.judged[reason or verdict] += 1
        sighting = Visit(
            entry_id=self._entry_id,
            visit_id=ulid_at_time(came.time.timestamp()),
            verdict=verdict,
            reason=reason,
            user_id=user_id,
            name=recognition.username or user_id,
            person=known.person if known else None,
            score=round(recognition.score * 100, 1),
            rgb_liveness_score=_shown(score_of(liveness.rgb)),
            nir_liveness_score=_shown(score_of(liveness.nir)),
            mask_score=pipeline.mask_score,
            time=came.time,
            last_seen=came.time,
            device_time=datetime.fromtimestamp(recognition.timestamp, UTC),
            age=round(came.age, 1),
            content_type=picture_type(recognition.image),
        )
        self._take(sighting, recognition.image)


def _shown(score: float | None) -> float | None:
    return None if score is None else round(score, 1)
