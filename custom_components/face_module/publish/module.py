"""One module, published: what other houses see of it, as it happens.

A visit is told when it begins, and again when it becomes a better one; the state is told
when it changes, and repeated.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.json import json_dumps

from ..const import ATTR_PERSON, ATTR_SOURCE, DOMAIN
from ..device.coordinator import FaceModuleCoordinator
from ..options import Options
from ..visits.gate import Verdict
from ..visits.history import Deletion
from ..visits.merge import FaceModuleVisits
from ..visits.today import VisitsToday
from ..visits.visit import Visit
from .announced import Announced
from .broker import (
    async_discovery_prefix,
    async_follow,
    async_hide,
    async_is_connected,
    async_publish,
)
from .topics import OFFLINE, ONLINE, REPEAT, Topics, async_discovery

# What says something in this house only; of an eye, that it was one.
_OURS: Final = (ATTR_PERSON, "image", "stranger_id", "times_seen", "first_seen")
_EYE: Final = "eye"
_ON_OFF: Final = {True: "ON", False: "OFF"}
# Home Assistant refuses longer states.
_LONGEST: Final = 255
# So long (s) other houses take to listen to what is new to them.
_HEARD: Final = 3.0
# So much waits for a slow broker; what is older is not news any more.
_WAITING: Final = 50

type Work = Callable[[], Awaitable[object]]


class Publication:
    """Publishes one module as long as its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        visits: FaceModuleVisits,
        options: Options,
        *,
        today: VisitsToday,
        announced: Announced,
    ) -> None:
        """Prepare; `async_start` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._visits = visits
        self._pictures = options.publish_pictures
        self._announced = announced
        self._today = today
        self._last: Visit | None = None
        self._pictured = ""
        self._told: dict[str, Any] | None = None
        self._work: deque[Work] = deque(maxlen=_WAITING)
        self._worker: asyncio.Task[None] | None = None
        self._waiting: CALLBACK_TYPE | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []

    async def async_start(self) -> None:
        """Begin; also when the broker is reached later."""
        self._last = self._visits.history.last_recognized
        repeat = timedelta(seconds=REPEAT)
        self._unsubscribe = [
            self._today.async_subscribe(came=self._shown, counted=self._shown),
            self._visits.async_subscribe(self._visited),
            self._visits.history.async_subscribe_deletions(self._deleted),
            self._coordinator.async_add_listener(self._shown),
            async_track_time_interval(
                self._hass, self._repeat, repeat, cancel_on_shutdown=True
            ),
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._renamed),
            # Before Home Assistant leaves the broker.
            self._hass.async_add_shutdown_job(HassJob(self._async_say_offline)),
            async_follow(self._hass, self._reached),
        ]

    async def async_stop(self) -> None:
        """End: other houses show the module as unavailable, or not at all any more."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        self._work.clear()
        if self._worker is not None:
            self._worker.cancel()
        self._stop_waiting()
        await self._async_say_offline()
        self._announced.async_settle_soon()

    # What there is to tell

    @callback
    def _reached(self, connected: bool) -> None:  # noqa: FBT001  # as it is called
        self._work.clear()
        if connected:
            # Before it can come back to us.
            async_hide(self._hass, self._topics().identifier)
            self._do(self._async_announce)

    @callback
    def _renamed(self, _event: Event) -> None:
        self._do(self._async_announce)

    @callback
    def _visited(self, visit: Visit) -> None:
        if visit.verdict is Verdict.RECOGNIZED:
            self._last = visit
        self._do(partial(self._async_tell, visit))
        self._shown()

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Take back what can be: the name of somebody of whom nothing is left, a face."""
        if self._last is not None and self._last.user_id in deletion.user_ids:
            self._last = None
            self._shown()
        if self._pictured in deletion.visits:
            self._pictured = ""
            self._do(partial(self._async_publish_now, self._topics().image, b""))

    @callback
    def _shown(self) -> None:
        if self._state() != self._told:
            self._do(self._async_say_state)

    @callback
    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting()
            self._waiting = None

    @callback
    def _repeat(self, _now: datetime) -> None:
        self._stop_waiting()
        self._told = None
        self._do(self._async_say_state)

    # Telling it, one thing after the other

    @callback
    def _do(self, work: Work) -> None:
        if not async_is_connected(self._hass) or work in self._work:
            return
        self._work.append(work)
        if self._worker is None:
            # Whoever was recognized is told in this house first.
            self._worker = self._entry.async_create_background_task(
                self._hass,
                self._async_work(),
                f"{DOMAIN} publication",
                eager_start=False,
            )

    async def _async_work(self) -> None:
        try:
            while self._work:
                await self._work.popleft()()
        finally:
            self._worker = None

    async def _async_announce(self) -> None:
        prefix = async_discovery_prefix(self._hass)
        serial = self._coordinator.serial
        topics = Topics.of(serial, prefix)
        if not await self._announced.async_put(serial, prefix):
            # It begins anew when the broker is back.
            return
        async_hide(self._hass, topics.identifier)
        discovery = async_discovery(
            self._hass,
            topics,
            serial=serial,
            name=f"{self._hass.config.location_name} {self._entry.title}",
            firmware=self._coordinator.firmware,
            pictures=self._pictures,
        )
        await async_publish(self._hass, topics.config, json_dumps(discovery), retain=True)
        await async_publish(self._hass, topics.availability, ONLINE, retain=True)
        self._told = None
        await self._async_say_state()
        self._stop_waiting()
        self._waiting = async_call_later(self._hass, _HEARD, self._repeat)

    async def _async_say_state(self) -> None:
        state = self._state()
        if state != self._told and await self._async_publish_now(
            self._topics().state, json_dumps(state)
        ):
            self._told = state

    async def _async_tell(self, visit: Visit) -> None:
        topics = self._topics()
        attributes = visit.as_attributes()
        told = {key: value for key, value in attributes.items() if key not in _OURS}
        told[ATTR_SOURCE] = visit.source and _EYE
        event = {"event_type": visit.verdict, "time": visit.time.isoformat(), **told}
        await self._async_publish_now(topics.event, json_dumps(event))
        if self._pictures and visit.content_type is not None:
            picture = await self._visits.history.async_picture(visit.visit_id)
            # It may have been deleted meanwhile.
            if picture is not None:
                self._pictured = visit.visit_id
                await self._async_publish_now(topics.image, picture[1])

    async def _async_say_offline(self) -> None:
        if self._coordinator.serial in self._announced:
            topic = self._topics().availability
            await async_publish(self._hass, topic, OFFLINE, retain=True)

    async def _async_publish_now(self, topic: str, payload: str | bytes) -> bool:
        return await async_publish(self._hass, topic, payload)

    def _topics(self) -> Topics:
        return Topics.of(self._coordinator.serial, async_discovery_prefix(self._hass))

    def _state(self) -> dict[str, Any]:
        """Return the state; None is unknown. Without the module, its people are."""
        connected = self._coordinator.last_update_success
        data, last = self._coordinator.data, self._last
        return {
            "connected": _ON_OFF[connected],
            "person_present": _ON_OFF[bool(data.present)] if connected else None,
            "last_person": (last.name or last.user_id)[:_LONGEST] if last else None,
            "enrolled_users": data.user_count if connected else None,
            "visits_today": self._today.count,
            "today": self._today.since.isoformat(),
        }
