"""Whether who comes to a module may enter: asked last, of whoever is believed."""

from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.rule import AccessRule
from .access import Denial, judge_access
from .evidence import Came


class Admission:
    """The rules of the people who come to one module."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Ask the roster; the door is the module's serial number."""
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self._entry_id = entry.entry_id
        self._door = entry.unique_id or ""

    def people(self, came: Came) -> list[RosterPerson]:
        """Return who came; where it may be one of several, all of them.

        No name opens what an id does not.
        """
        said = self._entry_id, came.recognition.user_id, came.recognition.username
        return self._roster.possible(*said) or self._roster.may_be_renamed(*said)

    def judge(
        self, came: Came, people: list[RosterPerson], *, is_counted: bool = True
    ) -> Denial | None:
        """Return why who came may not enter, None if they may.

        All whom it may be have to be allowed to. Without `is_counted` this visit was
        counted before.
        """
        # By our clock, when the module recognized them by its own.
        moment = came.time - timedelta(seconds=came.age)
        user_id = came.recognition.user_id
        if not people and (
            user_id in self._roster.lost
            or self._roster.deleted.is_from_before(self._entry_id, user_id, moment)
        ):
            return Denial.NEVER
        for person in people:
            denial = judge_now(
                self._hass,
                person.access,
                moment=moment,
                door=self._door,
                is_counted=is_counted,
            )
            if denial is not None:
                return denial
        return None

    async def async_enter(self, came: Came) -> Denial | None:
        """Use up a visit of who came; return why they may not enter, None if they may.

        It is on disk when they may: what the disk does not take, nobody enters by.
        """
        denial: Denial | None = None

        def who_enters() -> list[RosterPerson] | None:
            nonlocal denial
            people = self.people(came)
            denial = self.judge(came, people)
            return people if denial is None else None

        if await self._roster.async_use_visit(who_enters):
            return None
        return denial or Denial.USED_UP


def judge_now(
    hass: HomeAssistant,
    rule: AccessRule,
    *,
    moment: datetime,
    door: str | None,
    is_counted: bool = True,
) -> Denial | None:
    """Return why somebody may not enter, as Home Assistant's entities are now."""
    if not rule.is_limited:
        return None

    def state_of(entity_id: str) -> str | None:
        state = hass.states.get(entity_id)
        return state.state if state else None

    return judge_access(
        rule, moment=moment, door=door, state_of=state_of, is_counted=is_counted
    )
