"""Many people onto many modules: from a folder or zip, from a module, from the roster.

Pictures are prepared while the modules work. A module that stops answering is left out
and tried again when the others are done.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .client import (
    USER_LIST_MAX,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
)
from .enrollment import Enrollment
from .errors import invalid, translated_errors, words
from .ids import async_id_for
from .jobs import Job
from .models import FaceModuleConfigEntry
from .people import People
from .roster import DATA_ROSTER

# So many pictures are prepared before it is their turn.
_AHEAD: Final = 2
# A module that stopped answering may take so long (s) to come back, asked this often.
RECONNECT: Final = 60.0
RECONNECT_EVERY: Final = 2.0
# Reading so many ids costs less than asking for people one by one.
IDS_READ: Final = 20_000
SAVE_EVERY: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody to enroll; without `user_id` it is made from the name.

    `load` returns the enrollment, `user_id` empty if it is to be made; it may raise
    HomeAssistantError. It is called before it is this person's turn.
    """

    label: str
    user_id: str | None
    load: Callable[[], Coroutine[Any, Any, Enrollment]]
    person: str | None = None
    minimum_score: float | None = None


@dataclass(slots=True)
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

    async def async_name_of(self, user_id: str) -> str | None:
        """Return the name of somebody, None if nobody has the id.

        Raises FaceModuleError: what is wrong is said when somebody is enrolled there.
        """
        if self.ids is not None and user_id not in self.ids:
            return None
        try:
            return await self.people.names.async_get(user_id)
        except FaceModuleConnectionError as err:
            self.lost = err
            raise


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


async def _async_away(
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
        member.lost = await _async_away(job, member.client)
        if member.lost is not None:
            raise member.lost from None
    return await call()


class Fleet:
    """Enrolls many people on some modules."""

    def __init__(self, hass: HomeAssistant, job: Job, members: list[Member]) -> None:
        """Work for `job`."""
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self._job = job
        self._members = members
        self._ids: dict[int, str] = {}
        self._taken: dict[str, int] = {}
        self._since_saved = 0

    async def async_enroll(self, people: Sequence[Candidate]) -> None:
        """Enroll people on every module that has them to do (`todo`: indexes)."""
        in_vain = 0
        while any(member.todo for member in self._members) and not self._job.cancelled:
            before = self._left()
            await self._async_round(people)
            lost = [member for member in self._members if member.todo and member.lost]
            if self._job.cancelled or not lost:
                break
            in_vain = in_vain + 1 if self._left() == before else 0
            back = await asyncio.gather(*(self._async_back(member) for member in lost))
            for member, is_back in zip(lost, back, strict=True):
                if not is_back or in_vain > 1:
                    self._give_up(member, people)
        await self._roster.async_save()

    def _left(self) -> int:
        return sum(len(member.todo) for member in self._members)

    async def _async_round(self, people: Sequence[Candidate]) -> None:
        """Go through what is left once, with those modules that answer."""
        indexes = iter(sorted(set().union(*(member.todo for member in self._members))))
        loading: deque[tuple[int, asyncio.Task[Enrollment]]] = deque()
        try:
            while not self._job.cancelled:
                while len(loading) < _AHEAD and (index := next(indexes, None)) is not None:
                    task = self._hass.async_create_task(people[index].load())
                    loading.append((index, task))
                ready = [member for member in self._members if member.lost is None]
                if not loading or not ready:
                    return
                index, task = loading.popleft()
                await self._async_one(people[index], index, task, ready)
        finally:
            for _, task in loading:
                task.cancel()

    async def _async_one(
        self,
        person: Candidate,
        index: int,
        task: asyncio.Task[Enrollment],
        ready: list[Member],
    ) -> None:
        """Enroll one person on those modules that answer, at the same time."""
        members = [member for member in ready if index in member.todo]
        label = person.label
        try:
            loaded = await task
            label = loaded.name
            user_id = await self._async_id(index, loaded, members)
        except (HomeAssistantError, FaceModuleError) as err:
            for member in members:
                self._failed(person, index, member, err, label)
            return
        wanted = replace(loaded, user_id=user_id)
        done = await asyncio.gather(
            *(
                self._async_on(person, index, member, wanted)
                for member in members
                if member.lost is None
            )
        )
        if any(done):
            self._link(person, user_id)
        self._since_saved += 1
        if self._since_saved >= SAVE_EVERY:
            self._since_saved = 0
            await self._roster.async_save()

    async def _async_on(
        self, person: Candidate, index: int, member: Member, wanted: Enrollment
    ) -> bool:
        """Enroll somebody on one module; returns whether they are there now."""
        is_new = member.ids is not None and wanted.user_id not in member.ids
        try:
            done = await member.people.async_enroll(wanted, is_new=is_new)
        except FaceModuleConnectionError as err:
            member.lost = err
            if member.ids is not None:
                # Perhaps it was done: next time the module is asked.
                member.ids.add(wanted.user_id)
            return False
        except (HomeAssistantError, FaceModuleError) as err:
            self._failed(person, index, member, err, wanted.name)
            return False
        if member.ids is not None:
            member.ids.add(wanted.user_id)
        member.todo.discard(index)
        self._job.async_record(
            wanted.name, done.outcome, user_id=wanted.user_id, device_id=member.device_id
        )
        return True

    async def _async_id(self, index: int, loaded: Enrollment, members: list[Member]) -> str:
        """Return the id of somebody: the given one, that of the name, or a new one.

        Two of one job never get the same. Raises ServiceValidationError, FaceModuleError.
        """
        if (user_id := self._ids.get(index)) is not None:
            return user_id
        user_id = loaded.user_id or await async_id_for(
            self._hass, loaded.name, members, same_name=True
        )
        if self._taken.setdefault(user_id, index) != index:
            raise invalid("twice_in_job", user_id=user_id)
        self._ids[index] = user_id
        return user_id

    def _link(self, person: Candidate, user_id: str) -> None:
        """Keep what came with somebody besides the picture."""
        if (known := self._roster.get(user_id)) is None:
            return
        if person.person is not None:
            known = replace(known, person=person.person)
        if person.minimum_score is not None:
            known = replace(known, minimum_score=person.minimum_score)
        self._roster.async_put(known)

    def _failed(
        self,
        person: Candidate,
        index: int,
        member: Member,
        err: HomeAssistantError | FaceModuleError,
        label: str,
    ) -> None:
        member.todo.discard(index)
        self._job.async_record(
            label,
            None,
            user_id=self._ids.get(index, person.user_id),
            device_id=member.device_id,
            error=words(self._hass, err, member.entry),
        )

    async def _async_back(self, member: Member) -> bool:
        """Wait until a module answers again, for a while."""
        member.lost = await _async_away(self._job, member.client)
        return member.lost is None

    def _give_up(self, member: Member, people: Sequence[Candidate]) -> None:
        """Write a line for everybody that a module could not be given."""
        err = member.lost or FaceModuleConnectionError("no answer")
        for index in sorted(member.todo):
            self._failed(people[index], index, member, err, people[index].label)
