"""Whom a module has no more: what it told of them before may arrive afterwards."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .person import RosterPerson

# Modules count whole seconds, and their clock is known to a second or two.
_BLUR: Final = timedelta(seconds=3)
# Nothing that is older is believed anyway.
_KEPT: Final = timedelta(hours=1)


class Deleted:
    """Who was deleted when, by entry and user id.

    Only of whom something kept them out, or may have. Whoever could enter until then is not
    turned away who is enrolled at the module itself again.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._when: dict[tuple[str, str], datetime] = {}

    @callback
    def async_put(
        self,
        entry_id: str,
        user_id: str,
        people: Iterable[RosterPerson],
        *,
        waited: bool,
    ) -> None:
        """Remember that somebody was deleted just now; `people` had the id by the roster.

        What `waited` for a module that was away may have outlived the rule.
        """
        if not waited and not any(one.access.is_limited for one in people):
            return
        now = dt_util.utcnow()
        self._when = {k: when for k, when in self._when.items() if now - when < _KEPT}
        self._when[entry_id, user_id] = now

    def is_from_before(self, entry_id: str, user_id: str, moment: datetime) -> bool:
        """Say whether a recognition is from before somebody was deleted."""
        when = self._when.get((entry_id, user_id))
        return when is not None and moment <= when + _BLUR
