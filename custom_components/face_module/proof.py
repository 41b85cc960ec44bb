"""Heartbeats are the proof that the module reaches us; this notices when they stop."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class HeartbeatWatch:
    """Calls `on_gap` when no heartbeat came for the patience, and again while none comes.

    One timer, not one per heartbeat. `proven` is True from a heartbeat on, until a gap.
    """

    def __init__(
        self, hass: HomeAssistant, patience: float, on_gap: Callable[[], None]
    ) -> None:
        """Prepare; `async_wait` begins to watch."""
        self._hass = hass
        self._patience = patience
        self._on_gap = on_gap
        self._heard_at = 0.0
        self._timer: CALLBACK_TYPE | None = None
        self.proven = False

    @callback
    def async_wait(self, patience: float) -> None:
        """Wait for the next heartbeat so many seconds from now."""
        self._heard_at = self._hass.loop.time()
        self._patience = patience
        self.async_stop()
        self._look()

    @callback
    def async_heard(self) -> bool:
        """Take in a heartbeat; say whether it ends a gap."""
        self._heard_at = self._hass.loop.time()
        was_proven, self.proven = self.proven, True
        return not was_proven

    @callback
    def async_stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _look(self, _now: datetime | None = None) -> None:
        left = self._heard_at + self._patience - self._hass.loop.time()
        job = HassJob(self._look, cancel_on_shutdown=True)
        if left > 0:
            self._timer = async_call_later(self._hass, left, job)
            return
        self.proven = False
        self._timer = async_call_later(self._hass, self._patience, job)
        self._on_gap()
