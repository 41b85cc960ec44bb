"""What was asked for everywhere and waits for a module that is away, or not set up.

It is on disk for each module, with who was expected there, and is done when the module
is back (people/catching_up.py), or given up.
"""

from copy import replace
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, ISSUE_FROM_BACKUP, LOGGER
from ..errors import invalid
from ..texts import error_text
from .identity import is_rest, is_same_name, may_be
from .ledger import Ledger

# What a module refused is tried again so much later (s).
_AGAIN: Final = 600.0
_NEVER: Final = (float("-inf"), None)


class WaitingChange(NamedTuple):
    """What is to become of somebody on a module.

    `called` is what the module calls them, as far as it is known. They are forgotten, or
    get another `name`, the `picture` of a digest that the roster keeps, or both. What is
    `held` is not done until it is asked for again. `ruled`: they could not always enter.
    """

    user_id: str
    called: str
    forget: bool = False
    name: str | None = None
    picture: str | None = None
    held: bool = False
    ruled: bool = False

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if self.forget:
            return "forget"
        return "rename" if self.name is not None else "picture"

    def concerns(self, user_id: str, name: str) -> bool:
        """Say whether it is about somebody, by the name they have or are to have."""
        names = [self.called, *([] if self.name is None else [self.name])]
        return user_id == self.user_id and any(is_same_name(one, name) for one in names)


class WaitingChanges:
    """The changes that wait, by entry id."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._changes: dict[str, list[WaitingChange]] = {}
        self._ledgers: dict[str, Ledger] = {}
        # Since when (of the event loop) what a module refused is not tried again there:
        # the same change may wait for several.
        self._refused: dict[tuple[str, WaitingChange], tuple[float, str]] = {}

    async def async_load(self) -> None:
        """Read what waits for each module."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            try:
                stored = await self._ledger(entry.entry_id).async_read()
                changes = [WaitingChange(**one) for one in stored.get("changes", [])]
            except HomeAssistantError, TypeError:
                LOGGER.error("%s: what waits for it cannot be read", entry.title)
                continue
            self._changes[entry.entry_id] = changes

    async def async_hold(self) -> list[str]:
        """Do nothing of what waits by itself; return whom it is about."""
        for entry_id, changes in self._changes.items():
            if changes:
                self._changes[entry_id] = [replace(one, held=True) for one in changes]
                await self._ledger(entry_id).async_cross_out(self._stored(entry_id))
        return [change.called or change.user_id for _, change in self.all()]

    def of(self, entry_id: str) -> list[WaitingChange]:
        """Return what waits for a module."""
        return list(self._changes.get(entry_id, ()))

    def due(self, entry_id: str) -> list[WaitingChange]:
        """Return what is to be tried now."""
        now = self._hass.loop.time()
        return [
            change
            for change in self.of(entry_id)
            if not change.held
            and now - self._refused.get((entry_id, change), _NEVER)[0] >= _AGAIN
        ]

    def all(self) -> list[tuple[str, WaitingChange]]:
        """Return everything that waits, with the entry id."""
        return [(key, change) for key, some in self._changes.items() for change in some]

    def about(self, user_id: str, name: str) -> list[tuple[str, WaitingChange]]:
        """Return what waits about somebody, with the entry id."""
        return [one for one in self.all() if one[1].concerns(user_id, name)]

    def is_forgotten(self, entry_id: str, user_id: str, name: str) -> bool:
        """Say whether somebody whom a module has is to be forgotten there."""
        return any(
            change.forget and change.concerns(user_id, name) for change in self.of(entry_id)
        )

    def may_be_forgotten(self, entry_id: str, user_id: str, said: str) -> bool:
        """Say so of whom a callback calls by a name that may be cut, or missing."""
        return self.is_forgotten(entry_id, user_id, said) or any(
            change.forget
            and change.user_id == user_id
            and (may_be(said, change.called) or is_rest(said, change.called))
            for change in self.of(entry_id)
        )

    def why(self, entry_id: str, change: WaitingChange) -> str | None:
        """Return why a module has not done what was tried there, or is held; else None."""
        if change.held:
            return error_text(self._hass, invalid("from_backup"))
        return self._refused.get((entry_id, change), _NEVER)[1]

    async def async_put(self, entry_id: str, change: WaitingChange) -> None:
        """Let a change wait, on disk when it returns.

        What waits for the same person becomes one. Raises HomeAssistantError when it
        cannot be written.
        """
        before = self.of(entry_id)
        others = [one for one in before if not one.concerns(change.user_id, change.called)]
        for earlier in before:
            if earlier not in others:
                ruled = change.ruled or earlier.ruled
                change = replace(change, called=earlier.called, ruled=ruled)
                if earlier.held:
                    continue
                change = replace(
                    change,
                    # Who was to be forgotten comes back under no other name.
                    forget=change.forget or earlier.forget,
                    name=change.name or earlier.name,
                    picture=change.picture or earlier.picture,
                )
        self._changes[entry_id] = [*others, change]
        try:
            await self._ledger(entry_id).async_write(self._stored(entry_id))
        except (HomeAssistantError, OSError) as err:
            self._changes[entry_id] = before
            raise invalid("not_secured") from err
        if any(one.held for one in before):
            self._show()

    async def async_done(self, entry_id: str, change: WaitingChange) -> None:
        """Cross a change out: it is done, or given up."""
        changes = self._changes.get(entry_id, [])
        if change in changes:
            changes.remove(change)
            self._refused.pop((entry_id, change), None)
            await self._ledger(entry_id).async_cross_out(self._stored(entry_id))
            if change.held:
                self._show()

    def async_refused(self, entry_id: str, change: WaitingChange, why: str) -> None:
        """Leave a change for later, at this module."""
        self._forget_refusals()
        self._refused[entry_id, change] = self._hass.loop.time(), why

    async def async_remove(self, entry_id: str) -> None:
        """Forget everything about an entry."""
        gone = self._changes.pop(entry_id, [])
        self._forget_refusals()
        await self._ledger(entry_id).async_remove()
        self._ledgers.pop(entry_id, None)
        if any(change.held for change in gone):
            self._show()

    def _forget_refusals(self) -> None:
        """Forget why nothing came of what waits no longer."""
        waiting = set(self.all())
        self._refused = {k: when for k, when in self._refused.items() if k in waiting}

    def _show(self) -> None:
        """Show no repair any more when nothing is held."""
        if not any(change.held for _, change in self.all()):
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE_FROM_BACKUP)

    def _stored(self, entry_id: str) -> dict[str, Any]:
        changes = self._changes.get(entry_id)
        return {"changes": [change._asdict() for change in changes]} if changes else {}

    def _ledger(self, entry_id: str) -> Ledger:
        if entry_id not in self._ledgers:
            self._ledgers[entry_id] = Ledger(self._hass, "waiting", entry_id)
        return self._ledgers[entry_id]


DATA_WAITING: HassKey[WaitingChanges] = HassKey(f"{DOMAIN}.waiting")
