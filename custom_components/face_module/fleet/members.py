"""The modules that a job works on: who is there, and how one that went away is awaited."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import HomeAssistant

from ..client import (
    USER_LIST_MAX,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
    User,
)
from ..errors import translated_errors
from ..people.changing import People
from ..runtime import FaceModuleConfigEntry
from .job import Job

# A module that stopped answering may take so long (s) to come back, asked this often.
RECONNECT: Final = 60.0
RECONNECT_EVERY: Final = 2.0
# Reading so many ids costs less than asking for people one by one.
IDS_READ: Final = 20_000


@dataclass(slots=True, eq=False)
class Member:
    """A module that a job works on, and what is left to do there."""

    device_id: str
    entry: FaceModuleConfigEntry
    # The entry may be unloaded meanwhile: then these say so.
    people: People
    client: FaceModuleClient
    ids: set[str] | None = None
    todo: set[int] = field(default_factory=set)
    lost: FaceModuleConnectionError | None = None

    def is_half_done(self, user_id: str) -> bool:
        """Say whether a change of somebody is not finished."""
        return self.people.is_half_done(user_id)

    async def async_holder(self, user_id: str) -> str | None:
        """Return the whole name of whoever has an id, None if nobody has.

        Raises FaceModuleError: what is wrong is said when somebody is enrolled there.
        """
        if self.ids is not None and user_id not in self.ids:
            return None
        try:
            name = await self.people.names.async_get(user_id)
        except FaceModuleConnectionError as err:
            self.lost = err
            raise
        if name is None:
            return None
        return self.people.known.name_of(User(user_id=user_id, name=name))


async def async_ids(client: FaceModuleClient) -> AsyncGenerator[str]:
    """Give all user ids of a module, read in pages. Raises FaceModuleError. GetUserList."""
    seen: set[str] = set()
    start = 0
    while page := await client.list_users(start, USER_LIST_MAX):
        new = [user_id for user_id in page if user_id not in seen]
        if not new:
            # It does not know where to start.
            return
        for user_id in new:
            yield user_id
        seen.update(new)
        start += len(page)


async def async_read_ids(
    hass: HomeAssistant, members: Sequence[Member], *, limit: int | None = None
) -> None:
    """Read who is on each module, where that is at most `limit` people.

    A module that does not answer is lost to begin with. Raises HomeAssistantError.
    """
    for member in members:
        async with translated_errors(hass, member.entry):
            try:
                if limit is None or await member.client.count_users() <= limit:
                    member.ids = {user_id async for user_id in async_ids(member.client)}
            except FaceModuleConnectionError as err:
                member.lost = err


async def async_away(
    job: Job, client: FaceModuleClient
) -> FaceModuleConnectionError | None:
    """Wait for a module that stopped answering; None once it answers again."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + RECONNECT
    while True:
        try:
            await client.get_config()
        except FaceModuleConnectionError as err:
            if job.cancelled or loop.time() >= ends:
                return err
        except FaceModuleError:
            # It answers; the next call says what is wrong.
            return None
        else:
            return None
        await asyncio.sleep(RECONNECT_EVERY)


async def async_persist[T](job: Job, member: Member, call: Callable[[], Awaitable[T]]) -> T:
    """Call, and once more when the module is back after it stopped answering.

    One that did not come back is not waited for again. Raises FaceModuleError.
    """
    if member.lost is not None:
        raise member.lost
    try:
        return await call()
    except FaceModuleConnectionError:
        member.lost = await async_away(job, member.client)
        if member.lost is not None:
            raise member.lost from None
    return await call()
