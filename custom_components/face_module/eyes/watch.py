"""One eye: when it is triggered, pictures are taken."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import math
from typing import Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..options import Eye
from ..permissions import acting_as
from ..pictures.sources import async_snapshot
from .looking import taken_at

_NOTHING: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an eye showed at a time of the event loop, looked at because of `context`."""

    picture: bytes = field(repr=False)
    at: float
    context: Context


class Show(Protocol):
    """Takes the pictures of an eye."""

    def __call__(self, watch: EyeWatch, shown: Shown) -> None:
        """Have the module look at a picture when it has time."""


class EyeWatch:
    """Takes the pictures of one eye of one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        eye: Eye,
        *,
        may_look: Callable[[], bool],
        show: Show,
        failed: Callable[[EyeWatch, HomeAssistantError], None],
    ) -> None:
        """Prepare; `failed` hears why there is no picture."""
        self.eye = eye
        self._hass = hass
        self._entry = entry
        self._may_look = may_look
        self._show = show
        self._failed = failed
        self._ready_at = -math.inf
        self._task: asyncio.Task[None] | None = None
        # Of the trigger for which pictures are taken, or were last.
        self._context: Context | None = None
        self._stop: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Wait for the trigger."""
        trigger = self.eye.trigger or self.eye.entity_id
        self._stop = async_track_state_change_event(self._hass, trigger, self._changed)

    @callback
    def async_stop(self) -> None:
        """Take no more pictures."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.async_enough(self._context)

    @callback
    def async_enough(self, context: Context | None) -> None:
        """Take no more pictures for this trigger; there may be another one already."""
        if self._task is not None and context is self._context:
            self._task.cancel()
            self._task = None

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        now = self._hass.loop.time()
        if (
            not is_trigger(event.data["old_state"], event.data["new_state"])
            or now < self._ready_at
            or self._task is not None
            or not self._may_look()
        ):
            return
        self._ready_at = now + self.eye.cool_down
        self._context = event.context
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_watch(event.context), f"{DOMAIN} eye", eager_start=False
        )

    async def _async_watch(self, context: Context) -> None:
        task = self._task
        try:
            # Whoever set off the trigger does not look.
            with acting_as(None):
                for number in range(self.eye.pictures):
                    if number:
                        await asyncio.sleep(self.eye.pause)
                    await self._async_take(context)
                    # Who takes the picture may swallow that it is cancelled.
                    if self._task is not task:
                        return
        finally:
            if self._task is task:
                self._task = None

    async def _async_take(self, context: Context) -> None:
        task, entity_id = self._task, self.eye.entity_id
        at = taken_at(self._hass, entity_id)
        try:
            picture = await async_snapshot(self._hass, entity_id)
        except HomeAssistantError as err:
            if self._task is task:
                self._failed(self, err)
            return
        if self._task is task:
            self._show(self, Shown(picture, at, context))


def is_trigger(old: State | None, new: State | None) -> bool:
    """Say whether a change of a trigger is one: it went on, or something happened anew.

    Not what is there again after a restart or an outage.
    """
    if old is None or new is None or old.state == STATE_UNAVAILABLE:
        return False
    if new.state in _NOTHING or new.state == old.state:
        return False
    if new.state == STATE_ON:
        return old.state in (STATE_OFF, STATE_UNKNOWN)
    # Of buttons, events and images the state is when it was.
    return dt_util.parse_datetime(new.state) is not None
