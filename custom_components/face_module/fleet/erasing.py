"""Everything of a person gone everywhere: modules, Home Assistant's list, the book."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from ..people.roster import DATA_ROSTER
from ..runtime import async_forget_visits
from .everywhere import Everywhere, async_delete_everywhere
from .person_devices import DATA_PERSON_DEVICES


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
    refuse, nothing else is erased. Somebody else of that id is left alone, with the visits
    under their names. GetUserInfo, DeleteUser.
    """
    roster = hass.data[DATA_ROSTER]
    called = roster.whole_name(user_id, called)
    known = roster.called(user_id, called)
    others = [one for one in roster.of_id(user_id) if one != known]
    done = Erased(await async_delete_everywhere(hass, user_id, called=called), 0)
    if done.is_nothing:
        return done
    names: set[str | None] = {None}
    if others:
        names = {called, *(known.names.values() if known else ())}
        names -= {name for one in others for name in (one.name, *one.names.values())}
    visits = 0
    for name in names:
        visits += await async_forget_visits(hass, user_id, name)
    if known is not None:
        await roster.async_remove(known.key)
        await hass.data[DATA_PERSON_DEVICES].async_settle()
    return Erased(done.modules, visits)
