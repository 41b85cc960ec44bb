"""Who may see and do what, by the permissions that Home Assistant has for entities.

Who came to a module, and all that is told of it, is for whoever may read the module's
recognition event. What nobody asks for (an automation, a callback) Home Assistant does
itself, and it may do everything.
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.components.websocket_api.connection import current_connection
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.http import current_request

from .const import DOMAIN, KEY_RECOGNITION

# Set while something is done whose caller is known: an automation that somebody set off
# has their connection, and is not theirs. A tuple, because nobody is somebody, too.
_ACTING: Final[ContextVar[tuple[User | None] | None]] = ContextVar("acting", default=None)


async def async_caller(hass: HomeAssistant, context: Context) -> User | None:
    """Return whose action it is, None for Home Assistant itself.

    Raises UnknownUser: whoever is gone may do nothing any more.
    """
    if context.user_id is None:
        return None
    if (user := await hass.auth.async_get_user(context.user_id)) is None:
        raise UnknownUser(context=context)
    return user


@contextmanager
def acting_as(user: User | None) -> Generator[None]:
    """Let what is done meanwhile be done by this user, None for Home Assistant itself."""
    token = _ACTING.set((user,))
    try:
        yield
    finally:
        _ACTING.reset(token)


@callback
def asking_user() -> User | None:
    """Return who wants what is done now, None for Home Assistant itself."""
    if (acting := _ACTING.get()) is not None:
        return acting[0]
    if (connection := current_connection.get()) is not None:
        return connection.user
    return requesting_user()


@callback
def requesting_user() -> User | None:
    """Return whose HTTP request is answered now; a websocket's messages are none."""
    request = current_request.get()
    user: User | None = None if request is None else request.get(KEY_HASS_USER)
    return user


@callback
def may_read(user: User | None, entity_id: str) -> bool:
    """Say whether a user may read an entity."""
    return user is None or user.permissions.check_entity(entity_id, POLICY_READ)


@callback
def check_may_read(entity_id: str) -> None:
    """Raise Unauthorized unless whoever asks may read an entity."""
    user = asking_user()
    if user is not None and not may_read(user, entity_id):
        raise Unauthorized(user_id=user.id, entity_id=entity_id, permission=POLICY_READ)


@callback
def may_see_visits(
    hass: HomeAssistant, user: User | None, entry_id: str, policy: str = POLICY_READ
) -> bool:
    """Say whether a user may see who came to a module (or do more, with `policy`).

    Where the recognition event is missing or disabled nobody can read it: then only those
    may who may with every entity.
    """
    if user is None:
        return True
    entity_id = _recognition_event(hass, entry_id)
    if entity_id is None:
        return user.permissions.access_all_entities(policy)
    return user.permissions.check_entity(entity_id, policy)


@callback
def check_may_see_visits(
    hass: HomeAssistant, user: User | None, entry_id: str, policy: str
) -> None:
    """Raise Unauthorized unless `may_see_visits`."""
    if user is not None and not may_see_visits(hass, user, entry_id, policy):
        raise Unauthorized(user_id=user.id, config_entry_id=entry_id, permission=policy)


@callback
def visible_entries(
    hass: HomeAssistant, wanted: Collection[str] | None
) -> Collection[str] | None:
    """Return the modules whose visits whoever asks may see, of those that are wanted.

    None is all of them.
    """
    user = asking_user()
    may_all = user is None or user.permissions.access_all_entities(POLICY_READ)
    if may_all and wanted is None:
        return None
    # Not through what is wanted: that may be anything, and endless.
    ids = [entry.entry_id for entry in hass.config_entries.async_entries(DOMAIN)]
    if wanted is not None:
        asked = set(wanted)
        ids = [one for one in ids if one in asked]
    return ids if may_all else [one for one in ids if may_see_visits(hass, user, one)]


def _recognition_event(hass: HomeAssistant, entry_id: str) -> str | None:
    """Return the entity id of a module's recognition event, if it is there and enabled."""
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        return None
    registry = er.async_get(hass)
    unique_id = f"{entry.unique_id}_{KEY_RECOGNITION}"
    entity_id = registry.async_get_entity_id(Platform.EVENT, DOMAIN, unique_id)
    known = registry.async_get(entity_id) if entity_id else None
    return None if known is None or known.disabled_by is not None else known.entity_id
