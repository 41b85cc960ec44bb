"""Recognition callbacks, judged: what is known of somebody in view becomes a sighting.

Whoever stays in view is not sent again by the module (3.1.7): it is asked to, where
better evidence may be had.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import math
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_at_time

from ..client import FaceModuleError, Recognition
from ..const import DOMAIN, LOGGER
from ..device.coordinator import FaceModuleCoordinator
from ..device.pipeline import LAG, LIVENESS_WITHIN, Liveness
from ..options import Options
from ..people.conflicts import DATA_CONFLICTS
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING
from ..pictures.kinds import picture_type
from .access import Denial
from .admission import Admission
from .evidence import SETTLE, SETTLE_MAX, SETTLE_STEP, Came, InView
from .gate import Reason, Verdict, covers, judge, judge_face, score_of
from .visit import Visit

# So many callbacks are remembered, so that the same one again is no new evidence.
_REMEMBERED: Final = 200
# The module is asked to look again so often, besides for confirmations: every question
# keeps it busy. Another frame at once would not be a better one.
_SECOND_LOOKS: Final = 2
_LOOK_AFTER: Final = 1.0
# Whoever came may still be in view for so long, though no model says anything new.
_LINGERS: Final = 3.0


class Sightings:
    """Judges the recognitions of one module.

    `running` returns somebody's visit that may go on. `take` gets each sighting, as a
    visit of its own, with its crop; it returns the visit that it belongs to. `again` is
    told whose callback came before, and is not stale yet, and whether they may enter.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        options: Options,
        *,
        running: Callable[[str], Visit | None],
        take: Callable[[Visit, bytes | None], Visit],
        again: Callable[[str, bool], None],
    ) -> None:
        """Prepare; `async_recognized` is to be called with every recognition."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._options = options
        self._roster = hass.data[DATA_ROSTER]
        self._waiting = hass.data[DATA_WAITING]
        self._conflicts = hass.data[DATA_CONFLICTS]
        self._admission = Admission(hass, entry)
        self._running = running
        self._take = take
        self._again = again
        # What came lately, and when by the event loop; the oldest first.
        self._heard: dict[object, float] = {}
        # Who is in view, by user id; whoever came last is the last.
        self._views: dict[str, InView] = {}
        self._kept = max(options.visit_window, options.confirmation_window, LIVENESS_WITHIN)
        # What the models had said until then was said of somebody else.
        self._spent = -math.inf
        self._last_came = -math.inf
        # How often which verdict was given, for the diagnostics.
        self.judged: Counter[str] = Counter()

    @callback
    def async_recognized(self, recognition: Recognition) -> None:
        """Take in a callback. Whoever is to be forgotten is known no more."""
        if self._waiting.may_be_forgotten(
            self._entry.entry_id, recognition.user_id, recognition.username
        ):
            recognition = replace(recognition, user_id="", username="")
        self._conflicts.async_came(
            self._entry.entry_id, recognition.user_id, recognition.username
        )
        at = self._hass.loop.time()
        age = self._coordinator.age_of(recognition.timestamp)
        came = Came(recognition, dt_util.utcnow(), at, age)
        if not self._is_repeated(recognition, at):
            self._collect(came)
            return
        self.judged["repeated"] += 1
        view = self._views.get(recognition.user_id)
        if abs(age) <= self._options.max_age and not (view and view.is_collecting):
            people = self._admission.people(came)
            denial = self._admission.judge(came, people, is_counted=False)
            self._again(recognition.user_id, denial is None)

    @callback
    def async_stop(self) -> None:
        """Judge nothing more."""
        for view in self._views.values():
            view.cancel()
        self._views.clear()

    def unconfirmed(self, since: float) -> Visit | None:
        """Return who was recognized since a time of the event loop and is held back."""
        for view in reversed(self._views.values()):
            if view.ends is not None and view.came.at >= since:
                return self._sighting(view, Verdict.REJECTED, Reason.UNCONFIRMED)
        return None

    def _is_repeated(self, recognition: Recognition, at: float) -> bool:
        """Say whether this very callback came before, for as long as it is not stale."""
        known = (
            recognition.timestamp,
            recognition.user_id,
            recognition.score,
            # The last bytes of two pictures are never the same by chance.
            (recognition.image or b"")[-64:],
        )
        if at - self._heard.get(known, -math.inf) <= 2 * self._options.max_age:
            return True
        self._heard[known] = at
        if len(self._heard) > _REMEMBERED:
            del self._heard[next(iter(self._heard))]
        return False

    def _seen_as(self, recognition: Recognition) -> tuple[RosterPerson | None, float]:
        """Return who came, None if that is not known, and the score (%) they need."""
        return self._roster.seen_as(
            self._entry.entry_id, recognition.user_id, recognition.username
        )

    # Collecting

    def _collect(self, came: Came) -> None:
        user_id = came.recognition.user_id
        _, minimum_score = self._seen_as(came.recognition)
        face = judge_face(
            self._options,
            known=bool(user_id),
            score=came.recognition.score * 100,
            age=came.age,
            minimum_score=minimum_score,
        )
        if face is not None and face[1] is Reason.STALE:
            self._conclude(InView(came, came.time), *face)
            return
        view = self._view(came)
        if face is None:
            view.came = came
            if view.is_entering:
                return
            if view.awaits is None:
                view.awaits, view.until = came.at, math.inf
            self._look(view)
        elif view.is_collecting:
            # This one does not count, and whoever is there is not sent again.
            self._ask(view, Reason.UNCONFIRMED)
        else:
            view.came = came
            view.liveness = self._evidence(view, came.at)
            self._conclude(view, *face)

    def _view(self, came: Came) -> InView:
        """Return what is known of whoever came, for as long as they are in view."""
        for user_id, view in list(self._views.items()):
            if view.is_collecting or came.at - view.came.at < self._kept:
                break
            view.cancel()
            del self._views[user_id]
        user_id = came.recognition.user_id
        last = next(reversed(self._views), None)
        view = self._views.pop(user_id, InView(came, came.time))
        if view.came is came or last != user_id:
            view.clear = self._clear_of_others(came.at)
        view.since = max(came.at - LIVENESS_WITHIN, self._spent, view.clear)
        if not user_id and not self._coordinator.data.config.multiface_detection:
            for other in self._views.values():
                # Whoever holds up a photo may look into the camera next.
                other.until = min(other.until, came.at - SETTLE)
        self._views[user_id] = view
        self._last_came = came.at
        if not view.is_collecting:
            view.began = came.time
        return view

    def _clear_of_others(self, at: float) -> float:
        """Return from when on the scores are about who came at `at`, and nobody else.

        A model that lags behind may still speak of whoever was in view just before, be it
        somebody who came, or somebody of whom the module says nothing.
        """
        busy_since = self._coordinator.pipeline.busy_since(at)
        if at - self._last_came < _LINGERS or at - busy_since > LIVENESS_WITHIN:
            return at + LAG + SETTLE
        return -math.inf

    def _evidence(self, view: InView, at: float) -> Liveness:
        settled = self._hass.loop.time() - at >= SETTLE_MAX
        return self._coordinator.pipeline.evidence(
            at, view.since, view.until, settled=settled
        )

    def _look(self, view: InView) -> None:
        """Judge somebody who was recognized, once enough is known of them."""
        now, config = self._hass.loop.time(), self._coordinator.data.config
        at = view.came.at if view.awaits is None else view.awaits
        view.liveness, waited = self._evidence(view, at), now - at
        if self._options.require_liveness and (
            waited < SETTLE or (waited < SETTLE_MAX and not covers(view.liveness, config))
        ):
            view.plan(self._hass, max(SETTLE - waited, SETTLE_STEP), self._look)
            return
        view.awaits = None
        looks = sum(look >= now - self._options.confirmation_window for look in view.looks)
        verdict, reason = judge(
            self._options,
            liveness=view.liveness,
            config=config,
            confirmations=looks + 1,
            is_trusted=_is_recognized(self._running(view.came.recognition.user_id)),
        )
        if reason in (None, Reason.UNCONFIRMED):
            view.looks.append(now)
        if verdict is Verdict.RECOGNIZED:
            self._admit(view)
            return
        if reason is not Reason.UNCONFIRMED:
            self._conclude(view, verdict, reason)
            return
        # Nobody is told before it is confirmed, or known that it will not be.
        self._ask(view, reason)
        if view.ends is None:
            view.ends = now + self._options.confirmation_window
        view.plan(self._hass, max(0.0, view.ends - now), self._give_up)

    def _admit(self, view: InView) -> None:
        """Conclude about somebody who is believed, once it is known if they may enter."""
        running = self._running(view.came.recognition.user_id)
        is_new = not _is_recognized(running)
        is_told = is_new and (running is None or running.reason is not Reason.SPOOF)
        people = self._admission.people(view.came)
        if not is_told or not any(person.access.is_counted for person in people):
            denial = self._admission.judge(view.came, people, is_counted=is_new)
            self._conclude(view, *_verdict(denial))
            return
        view.cancel()
        view.awaits = view.ends = None
        view.is_entering = True
        # It is counted even if the entry is unloaded meanwhile.
        self._hass.async_create_task(self._async_enter(view), f"{DOMAIN} count a visit")

    async def _async_enter(self, view: InView) -> None:
        began = self._hass.loop.time()
        try:
            denial = await self._admission.async_enter(view.came)
        finally:
            view.is_entering = False
        if self._views.get(view.came.recognition.user_id) is not view:
            return
        # A disk may take so long that they are gone, and somebody else is there.
        waited = self._hass.loop.time() - max(began, view.came.at)
        if denial is None and max(view.came.age, 0.0) + waited > self._options.max_age:
            self._conclude(view, Verdict.REJECTED, Reason.STALE)
        else:
            self._conclude(view, *_verdict(denial))

    def _give_up(self, view: InView) -> None:
        self._conclude(view, Verdict.REJECTED, Reason.UNCONFIRMED)

    def _conclude(self, view: InView, verdict: Verdict, reason: Reason | None) -> None:
        view.cancel()
        view.awaits = view.ends = None
        self.judged[reason or verdict] += 1
        if reason not in (Reason.STALE, Reason.LOW_SCORE, Reason.UNCONFIRMED):
            self._spent = self._hass.loop.time()
        if verdict is Verdict.RECOGNIZED:
            view.asked = 0
        sighting = self._sighting(view, verdict, reason)
        view.visit_id = ""
        visit = self._take(sighting, view.came.recognition.image)
        if visit.reason in (Reason.LOW_SCORE, Reason.LIVENESS_UNKNOWN):
            self._ask(view, visit.reason)

    def _ask(self, view: InView, reason: Reason) -> None:
        """Have the module look again, so often as may be needed, and no more."""
        more = 0 if reason is Reason.UNCONFIRMED else _SECOND_LOOKS
        if view.asked >= self._options.confirmations + more:
            return
        view.asked += 1
        if reason is Reason.LOW_SCORE:
            view.plan(self._hass, _LOOK_AFTER, self._request)
        else:
            self._request(view)

    def _request(self, _view: InView) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_request(), f"{DOMAIN} look again"
        )

    async def _async_request(self) -> None:
        try:
            await self._coordinator.client.request_recognition()
        except FaceModuleError as err:
            LOGGER.debug("%s was not asked to look again: %s", self._entry.title, err)

    def _sighting(self, view: InView, verdict: Verdict, reason: Reason | None) -> Visit:
        pipeline, config = self._coordinator.pipeline, self._coordinator.data.config
        came, recognition, liveness = view.came, view.came.recognition, view.liveness
        known, _ = self._seen_as(recognition)
        view.visit_id = view.visit_id or ulid_at_time(view.began.timestamp())
        return Visit(
            entry_id=self._entry.entry_id,
            visit_id=view.visit_id,
            verdict=verdict,
            reason=reason,
            user_id=recognition.user_id,
            name=recognition.username or recognition.user_id,
            person=known.person if known else None,
            score=round(recognition.score * 100, 1),
            rgb_liveness_score=_shown(score_of(liveness.rgb, config)),
            nir_liveness_score=_shown(score_of(liveness.nir, config)),
            mask_score=pipeline.mask_score,
            time=view.began,
            last_seen=came.time,
            device_time=datetime.fromtimestamp(recognition.timestamp, UTC),
            age=round(came.age, 1),
            content_type=picture_type(recognition.image),
        )


def _is_recognized(visit: Visit | None) -> bool:
    return visit is not None and visit.verdict is Verdict.RECOGNIZED


def _verdict(denial: Denial | None) -> tuple[Verdict, Reason | None]:
    if denial is None:
        return Verdict.RECOGNIZED, None
    return Verdict.REJECTED, Reason.NOT_ALLOWED


def _shown(score: float | None) -> float | None:
    return None if score is None else round(score, 1)
