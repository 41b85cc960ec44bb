"""The modules that are meant: by name, area, or all that the assistant may speak of."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar

from ..const import DOMAIN
from ..permissions import asking_user, may_see_visits
from ..runtime import FaceModuleConfigEntry, device_of, loaded_entry
from ..texts import joined
from .exposure import is_exposed
from .speaking import RefusalError, Speaker


class WhichModuleError(Exception):
    """Several modules may be meant: it is asked which one."""

    def __init__(self, entries: list[FaceModuleConfigEntry]) -> None:
        super().__init__()
        self.entries = entries


@callback
def exposed_entries(
    hass: HomeAssistant, assistant: str | None
) -> list[FaceModuleConfigEntry]:
    """Return the modules that an assistant may know of, whether they are set up or not.

    Without an assistant all. One whose visits whoever asks may not see is none.
    """
    user = asking_user()
    entries = [
        entry
        for entry in hass.config_entries.async_entries(
            DOMAIN, include_ignore=False, include_disabled=False
        )
        if may_see_visits(hass, user, entry.entry_id)
    ]
    if assistant is None:
        return entries
    return [entry for entry in entries if is_exposed(hass, entry, assistant)]


@callback
def usable_entries(
    hass: HomeAssistant, assistant: str | None
) -> list[FaceModuleConfigEntry]:
    """Return the modules that an assistant may know of and that are set up."""
    exposed = exposed_entries(hass, assistant)
    return [entry for entry in exposed if loaded_entry(hass, entry.entry_id)]


def modules_of(
    speaker: Speaker, named: str | None = None, *, here: bool = False
) -> list[FaceModuleConfigEntry]:
    """Return the modules that are meant, at least one: all of a name, else all.

    With `here` only those in the area of the speaker, where there are any. Raises
    RefusalError.
    """
    entries = exposed_entries(speaker.hass, speaker.assistant)
    if not speaker.hass.config_entries.async_entries(DOMAIN):
        raise RefusalError("no_module")
    if not entries:
        raise RefusalError("not_exposed")
    if named:
        if not (found := _named(speaker.hass, entries, named)):
            raise RefusalError("no_such_module", name=named)
        return found
    if not here:
        return entries
    return modules_in(speaker.hass, entries, speaker.area_id) or entries


def ready_modules(
    speaker: Speaker, named: str | None = None
) -> list[FaceModuleConfigEntry]:
    """Return those of `modules_of` that are set up, at least one; raises RefusalError."""
    entries = modules_of(speaker, named)
    found = [entry for entry in entries if loaded_entry(speaker.hass, entry.entry_id)]
    if not found:
        raise RefusalError("offline", module=names_of(speaker.hass, entries, speaker.comma))
    return found


def are_all(hass: HomeAssistant, entries: list[FaceModuleConfigEntry]) -> bool:
    """Say whether there are no other modules than these."""
    return len(entries) == len(hass.config_entries.async_entries(DOMAIN))


def modules_in(
    hass: HomeAssistant, entries: list[FaceModuleConfigEntry], area_id: str | None
) -> list[FaceModuleConfigEntry]:
    """Return those of the modules that are in an area."""
    return [entry for entry in entries if area_id and area_id == _area(hass, entry)]


def module_of(speaker: Speaker, named: str | None, *, has: str) -> FaceModuleConfigEntry:
    """Return the module that is meant: named, of the speaker's area, or the only one.

    Of several the only one that has the option `has` set. Raises RefusalError, and
    WhichModuleError when there are several.
    """
    found = modules_of(speaker, named, here=True)
    if len(found) > 1:
        found = [entry for entry in found if entry.options.get(has)] or found
    if len(found) > 1:
        raise WhichModuleError(found)
    return ready(speaker.hass, found[0])


def ready(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> FaceModuleConfigEntry:
    """Return a module that is set up; raises RefusalError for one that is not."""
    if (loaded := loaded_entry(hass, entry.entry_id)) is None:
        raise RefusalError("offline", module=name_of(hass, entry))
    return loaded


def names_of(hass: HomeAssistant, entries: Iterable[ConfigEntry], comma: str = ", ") -> str:
    """Return how the user calls some modules, for a text."""
    return joined(comma, (name_of(hass, entry) for entry in entries))


def name_of(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return how the user calls a module."""
    device = device_of(hass, entry)
    return (device and device.name_by_user) or entry.title


def area_name_of(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str:
    """Return the area that a module is in, empty without one."""
    area = ar.async_get(hass).async_get_area(_area(hass, entry) or "")
    return area.name if area else ""


def _area(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str | None:
    device = device_of(hass, entry)
    return device.area_id if device else None


def _named(
    hass: HomeAssistant, entries: list[FaceModuleConfigEntry], named: str
) -> list[FaceModuleConfigEntry]:
    """Return the modules of that name or in that area, else those that contain it."""
    wanted = _plain(named.casefold().removeprefix("the "))
    names = {
        entry.entry_id: [
            _plain(name)
            for name in (entry.title, name_of(hass, entry), area_name_of(hass, entry))
        ]
        for entry in entries
    }
    same = [entry for entry in entries if wanted in names[entry.entry_id]]
    return same or [
        entry
        for entry in entries
        if wanted and any(wanted in name for name in names[entry.entry_id])
    ]


def _plain(name: str) -> str:
    return "".join(name.casefold().split()).strip(",.?!\uff0c\u3002\uff1f\uff01")
