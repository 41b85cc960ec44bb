"""Whether the clock of Home Assistant's host was set: nothing is too old because of it."""

from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

# A clock that moved otherwise than time did was set.
_SET: Final = timedelta(minutes=10)


class HostClock:
    """The clock of the host, from one look at it to the next."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Look for the first time."""
        self._loop = hass.loop
        self._looked = dt_util.utcnow(), self._loop.time()

    def was_set(self) -> bool:
        """Look, and say whether it was set since the last look."""
        before, loop_before = self._looked
        now, loop_now = self._looked = dt_util.utcnow(), self._loop.time()
        passed = timedelta(seconds=loop_now - loop_before)
        return abs((now - before) - passed) > _SET
