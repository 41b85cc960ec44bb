"""A device for each of those who are to have one: when and where they were seen last.

It belongs to one module that knows the person, whichever of them is set up: Home Assistant
lets a device be of one entry only. A module that is back in a moment keeps it; from one
that stays away, or is removed, it goes on to the next. Nothing in it says who it is but
the name of the device, which follows the person's.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, CoreState, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..people.conflicts import DATA_CONFLICTS
from ..people.identity import is_same_name
from ..people.person import RosterPerson
from ..people.roster import Roster
from ..runtime import FaceModuleConfigEntry
from ..visits.book import VisitBook
from ..visits.history import Deletion
from ..visits.someone import Someone, Whose
from ..visits.today import Today
from ..visits.visit import Visit

# So long (s) a module may be away and keep the devices of people.
_PATIENCE: Final = 30.0
_PREFIX: Final = "person_"

# Makes the entities of somebody, and adds them to a module.
type Show = Callable[[PersonDevice], list[Entity]]


class PersonDevice:
    """The device of somebody, as long as it is shown."""

    def __init__(self, person: RosterPerson, someone: Someone) -> None:
        """Prepare."""
        self.person = person
        self.someone = someone
        # At which module it is shown, and by what.
        self.entry_id: str | None = None
        self.entities: list[Entity] = []

    @property
    def identifier(self) -> str:
        """What it is known by."""
        return f"{_PREFIX}{self.person.device}"

    @property
    def info(self) -> DeviceInfo:
        """What Home Assistant is told of it."""
        return DeviceInfo(
            identifiers={(DOMAIN, self.identifier)},
            name=self.person.name,
            entry_type=DeviceEntryType.SERVICE,
        )


class PersonDevices:
    """Keeps devices as the roster says."""

    def __init__(self, hass: HomeAssistant, roster: Roster, book: VisitBook) -> None:
        """Follow the roster; nothing is shown before a module is set up."""
        self._hass = hass
        self._roster = roster
        self._book = book
        self._today = Today(hass, self._async_look)
        self._shown: dict[str, PersonDevice] = {}
        # The modules that are set up, by entry id, in their order.
        self._homes: dict[str, Show] = {}
        self._settling = asyncio.Lock()
        self._later: CALLBACK_TYPE | None = None
        roster.async_subscribe(self._roster_changed)
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed)

    async def async_at_home(self, entry: FaceModuleConfigEntry, show: Show) -> None:
        """Let devices be of a module until it is unloaded; `show` adds their entities."""
        visits, entry_id = entry.runtime_data.visits, entry.entry_id
        for undo in (
            visits.async_subscribe(self._visited),
            visits.history.async_subscribe_deletions(self._deleted),
            visits.history.async_subscribe_changes(self._changed),
            lambda: self._left(entry_id),
        ):
            entry.async_on_unload(undo)
        if not self._homes:
            self._today.async_start()
        self._homes[entry_id] = show
        await self.async_settle()

    async def async_settle(self, *, patient: bool = True) -> None:
        """Show devices as they should be.

        Unless `patient`, modules that are not set up keep none that another can have.
        """
        async with self._settling:
            wanted = {p.device or "": p for p in self._roster.with_device}
            for token in self._shown.keys() - wanted.keys():
                for device in self._devices(self._shown.pop(token).identifier):
                    self._remove(device)
            if self._roster.is_whole:
                self._remove_all_but({f"{_PREFIX}{token}" for token in wanted})
            for token, person in wanted.items():
                if (shown := self._shown.get(token)) is None:
                    someone = Someone(self._book, self._whose(person))
                    self._shown[token] = shown = PersonDevice(person, someone)
                await self._async_show(shown, person, patient=patient)

    async def async_removed(self, entry_id: str) -> None:
        """Let devices of a module that is removed be of others, or go without a trace."""
        await self.async_settle(patient=False)
        registry = dr.async_get(self._hass)
        for device in dr.async_entries_for_config_entry(registry, entry_id):
            if _people(device):
                self._remove(device)

    @callback
    def entity_ids(self, person: RosterPerson) -> list[str]:
        """Return the ids of the entities of somebody's device."""
        return [
            entity.entity_id
            for device in self._devices(f"{_PREFIX}{person.device}")
            for entity in self._entities(device)
        ]

    # Where it belongs

    async def _async_show(
        self, shown: PersonDevice, person: RosterPerson, *, patient: bool
    ) -> None:
        shown.person = person
        whose = self._whose(person)
        is_stale = whose != shown.someone.whose or shown.someone.since is None
        shown.someone.whose = whose
        device = next(iter(self._devices(shown.identifier)), None)
        if device is not None and device.name != person.name:
            dr.async_get(self._hass).async_update_device(device.id, name=person.name)
        owner = device.config_entry_id if device else None
        home = self._home_of(person, owner, patient=patient)
        if is_stale or (home is not None and home != shown.entry_id):
            await shown.someone.async_look(self._today.since)
        if home is None or home == shown.entry_id:
            return
        for entity in shown.entities:
            await entity.async_remove()
        if device is not None and device.config_entry_id != home:
            self._move(device, home)
        # The module may have gone meanwhile, and so may the person.
        is_wanted = person.device in {one.device for one in self._roster.with_device}
        if is_wanted and (show := self._homes.get(home)) is not None:
            shown.entry_id, shown.entities = home, show(shown)

    def _home_of(
        self, person: RosterPerson, owner: str | None, *, patient: bool
    ) -> str | None:
        """Return the module that is to have somebody's device, None: none can now."""
        entries = self._hass.config_entries.async_entries(DOMAIN)
        ids = [entry.entry_id for entry in entries]
        knows = [one for one in ids if one in person.names] or ids
        if owner in knows and owner not in self._homes and patient:
            entry = self._hass.config_entries.async_get_known_entry(owner)
            if entry.disabled_by is None:
                self._look_later()
                return None
        can = [one for one in knows if one in self._homes]
        return owner if owner in can else next(iter(can), None)

    def _move(self, device: dr.DeviceEntry, home: str) -> None:
        """Let a device, with its entities, be of another module."""
        registry = er.async_get(self._hass)
        for entity in self._entities(device):
            # First: what is not of the entry that gets the device is removed.
            disabled = entity.disabled_by
            if disabled is er.RegistryEntryDisabler.CONFIG_ENTRY:
                disabled = None
            registry.async_update_entity(
                entity.entity_id, config_entry_id=home, disabled_by=disabled
            )
        dr.async_get(self._hass).async_update_device(device.id, new_config_entry_id=home)

    def _remove_all_but(self, identifiers: set[str]) -> None:
        registry = dr.async_get(self._hass)
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
                if (people := _people(device)) and not people & identifiers:
                    self._remove(device)

    def _remove(self, device: dr.DeviceEntry) -> None:
        """Remove a device without a trace: the ids of its entities say who it was."""
        registry, entities = dr.async_get(self._hass), er.async_get(self._hass)
        found = self._entities(device)
        registry.async_update_device(device.id, name_by_user=None)
        registry.async_remove_device(device.id)
        for one in found:
            entities.deleted_entities.pop((one.domain, one.platform, one.unique_id), None)
        entities.async_schedule_save()

    def _entities(self, device: dr.DeviceEntry) -> list[er.RegistryEntry]:
        registry = er.async_get(self._hass)
        return er.async_entries_for_device(
            registry, device.id, include_disabled_entities=True
        )

    def _devices(self, identifier: str) -> list[dr.DeviceEntry]:
        registry = dr.async_get(self._hass)
        return registry.async_get_devices(identifiers={(DOMAIN, identifier)})

    def _whose(self, person: RosterPerson) -> Whose:
        """Return which visits are somebody's: whoever was renamed had another name."""
        user_id = person.user_id
        others = {
            name
            for one in self._roster.of_id(user_id)
            if one.key != person.key
            for name in (one.name, *one.names.values())
        }
        others |= {
            side.name
            for side in self._hass.data[DATA_CONFLICTS].open.get(user_id, ())
            if not is_same_name(side.name, person.name)
        }
        others -= {person.name, *person.names.values()}
        return Whose(user_id, person.key if others else user_id, tuple(sorted(others)))

    def _left(self, entry_id: str) -> None:
        del self._homes[entry_id]
        if not self._homes:
            self._today.async_stop()
        for shown in self._shown.values():
            if shown.entry_id == entry_id:
                shown.entry_id, shown.entities = None, []
        self._look_later()

    @callback
    def _look_later(self) -> None:
        if self._later is None and self._shown:
            job = HassJob(self._async_give_up, cancel_on_shutdown=True)
            self._later = async_call_later(self._hass, _PATIENCE, job)

    async def _async_give_up(self, _now: datetime) -> None:
        self._later = None
        if self._hass.state is CoreState.running:
            await self.async_settle(patient=False)
        elif not self._hass.is_stopping:
            # Other modules are still being set up.
            self._look_later()

    # What happens

    @callback
    def _roster_changed(self) -> None:
        now = {p.device or "": p for p in self._roster.with_device}
        if now != {token: shown.person for token, shown in self._shown.items()}:
            self._hass.async_create_task(self.async_settle(), f"{DOMAIN} person devices")

    @callback
    def _entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Show what a module is called now."""
        if entry.domain == DOMAIN:
            for shown in self._shown.values():
                if shown.someone.seen.entry_id == entry.entry_id:
                    shown.someone.async_tell()

    @callback
    def _visited(self, visit: Visit) -> None:
        for shown in self._shown.values():
            if shown.person.user_id == visit.user_id:
                # Somebody else may have the id, too, since this visit.
                shown.someone.whose = self._whose(shown.person)
                shown.someone.async_came(visit)

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        if deletion.by_user:
            self._changed()

    @callback
    def _changed(self) -> None:
        if self._shown:
            self._hass.async_create_task(self._async_look(), f"{DOMAIN} person devices")

    async def _async_look(self) -> None:
        for shown in list(self._shown.values()):
            await shown.someone.async_look(self._today.since)


def _people(device: dr.DeviceEntry) -> set[str]:
    """Return what people are known by whose device it is."""
    known = {one for domain, one in device.identifiers if domain == DOMAIN}
    return {one for one in known if one.startswith(_PREFIX)}


DATA_PERSON_DEVICES: HassKey[PersonDevices] = HassKey(f"{DOMAIN}.person_devices")
