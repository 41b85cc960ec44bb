"""Who is who, for all modules: kept by Home Assistant, so it is in every backup.

By user id: the name, the linked `person` entity, a minimum score, and the picture they
were enrolled with. The list is in Home Assistant's storage, the pictures are files in
`<config>/face_module/roster/`; only administrators see them (views.py).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self, override

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, LOGGER
from .disk import remove_folder
from .visit import picture_type

_VERSION: Final = 1
_MINOR_VERSION: Final = 2
_FOLDER: Final = "roster"
_SAVE_DELAY: Final = 5.0


def digest(jpeg: bytes) -> str:
    """Return what tells two pictures apart."""
    return sha256(jpeg).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPerson:
    """Somebody who may be enrolled on modules.

    `person` is the id of a `person` entity, `minimum_score` %, None: no own one.
    `picture` is the digest of the picture that is kept, None without one. `modules` are
    two digests each, by entry id: of the picture that a module was given, and of the one
    that it showed then, `<given>:<shown>`.
    """

    user_id: str
    name: str
    person: str | None = None
    minimum_score: float | None = None
    picture: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, user_id: str, data: Mapping[str, Any]) -> Self:
        """Read what was stored."""
        return cls(
            user_id=user_id,
            name=data["name"],
            person=data["person"],
            minimum_score=data["minimum_score"],
            picture=data["picture"],
            modules=data["modules"],
        )


class _RosterStore(Store[dict[str, Any]]):
    """Version 1.1 did not know which module was given which picture."""

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        for person in old_data["people"].values():
            person.setdefault("modules", {})
        return old_data


class Roster:
    """The people that Home Assistant knows, by user id."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._store = _RosterStore(
            hass,
            _VERSION,
            f"{DOMAIN}.roster",
            private=True,
            atomic_writes=True,
            minor_version=_MINOR_VERSION,
            serialize_in_event_loop=False,
        )
        self._folder = Path(hass.config.path(DOMAIN, _FOLDER))
        self._people: dict[str, RosterPerson] = {}
        self._writing = asyncio.Lock()
        # Ids that were made and are about to be enrolled.
        self.reserved: set[str] = set()
        self._listeners: list[Callable[[], None]] = []

    async def async_load(self) -> None:
        """Read the roster, and follow person entities that are renamed."""
        if (stored := await self._store.async_load()) is not None:
            self._people = {
                user_id: RosterPerson.from_dict(user_id, data)
                for user_id, data in stored["people"].items()
            }
            kept = {self._path(p.user_id).name for p in self._people.values() if p.picture}
            await self._hass.async_add_executor_job(_drop_others, self._folder, kept)
        self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._renamed)

    @property
    def people(self) -> Mapping[str, RosterPerson]:
        """Everybody, by user id."""
        return self._people

    def get(self, user_id: str) -> RosterPerson | None:
        """Return somebody."""
        return self._people.get(user_id)

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after every change; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_enrolled(
        self,
        entry_id: str,
        user_id: str,
        name: str,
        jpeg: bytes,
        shown: bytes | None = None,
    ) -> None:
        """Remember what a module was given, and shows; person and minimum score stay.

        Without room on the disk the picture is not kept.
        """
        new = digest(jpeg)
        given = f"{new}:{digest(shown) if shown else ''}"
        # Several modules may be given the same person at once.
        async with self._writing:
            known = self._people.get(user_id)
            picture = known.picture if known else None
            if picture != new and await self._async_write(user_id, jpeg):
                picture = new
            # Meanwhile something else about them may have changed.
            known = self._people.get(user_id) or RosterPerson(user_id=user_id, name=name)
            modules = {**known.modules, entry_id: given}
            self.async_put(replace(known, name=name, picture=picture, modules=modules))

    @callback
    def async_put(self, person: RosterPerson) -> None:
        """Add or replace somebody."""
        if self._people.get(person.user_id) != person:
            self._people[person.user_id] = person
            self._changed()

    @callback
    def async_gone(self, entry_id: str, user_id: str | None = None) -> None:
        """Remember that a module does not have somebody any more, or nobody."""
        known = [self.get(user_id)] if user_id else self._people.values()
        gone = [person for person in known if person and entry_id in person.modules]
        for person in gone:
            modules = {k: v for k, v in person.modules.items() if k != entry_id}
            self._people[person.user_id] = replace(person, modules=modules)
        if gone:
            self._changed()

    async def async_remove(self, user_id: str, *, if_nowhere: bool = False) -> None:
        """Forget somebody, with the picture; or only if no module was given them."""
        async with self._writing:
            known = self._people.get(user_id)
            if known is None or (if_nowhere and known.modules):
                return
            del self._people[user_id]
            await self._hass.async_add_executor_job(_unlink, self._path(user_id))
        self._changed()

    async def async_clear(self) -> None:
        """Forget everybody."""
        self._people.clear()
        await self._store.async_remove()
        await self._hass.async_add_executor_job(remove_folder, self._folder)
        self._tell()

    async def async_picture(self, user_id: str) -> bytes | None:
        """Return the JPEG that somebody was enrolled with, None when it is not kept."""
        person = self._people.get(user_id)
        if person is None or person.picture is None:
            return None
        return await self._hass.async_add_executor_job(_read, self._path(user_id))

    async def async_jpeg(self, user_id: str, shown: bytes | None) -> bytes | None:
        """Return the JPEG that a module shows of somebody, else the one kept here."""
        if picture_type(shown) == "image/jpeg":
            return shown
        return await self.async_picture(user_id)

    async def _async_write(self, user_id: str, jpeg: bytes) -> bool:
        try:
            await self._hass.async_add_executor_job(_write, self._path(user_id), jpeg)
        except OSError as err:
            LOGGER.warning("A picture of the roster cannot be kept: %s", err.strerror)
            return False
        return True

    async def async_save(self) -> None:
        """Have every change on disk."""
        await self._store.async_save(self._data())

    @callback
    def _renamed(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or "old_entity_id" not in data:
            return
        old, new = data["old_entity_id"], data["entity_id"]
        for person in list(self._people.values()):
            if person.person == old:
                self.async_put(replace(person, person=new))

    def _path(self, user_id: str) -> Path:
        # An id may contain anything, a file name may not.
        return self._folder / f"{sha256(user_id.encode()).hexdigest()[:32]}.jpg"

    def _changed(self) -> None:
        self._store.async_delay_save(self._data, _SAVE_DELAY)
        self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _data(self) -> dict[str, Any]:
        return {
            "people": {
                user_id: {
                    "name": person.name,
                    "person": person.person,
                    "minimum_score": person.minimum_score,
                    "picture": person.picture,
                    "modules": dict(person.modules),
                }
                for user_id, person in self._people.items()
            }
        }


DATA_ROSTER: HassKey[Roster] = HassKey(f"{DOMAIN}.roster")


def _write(path: Path, data: bytes) -> None:
    """Let a picture appear whole; only the owner of the process may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".tmp")
    half.touch(0o600)
    half.write_bytes(data)
    half.replace(path)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() or None
    except OSError:
        return None


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _drop_others(folder: Path, kept: set[str]) -> None:
    """Remove what an unlucky end left behind."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)
