"""Pictures of eyes, judged by the gate as the module's own recognitions are.

Nobody knows whether who is on a picture is alive: where that is demanded, none is
believed. Who may enter is asked, but a picture uses up no visit: the door does.
"""

from collections import Counter
from collections.abc import Callable
from copy import replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util.ulid import ulid_at_time

from ..device.coordinator import FaceModuleCoordinator
from ..device.pipeline import Liveness
from ..options import Options
from ..people.conflicts import DATA_CONFLICTS
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING
from ..pictures.kinds import picture_type
from .admission import Admission
from .evidence import Came, InView
from .gate import Reason, Verdict, judge, judge_face
from .visit import Visit


class Look(NamedTuple):
    """Whom the module sees on a picture of `source`, and what made somebody look.

    `came.age` is how old the picture was when that was known, `picture` all of it.
    """

    came: Came
    source: str
    picture: bytes
    context: Context | None = None


class Running(Protocol):
    """Returns the visit of somebody that may go on."""

    def __call__(self, user_id: str, source: str | None) -> Visit | None:
        """Return it, None if the next one is a new one."""


class Looks:
    """Judges the pictures that one module is shown.

    `take` gets each sighting as a visit of its own, and returns the one it belongs to.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        options: Options,
        *,
        running: Running,
        take: Callable[[Visit, bytes, Context | None], Visit],
    ) -> None:
        """Prepare; `async_seen` is to be called with every face."""
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
        # Whether there is anybody to tell.
        self.is_started = False
        # Who was recognized lately, by eye and user id, and is held back if it ends.
        self._views: dict[tuple[str, str], InView] = {}
        # How often which verdict was given, for the diagnostics.
        self.judged: Counter[str] = Counter()

    @callback
    def async_seen(self, look: Look) -> Visit:
        """Judge a face; return the sighting. Who has yet to be confirmed is told later."""
        look = self._known(look)
        came, recognition = look.came, look.came.recognition
        _, minimum_score = self._roster.seen_as(
            self._entry.entry_id, recognition.user_id, recognition.username
        )
        verdict = judge_face(
            self._options,
            known=bool(recognition.user_id),
            score=recognition.score * 100,
            age=came.age,
            minimum_score=max(minimum_score, self._options.minimum_score_eyes),
        ) or self._judge(look)
        sighting = self._sighting(look, *verdict)
        if sighting.reason is Reason.UNCONFIRMED:
            self._hold(look, sighting)
            return sighting
        if sighting.verdict is Verdict.RECOGNIZED:
            self._views[look.source, recognition.user_id].cancel()
        return self._tell(look, sighting)

    @callback
    def async_start(self) -> None:
        """Judge."""
        self.is_started = True

    @callback
    def async_stop(self) -> None:
        """Judge nothing more."""
        self.is_started = False
        for view in self._views.values():
            view.cancel()
        self._views.clear()

    def _known(self, look: Look) -> Look:
        """Whoever is to be forgotten is known no more."""
        entry_id, recognition = self._entry.entry_id, look.came.recognition
        who = recognition.user_id, recognition.username
        if self._waiting.may_be_forgotten(entry_id, *who):
            recognition = replace(recognition, user_id="", username="")
        self._conflicts.async_came(entry_id, recognition.user_id, recognition.username)
        return look._replace(came=look.came._replace(recognition=recognition))

    def _judge(self, look: Look) -> tuple[Verdict, Reason | None]:
        """Judge somebody whom nothing speaks against by itself."""
        came, user_id = look.came, look.came.recognition.user_id
        window = self._options.confirmation_window
        for key, known in list(self._views.items()):
            if came.at - known.came.at > window and not known.is_collecting:
                del self._views[key]
        view = self._views.setdefault((look.source, user_id), InView(came, came.time))
        view.came = came
        running = self._running(user_id, look.source)
        looks = sum(at >= came.at - window for at in view.looks)
        verdict, reason = judge(
            self._options,
            liveness=Liveness(),
            config=self._coordinator.data.config,
            confirmations=looks + 1,
            is_trusted=running is not None and running.verdict is Verdict.RECOGNIZED,
        )
        if reason in (None, Reason.UNCONFIRMED):
            view.looks.append(came.at)
        if verdict is not Verdict.RECOGNIZED:
            return verdict, reason
        view.ends = None
        if self._admission.judge(came, self._admission.people(came)) is not None:
            view.cancel()
            return Verdict.REJECTED, Reason.NOT_ALLOWED
        return Verdict.RECOGNIZED, None

    def _hold(self, look: Look, sighting: Visit) -> None:
        """Tell nobody before it is known that it will not be confirmed."""
        view = self._views[look.source, sighting.user_id]
        now = self._hass.loop.time()
        if view.ends is None:
            view.ends = now + self._options.confirmation_window

        def give_up(view: InView) -> None:
            view.ends = None
            self._tell(look, sighting)

        view.plan(self._hass, max(0.0, view.ends - now), give_up)

    def _tell(self, look: Look, sighting: Visit) -> Visit:
        self.judged[sighting.reason or sighting.verdict] += 1
        visit = self._take(sighting, look.picture, look.context)
        return replace(sighting, visit_id=visit.visit_id, time=visit.time)

    def _sighting(self, look: Look, verdict: Verdict, reason: Reason | None) -> Visit:
        came, recognition = look.came, look.came.recognition
        known, _ = self._roster.seen_as(
            self._entry.entry_id, recognition.user_id, recognition.username
        )
        return Visit(
            entry_id=self._entry.entry_id,
            visit_id=ulid_at_time(came.time.timestamp()),
            verdict=verdict,
            reason=reason,
            user_id=recognition.user_id,
            name=recognition.username or recognition.user_id,
            person=known.person if known else None,
            score=round(recognition.score * 100, 1),
            time=came.time,
            last_seen=came.time,
            device_time=datetime.fromtimestamp(recognition.timestamp, UTC),
            age=round(came.age, 1),
            content_type=picture_type(look.picture),
            source=look.source,
        )
