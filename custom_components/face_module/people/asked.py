"""What the access rules ask of Home Assistant, shown in a repair where it is not there.

Such a rule says no. A rename is followed (roster.py); an entity that is loading is in the
registry.
"""

from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import (
    async_call_later,
    async_track_state_added_domain,
    async_track_state_removed_domain,
)
from homeassistant.helpers.start import async_at_started

from ..const import (
    DOMAIN,
    ISSUE_ACCESS_ENTITY_GONE,
    ISSUE_ACCESS_LOST,
    ISSUE_ACCESS_UNREADABLE,
)
from ..texts import NAMED, bullets, plain
from .roster import Roster
from .rule import ENTITY_DOMAINS

# What is set up anew is gone for a moment; and changes come in crowds (s).
_SETTLES: Final = 5.0


def is_there(hass: HomeAssistant, entity_id: str) -> bool:
    """Say whether there is an entity, be it unavailable."""
    if hass.states.get(entity_id) is not None:
        return True
    return er.async_get(hass).async_get(entity_id) is not None


class AskedEntities:
    """Watches the entities that rules ask, and the rules that are lost."""

    def __init__(self, hass: HomeAssistant, roster: Roster) -> None:
        """Look once Home Assistant has started, and after every change."""
        self._hass = hass
        self._roster = roster
        self._timer: CALLBACK_TYPE | None = None
        roster.async_subscribe(self._soon)
        async_at_started(hass, self._started)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._changed)
        domains = list(ENTITY_DOMAINS)
        async_track_state_added_domain(self._hass, domains, self._changed)
        async_track_state_removed_domain(self._hass, domains, self._changed)
        self._soon()

    @callback
    def _changed(self, _event: Any) -> None:
        self._soon()

    @callback
    def _soon(self) -> None:
        if self._timer is None and self._hass.is_running:
            job = HassJob(self._look, cancel_on_shutdown=True)
            self._timer = async_call_later(self._hass, _SETTLES, job)

    @callback
    def _look(self, _now: datetime) -> None:
        self._timer = None
        asked = {
            entity_id
            for person in self._roster.people.values()
            for entity_id in person.access.entities
        }
        gone = [one for one in sorted(asked) if not is_there(self._hass, one)]
        self._show(ISSUE_ACCESS_ENTITY_GONE, "entities", gone)
        self._show(ISSUE_ACCESS_LOST, "people", sorted(self._roster.lost))
        if self._roster.is_in_doubt:
            # As long as Home Assistant runs: nothing tells that somebody looked.
            self._raise(ISSUE_ACCESS_UNREADABLE, None)

    def _show(self, issue: str, placeholder: str, names: list[str]) -> None:
        if not names:
            ir.async_delete_issue(self._hass, DOMAIN, issue)
            return
        shown = [plain(name) for name in names[:NAMED]]
        self._raise(issue, {placeholder: bullets(shown, len(names))})

    def _raise(self, issue: str, placeholders: dict[str, str] | None) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=issue,
            translation_placeholders=placeholders,
        )
