"""Websocket commands of the live card: which modules there are, and who comes.

Everybody hears of those modules whose visits they may see.
"""

from collections.abc import Collection
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.components.websocket_api.messages import event_message
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..const import DOMAIN
from ..people.roster import DATA_ROSTER
from ..permissions import may_read, may_see_visits
from ..pictures.views import signed_picture_path
from ..runtime import FaceModuleConfigEntry, device_of, loaded_entry
from ..visits.history import Deletion
from ..visits.merge import FaceModuleVisits
from ..visits.visit import Visit

_MODULES: Final = f"{DOMAIN}/modules"
_SUBSCRIBE: Final = f"{DOMAIN}/visits/subscribe"
_LIMIT: Final = 20
_LIMIT_MAX: Final = 200


@callback
def async_setup_visits_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, modules)
    websocket_api.async_register_command(hass, visits_subscribe)


@websocket_command({vol.Required("type"): _MODULES})
@callback
def modules(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send the modules with the entities that may be read, by the key in the unique id."""
    user = connection.user
    connection.send_result(
        msg["id"],
        [
            _module(hass, entry, user)
            for entry in hass.config_entries.async_entries(DOMAIN)
            if may_see_visits(hass, user, entry.entry_id)
        ],
    )


@websocket_command(
    {
        vol.Required("type"): _SUBSCRIBE,
        vol.Optional("entry_ids"): vol.All(cv.ensure_list, [str]),
        vol.Optional("limit", default=_LIMIT): vol.All(
            int, vol.Range(min=1, max=_LIMIT_MAX)
        ),
    }
)
@callback
def visits_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the latest visits of all modules or of some, and then each that is told."""
    subscription = _Subscription(
        hass, connection, msg["id"], msg.get("entry_ids"), msg["limit"]
    )
    connection.subscriptions[msg["id"]] = subscription.async_stop
    connection.send_result(msg["id"])
    subscription.async_start()


class _Subscription:
    """What one browser hears of the visits; it outlives reloads of the entries."""

    def __init__(
        self,
        hass: HomeAssistant,
        connection: ActiveConnection,
        message_id: int,
        entry_ids: Collection[str] | None,
        limit: int,
    ) -> None:
        self._hass = hass
        self._connection = connection
        self._message_id = message_id
        self._entry_ids = entry_ids
        self._limit = limit
        # The visits of each loaded entry, and how to stop listening to them.
        self._sources: dict[str, tuple[FaceModuleVisits, tuple[CALLBACK_TYPE, ...]]] = {}
        self._stop: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Send what there is, and listen."""
        self._stop = async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
        )
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            if self._wanted(entry):
                self._follow(entry)
        self._send_all()

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        if self._stop is not None:
            self._stop()
        for entry_id in list(self._sources):
            self._leave(entry_id)

    @callback
    def _entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Go on with an entry that was loaded again, and forget one that is removed.

        The visits of one that is only unloaded stay: they will be there again.
        """
        if entry.domain != DOMAIN or not self._wanted(entry):
            return
        if change is ConfigEntryChange.REMOVED:
            self._leave(entry.entry_id)
            self._send_all()
        elif self._follow(entry):
            # What came in between was told to nobody here.
            self._send_all()

    def _wanted(self, entry: ConfigEntry) -> bool:
        return self._entry_ids is None or entry.entry_id in self._entry_ids

    def _follow(self, entry: FaceModuleConfigEntry) -> bool:
        """Listen to an entry while it is loaded; return whether that is new."""
        if entry.state is not ConfigEntryState.LOADED:
            self._leave(entry.entry_id)
            return False
        if entry.entry_id in self._sources:
            return False
        visits = entry.runtime_data.visits
        self._sources[entry.entry_id] = (
            visits,
            (
                visits.async_subscribe(self._told),
                visits.history.async_subscribe_deletions(
                    partial(self._deleted, entry.entry_id)
                ),
                # Visits of an outage and marks are anywhere in the list: it is told anew.
                visits.history.async_subscribe_changes(self._send_all),
            ),
        )
        return True

    def _leave(self, entry_id: str) -> None:
        _, undo = self._sources.pop(entry_id, (None, ()))
        for stop in undo:
            stop()

    def _may_see(self, entry_id: str) -> bool:
        # Asked each time: what somebody may see, and what the entity is called, changes.
        return may_see_visits(self._hass, self._connection.user, entry_id)

    def _send(self, kind: str, **data: Any) -> None:
        self._connection.send_message(
            event_message(self._message_id, {"type": kind, **data})
        )

    def _send_all(self) -> None:
        found = [
            visit
            for entry_id, (visits, _) in self._sources.items()
            if self._may_see(entry_id)
            for visit in visits.history.visits
        ]
        found.sort(key=lambda visit: visit.time, reverse=True)
        latest = [as_json(self._hass, visit) for visit in found[: self._limit]]
        self._send("visits", visits=latest)

    @callback
    def _told(self, visit: Visit) -> None:
        if self._may_see(visit.entry_id):
            self._send("visit", visit=as_json(self._hass, visit))

    @callback
    def _deleted(self, entry_id: str, deletion: Deletion) -> None:
        if deletion.visits and self._may_see(entry_id):
            self._send("deleted", visit_ids=sorted(deletion.visits))


def _module(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, user: User
) -> dict[str, Any]:
    serial = entry.unique_id or ""
    device = device_of(hass, entry)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        "entry_id": entry.entry_id,
        "device_id": None if device is None else device.id,
        "title": entry.title,
        "loaded": loaded_entry(hass, entry.entry_id) is not None,
        "entities": {
            entity.unique_id.removeprefix(f"{serial}_"): entity.entity_id
            for entity in entities
            if entity.disabled_by is None
            and entity.unique_id.startswith(f"{serial}_")
            and may_read(user, entity.entity_id)
        },
    }


def as_json(hass: HomeAssistant, visit: Visit) -> dict[str, Any]:
    """Return a visit as JSON, with an address under which a browser sees its picture.

    And with the name of who it really was, as far as the roster knows them.
    """
    data = asdict(visit)
    del data["content_type"]
    known = hass.data[DATA_ROSTER].of_id(visit.wrong) if visit.wrong else []
    return data | {
        "wrong_name": known[0].name if known else None,
        "image_url": signed_picture_path(hass, visit),
    }
