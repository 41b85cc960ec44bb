"""Everything of a person gone everywhere: modules, Home Assistant's list, the book."""

from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..people.identity import is_same_name
from ..people.roster import DATA_ROSTER
from ..runtime import async_forget_visits
from .everywhere import Everywhere, async_delete_everywhere, async_is_anywhere
from .person_devices import DATA_PERSON_DEVICES
from .undoing import DATA_UNDO

_RECORDER: Final = "recorder"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: on which modules, and how many visits."""

    modules: Everywhere
    visits: int

    @property
    def is_nothing(self) -> bool:
        """Whether no module could do it, so that nothing was erased."""
        return bool(self.modules.failed) and not (
            self.modules.changed or self.modules.waiting
        )


async def async_erase_person(hass: HomeAssistant, user_id: str, called: str) -> Erased:
    """Erase somebody, their visits and pictures, and what is marked as theirs.

    Modules that are away delete them when they are back. Where modules answer and all
    refuse, nothing else is erased; where one does, they are still held to their rule.
    Somebody else of that id is left alone, with the visits under their names.
    GetUserInfo, DeleteUser.
    """
    hass.data[DATA_UNDO].async_forget(user_id)
    roster = hass.data[DATA_ROSTER]
    called = roster.whole_name(user_id, called)
    known = roster.called(user_id, called)
    devices = hass.data[DATA_PERSON_DEVICES]
    entity_ids = devices.entity_ids(known) if known else []
    others = [one for one in roster.of_id(user_id) if one != known]
    done = Erased(await async_delete_everywhere(hass, user_id, called=called), 0)
    if done.is_nothing:
        return done
    # At once: whoever has the key later is somebody else.
    if known is not None:
        await _async_forget(hass, known.key, called, failed=bool(done.modules.failed))
    names: set[str | None] = {None}
    if others:
        names = {called, *(known.names.values() if known else ())}
        names -= {name for one in others for name in (one.name, *one.names.values())}
    visits = 0
    for name in names:
        visits += await async_forget_visits(hass, user_id, name)
    if known is not None:
        await devices.async_settle()
        await _async_forget_states(hass, entity_ids)
    return Erased(done.modules, visits)


async def _async_forget(hass: HomeAssistant, key: str, name: str, *, failed: bool) -> None:
    """Remove somebody from the roster, but for what doors need where a module has them.

    `failed`: one refused to delete them. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    if (known := roster.get(key)) is None:
        return
    stays = failed or await async_is_anywhere(hass, known.user_id, name)
    # Meanwhile they may have been given a rule, or somebody else has the key.
    known = roster.get(key)
    if known is None or not is_same_name(known.name, name):
        return
    if stays and known.is_held:
        await roster.async_strip(key)
    else:
        await roster.async_remove(key)


async def _async_forget_states(hass: HomeAssistant, entity_ids: list[str]) -> None:
    """Have the database forget entities, with the statistics that it keeps for ever."""
    if not entity_ids or not hass.services.has_service(_RECORDER, "purge_entities"):
        return
    get_instance(hass).async_clear_statistics(entity_ids)
    data = {ATTR_ENTITY_ID: entity_ids, "keep_days": 0}
    await hass.services.async_call(_RECORDER, "purge_entities", data, blocking=True)
