"""Everything of a person gone everywhere: modules, Home Assistant's list, the book."""

from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..people.roster import DATA_ROSTER
from ..runtime import async_forget_visits
from .everywhere import Everywhere, async_delete_everywhere
from .holding import async_forget
from .person_devices import DATA_PERSON_DEVICES
from .undoing import DATA_UNDO

_RECORDER: Final = "recorder"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: on which modules, and how many visits.

    `stays`: a module may still have them, so what holds them is kept.
    """

    modules: Everywhere
    visits: int = 0
    stays: bool = False

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
    done = Erased(await async_delete_everywhere(hass, user_id, called=called))
    if done.is_nothing:
        return done
    # At once: whoever has the key later is somebody else.
    stays = known is not None and await async_forget(
        hass, known.key, called, failed=bool(done.modules.failed)
    )
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
    return Erased(done.modules, visits, stays=stays)


async def _async_forget_states(hass: HomeAssistant, entity_ids: list[str]) -> None:
    """Have the database forget entities, with the statistics that it keeps for ever."""
    if not entity_ids or not hass.services.has_service(_RECORDER, "purge_entities"):
        return
    get_instance(hass).async_clear_statistics(entity_ids)
    data = {ATTR_ENTITY_ID: entity_ids, "keep_days": 0}
    await hass.services.async_call(_RECORDER, "purge_entities", data, blocking=True)
