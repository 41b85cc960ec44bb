"""People who share a user id: found when a module tells a name, settled by the user.

Nobody asks the modules for it: a conflict shows as soon as the second of the two is read
or comes to a door.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from itertools import islice
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, ISSUE_SAME_ID
from ..texts import NAMED, bullets, plain
from .identity import CUT, is_rest, plain_name
from .roster import Roster

# What modules called so many people is remembered.
_REMEMBERED: Final = 5000


class Side(NamedTuple):
    """One of the people who share a user id, and the modules (entry ids) that have them.

    Nobody has somebody who is only in Home Assistant's list.
    """

    name: str
    entry_ids: tuple[str, ...]


class Conflicts:
    """Who shares a user id with somebody else."""

    def __init__(self, hass: HomeAssistant, roster: Roster) -> None:
        """Compare what modules tell with each other and with `roster`."""
        self._hass = hass
        self._roster = roster
        # Held by whoever settles one: what two say at the same time is done one by one.
        self.settling = asyncio.Lock()
        # What modules call whoever has an id.
        self._told: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._open: dict[str, tuple[Side, ...]] = {}
        for person in roster.people.values():
            self._look(person.user_id, show=False)
        roster.async_subscribe(self._roster_changed)
        self._show()

    @property
    def open(self) -> Mapping[str, tuple[Side, ...]]:
        """The conflicts, by user id."""
        return self._open

    @callback
    def async_note(self, entry_id: str, user_id: str, told: str | None) -> None:
        """Take in what a module calls whoever has an id, None: nobody has."""
        known = self._told.get(user_id, {})
        if known.get(entry_id) == told:
            return
        if told is None:
            known.pop(entry_id)
            if not known:
                del self._told[user_id]
        else:
            known = self._told.setdefault(user_id, known)
            known[entry_id] = told
            self._told.move_to_end(user_id)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        self._look(user_id)

    @callback
    def async_came(self, entry_id: str, user_id: str, said: str) -> None:
        """Take in what a callback calls somebody, if the name is whole."""
        told = self._told.get(user_id, {}).get(entry_id, "")
        if said == told:
            # As always.
            return
        if (
            user_id
            and said
            and CUT not in said
            and not is_rest(said, told)
            and not self._roster.is_cut(entry_id, user_id, said)
        ):
            self.async_note(entry_id, user_id, said)

    @callback
    def async_removed(self, entry_id: str) -> None:
        """Forget what a module told: it is removed, or has nobody any more."""
        for user_id, told in list(self._told.items()):
            if told.pop(entry_id, None) is not None:
                self._look(user_id, show=False)
            if not told:
                del self._told[user_id]
        self._show()

    def _roster_changed(self) -> None:
        if self._open:
            for user_id in list(self._open):
                self._look(user_id, show=False)
            self._show()

    def _look(self, user_id: str, *, show: bool = True) -> None:
        """Find out who has an id."""
        people = self._roster.of_id(user_id)
        told = {entry_id: name for p in people for entry_id, name in p.names.items()}
        told |= self._told.get(user_id, {})
        sides: dict[str, tuple[str, list[str]]] = {}
        for person in people:
            sides[plain_name(person.name)] = person.name, []
        for entry_id, name in told.items():
            whole = self._roster.name_of(entry_id, user_id, name)
            sides.setdefault(plain_name(whole), (whole, []))[1].append(entry_id)
        found = tuple(Side(name, tuple(ids)) for name, ids in sides.values())
        before = self._open.pop(user_id, ())
        if len(found) > 1:
            self._open[user_id] = found
        else:
            found = ()
        if show and before != found:
            self._show()

    def _show(self) -> None:
        """Show a repair as long as there are conflicts."""
        if not self._open:
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE_SAME_ID)
            return
        shown = [
            f"{plain(user_id)}: {' / '.join(plain(side.name) for side in sides)}"
            for user_id, sides in islice(self._open.items(), NAMED)
        ]
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            ISSUE_SAME_ID,
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_SAME_ID,
            translation_placeholders={"people": bullets(shown, len(self._open))},
        )


DATA_CONFLICTS: HassKey[Conflicts] = HassKey(f"{DOMAIN}.conflicts")
