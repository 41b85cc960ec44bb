"""Who is there: recognized within the presence timeout."""

from collections.abc import Collection
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .coordinator import FaceModuleCoordinator
from .models import Person
from .visit import Visit


class Presence:
    """The people in front of one module, shown by its coordinator."""

    def __init__(
        self, hass: HomeAssistant, coordinator: FaceModuleCoordinator, timeout: float
    ) -> None:
        """Let people leave `timeout` seconds after they were seen last."""
        self._hass = hass
        self._coordinator = coordinator
        self._timeout = timeout
        # Names, and the event loop's time until which they count as present.
        self._people: dict[str, tuple[str, float]] = {}
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def async_saw(self, visit: Visit, at: float) -> None:
        """Take in somebody who was recognized at a time of the event loop."""
        name, _ = self._people.get(visit.user_id, (None, at))
        self._people[visit.user_id] = (visit.name, at + self._timeout)
        if name != visit.name:
            self._show()

    @callback
    def async_leave(self, user_ids: Collection[str] | None = None) -> None:
        """Let some people leave, or all."""
        for user_id in list(self._people):
            if user_ids is None or user_id in user_ids:
                del self._people[user_id]
        self._show()

    @callback
    def async_stop(self) -> None:
        """Show nothing more."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _look(self, _now: datetime) -> None:
        self._timer = None
        self._show()

    def _show(self) -> None:
        now = self._hass.loop.time()
        self._people = {k: v for k, v in self._people.items() if v[1] > now}
        if self._people and self._timer is None:
            # Who stays longer meanwhile is found then; nobody stays shorter.
            ends = min(until for _, until in self._people.values())
            job = HassJob(self._look, cancel_on_shutdown=True)
            self._timer = async_call_later(self._hass, ends - now, job)
        self._coordinator.async_show_present(
            tuple(
                Person(user_id=user_id, name=name)
                for user_id, (name, _) in sorted(self._people.items())
            )
        )
