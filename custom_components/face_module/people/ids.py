"""User ids: which one somebody gets, and that nobody else has it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from homeassistant.core import HomeAssistant

from ..client import FaceModuleError
from ..errors import invalid
from .identity import is_same_name
from .names import possible_ids
from .roster import DATA_ROSTER, digest


class Asked(Protocol):
    """A module that is asked who has a user id."""

    def is_half_done(self, user_id: str) -> bool:
        """Say whether a change of somebody is not finished."""

    async def async_holder(self, user_id: str) -> str | None:
        """Return the whole name of whoever has an id, None if nobody has.

        Raises FaceModuleError.
        """


async def async_id_for(
    hass: HomeAssistant,
    name: str,
    modules: Sequence[Asked],
    *,
    same_name: bool,
    jpeg: bytes | None = None,
    failed: dict[int, FaceModuleError] | None = None,
    skip: Callable[[str], bool] = lambda _user_id: False,
) -> str:
    """Return a user id for a name that nobody else has: on the modules, in the roster.

    With `same_name` somebody of this very name may have it, and whoever was enrolled with
    this name and picture has it already. A module that fails is not asked again: it is in
    `failed` by its number, and nothing is known of it. `skip` says which ids not to take.
    Raises ServiceValidationError when there is none. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    failed = {} if failed is None else failed
    picture = digest(jpeg) if jpeg else None
    for candidate in possible_ids(name):
        if candidate in roster.reserved or skip(candidate):
            continue
        known = roster.of_id(candidate)
        again = any(
            picture and person.picture == picture and is_same_name(person.name, name)
            for person in known
        )
        names = [person.name for person in known]
        names += await _async_holders(modules, candidate, failed)
        if not names or (
            (same_name or again) and all(is_same_name(one, name) for one in names)
        ):
            return candidate
    raise invalid("no_free_id", name=name)


@asynccontextmanager
async def async_new_id(
    hass: HomeAssistant,
    name: str,
    modules: Sequence[Asked],
    *,
    same_name: bool,
    jpeg: bytes | None = None,
    failed: dict[int, FaceModuleError] | None = None,
    skip: Callable[[str], bool] = lambda _user_id: False,
) -> AsyncGenerator[str]:
    """Give an id as `async_id_for` does; nobody else is given it meanwhile.

    Whoever wants the same name replaced waits. Raises ServiceValidationError.
    """
    reserved = hass.data[DATA_ROSTER].reserved
    while True:
        if same_name and (ends := reserved.get(next(possible_ids(name)))):
            await asyncio.wait([ends])
            continue
        user_id = await async_id_for(
            hass,
            name,
            modules,
            same_name=same_name,
            jpeg=jpeg,
            failed=failed,
            skip=skip,
        )
        if user_id not in reserved:
            break
    reserved[user_id] = hass.loop.create_future()
    try:
        yield user_id
    finally:
        reserved.pop(user_id).set_result(None)


async def _async_holders(
    modules: Sequence[Asked], user_id: str, failed: dict[int, FaceModuleError]
) -> list[str]:
    """Return the names of those who have an id on modules."""

    async def ask(number: int, module: Asked) -> list[str]:
        if number in failed:
            return []
        if module.is_half_done(user_id):
            # Nobody else is they, and their name is no one's.
            return [""]
        try:
            name = await module.async_holder(user_id)
        except FaceModuleError as err:
            failed[number] = err
            return []
        return [] if name is None else [name]

    names = await asyncio.gather(*(ask(*one) for one in enumerate(modules)))
    return [name for some in names for name in some]
