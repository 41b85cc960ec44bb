"""Somebody unknown came: it is found out whether they were here before, and when.

One face at a time is compared with those of before (Match), one request after the other,
so that what the module is asked otherwise waits for one comparison at most. Whoever is
known never comes by here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
import math
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util.ulid import ulid_now

from ..client import (
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleRefusedError,
    FaceModuleTimeoutError,
)
from ..const import DOMAIN, LOGGER
from ..people.faces import Faces
from ..pictures.prepare import PictureError
from ..visits.merge import Coming, FaceModuleVisits
from ..visits.visit import Met
from .known import KnownStrangers
from .looks import Glance, glance
from .stranger import in_order

# Somebody unknown is told so many seconds later at most.
PATIENCE: Final = 2.0
# So many faces wait for their turn; more are told at once.
_WAITING: Final = 5
# A module that failed is spared for so many seconds.
_REST: Final = 600.0
_NEW: Final = ""


@dataclass(slots=True)
class _Face:
    """An unknown face, and who is to be told; at the `deadline` without an answer."""

    coming: Coming
    crop: bytes
    done: Callable[[Met | None], None]
    deadline: asyncio.TimerHandle

    def tell(self, met: Met | None) -> None:
        self.deadline.cancel()
        self.done(met)


class Strangers:
    """The strangers of one module while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        client: FaceModuleClient,
        faces: Faces,
        visits: FaceModuleVisits,
        known: KnownStrangers,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._faces = faces
        self._visits = visits
        self.known = known
        self._waiting: deque[_Face] = deque()
        self._worker: asyncio.Task[None] | None = None
        # Until when, by the event loop, the module is spared; whether that was said.
        self._rests_until = -math.inf
        self._warned = False
        self._undo: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Begin to forget in time; `async_meet` may be called."""
        self._undo = [
            *self.known.async_follow(self._visits.history),
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._stops),
        ]

    @callback
    def async_quiet(self) -> None:
        """Compare no more, and let everybody who waits be told."""
        for undo in self._undo:
            undo()
        self._undo.clear()
        self._give_up()

    @callback
    def async_meet(
        self, coming: Coming, crop: bytes, done: Callable[[Met | None], None]
    ) -> None:
        """Find out who it is; `done` is called at the deadline, and with the answer."""
        now = self._hass.loop.time()
        if not self._undo or now < self._rests_until or len(self._waiting) >= _WAITING:
            done(None)
            return
        deadline = self._hass.loop.call_later(PATIENCE, done, None)
        self._waiting.append(_Face(coming, crop, done, deadline))
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(
                self._hass, self._async_work(), f"{DOMAIN} strangers"
            )

    @callback
    def _stops(self, _event: Event) -> None:
        self._give_up()

    def _give_up(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
        while self._waiting:
            self._waiting.popleft().tell(None)

    async def _async_work(self) -> None:
        while self._waiting:
            face, met = self._waiting[0], None
            try:
                met = await self._async_met(face)
            finally:
                if self._waiting and self._waiting[0] is face:
                    self._waiting.popleft().tell(met)

    async def _async_met(self, face: _Face) -> Met | None:
        """Return who it is; None when nobody can say."""
        if self._hass.loop.time() < self._rests_until:
            return None
        try:
            seen = await self._hass.async_add_executor_job(glance, face.crop)
            found = await self._async_find(seen)
        except PictureError:
            return None
        except FaceModuleError as err:
            self._failed(err)
            return None
        visit = face.coming.visit
        if face.coming.is_told and self._visits.history.get(visit.visit_id) is None:
            # It was deleted meanwhile: nothing of it is kept.
            return None
        if found == _NEW:
            return self.known.async_add(ulid_now(), visit.time, seen).met
        # Meanwhile they may have been forgotten, or enrolled.
        known = self.known.get(found) if found else None
        window = timedelta(seconds=self._visits.window)
        return self.known.async_seen(known, visit.time, seen, window).met if known else None

    async def _async_find(self, seen: Glance) -> str | None:
        """Return whose face it is, `_NEW` for nobody's of before, None if nobody can say.

        Raises FaceModuleError. Match, GetFeature.
        """
        likely = [one.stranger_id for one in in_order(self.known.everybody, seen.looks)]
        pictures = await self.known.async_pictures(likely)
        if pictures is None:
            return None
        # A book that was damaged begins anew.
        self.known.async_lost([one for one in likely if one not in pictures])
        likely = [one for one in likely if one in pictures]
        for stranger_id in likely:
            score = await self._async_match(seen.jpeg, pictures[stranger_id])
            if score is None:
                return None
            if score * 100 >= self._faces.alike:
                return stranger_id
        if not likely and not await self._faces.async_has_face(seen.jpeg):
            return None
        return _NEW

    async def _async_match(self, jpeg: bytes, other: bytes) -> float | None:
        """Return how alike two faces are, None if the first picture has none."""
        try:
            score = await self._client.match(jpeg, other)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError:
            if not await self._faces.async_has_face(jpeg):
                return None
            if await self._faces.async_has_face(other):
                raise
            # Nobody is like a picture that shows nobody (any more).
            return 0.0
        if self._warned:
            self._warned = False
            LOGGER.info("%s compares faces again", self._entry.title)
        return score

    def _failed(self, err: FaceModuleError) -> None:
        if isinstance(err, FaceModuleConnectionError) and not isinstance(
            err, FaceModuleTimeoutError
        ):
            # It went away meanwhile, which is said elsewhere.
            return
        self._rests_until = self._hass.loop.time() + _REST
        if not self._warned:
            self._warned = True
            LOGGER.warning(
                "%s does not compare faces (%s): strangers are told without what was"
                " before; it is tried again later",
                self._entry.title,
                err,
            )
