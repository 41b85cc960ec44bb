"""Many people onto many modules: from a folder or zip, from a module, from the roster.

Pictures are prepared while the modules work. A module that stops answering is left out
and tried again when the others are done.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import FaceModuleConnectionError, FaceModuleError
from ..errors import async_any_error, invalid
from ..people.enrollment import Enrollment
from ..people.identity import IdTakenError, is_same_name
from ..people.ids import async_id_for, async_new_id
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.rule import AccessRule
from .job import Job
from .members import Member, async_away

# So many pictures are prepared before it is their turn.
_AHEAD: Final = 2


class Candidate(NamedTuple):
    """Somebody to enroll; without `user_id` it is made from the name.

    `load` returns the enrollment, `user_id` empty if it is to be made; it may raise
    HomeAssistantError. It is called before it is this person's turn.
    """

    label: str
    user_id: str | None
    load: Callable[[], Coroutine[Any, Any, Enrollment]]
    person: str | None = None
    minimum_score: float | None = None
    access: AccessRule | None = None


class Fleet:
    """Enrolls many people on some modules."""

    def __init__(self, hass: HomeAssistant, job: Job, members: list[Member]) -> None:
        """Work for `job`."""
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self._job = job
        self._members = members
        self._ids: dict[int, str] = {}
        self._taken: dict[str, tuple[int, str]] = {}
        # The keys of those who are in the roster before any module took them.
        self._expected: dict[int, set[str]] = {}

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
            async with self._id_of(index, loaded, members) as user_id:
                wanted, is_made = replace(loaded, user_id=user_id), not loaded.user_id
                await asyncio.gather(
                    *(
                        self._async_on(person, index, member, wanted, is_made=is_made)
                        for member in members
                        if member.lost is None
                    )
                )
                for key in self._expected.pop(index, ()):
                    await self._roster.async_remove(key, if_nowhere=True)
        except (HomeAssistantError, FaceModuleError) as err:
            for member in members:
                self._failed(person, index, member, err, label)

    async def _async_on(
        self,
        person: Candidate,
        index: int,
        member: Member,
        wanted: Enrollment,
        *,
        is_made: bool,
    ) -> None:
        """Enroll somebody on one module."""
        is_new = member.ids is not None and wanted.user_id not in member.ids
        try:
            await self._async_expect(person, index, member, wanted)
            done = await member.people.async_enroll(wanted, is_new=is_new)
        except IdTakenError as err:
            if is_made and await self._async_other_id(person, index, member, wanted):
                return
            self._failed(person, index, member, err, wanted.name)
        except FaceModuleConnectionError as err:
            member.lost = err
            # Perhaps it was done: next time the module is asked.
            self._expected.pop(index, None)
            if member.ids is not None:
                member.ids.add(wanted.user_id)
        except (HomeAssistantError, FaceModuleError) as err:
            self._failed(person, index, member, err, wanted.name)
        else:
            if member.ids is not None:
                member.ids.add(wanted.user_id)
            member.todo.discard(index)
            self._link(person, wanted, member)
            self._job.async_record(
                wanted.name,
                done.outcome,
                user_id=wanted.user_id,
                device_id=member.device_id,
                person=index,
            )

    async def _async_other_id(
        self, person: Candidate, index: int, member: Member, wanted: Enrollment
    ) -> bool:
        """Enroll somebody whose id the module gave to somebody else; say if there was one.

        Other modules may have them under the first id already.
        """
        if member.ids is not None:
            member.ids.add(wanted.user_id)
        try:
            user_id = await async_id_for(
                self._hass,
                wanted.name,
                [member],
                same_name=True,
                skip=self._taken.__contains__,
            )
        except HomeAssistantError:
            return False
        other = replace(wanted, user_id=user_id)
        await self._async_on(person, index, member, other, is_made=False)
        return True

    @asynccontextmanager
    async def _id_of(
        self, index: int, loaded: Enrollment, members: list[Member]
    ) -> AsyncGenerator[str]:
        """Give the id of somebody: the given one, that of the name, or a new one.

        Two of one job never get the same. Raises ServiceValidationError, FaceModuleError.
        """
        user_id = self._ids.get(index) or loaded.user_id
        if user_id:
            yield self._take(index, loaded.name, user_id)
            return

        def is_anothers(user_id: str) -> bool:
            taken = self._taken.get(user_id)
            return taken is not None and not is_same_name(taken[1], loaded.name)

        async with async_new_id(
            self._hass, loaded.name, members, same_name=True, skip=is_anothers
        ) as user_id:
            yield self._take(index, loaded.name, user_id)

    def _take(self, index: int, name: str, user_id: str) -> str:
        if self._taken.setdefault(user_id, (index, name))[0] != index:
            raise invalid("twice_in_job", user_id=user_id)
        self._ids[index] = user_id
        return user_id

    async def _async_expect(
        self, person: Candidate, index: int, member: Member, wanted: Enrollment
    ) -> None:
        """Have the rule of somebody new on disk before any module knows them.

        Raises ServiceValidationError if it is not.
        """
        if person.access is None:
            return
        entry_id, user_id, name = member.entry.entry_id, wanted.user_id, wanted.name
        if self._roster.who(entry_id, user_id, name) is None:
            new = self._roster.async_new(user_id, name)
            self._expected.setdefault(index, set()).add(new.key)
            self._keep(person, new)
        await self._roster.async_save()

    def _link(self, person: Candidate, wanted: Enrollment, member: Member) -> None:
        """Keep what came with somebody besides the picture."""
        entry_id = member.entry.entry_id
        if (known := self._roster.who(entry_id, wanted.user_id, wanted.name)) is not None:
            self._keep(person, known)

    def _keep(self, person: Candidate, known: RosterPerson) -> None:
        if person.person is not None:
            known = replace(known, person=person.person)
        if person.minimum_score is not None:
            known = replace(known, minimum_score=person.minimum_score)
        if person.access is not None:
            known = replace(known, access=person.access)
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
            error=async_any_error(self._hass, err, member.entry),
            person=index,
        )

    async def _async_back(self, member: Member) -> bool:
        """Wait until a module answers again, for a while."""
        member.lost = await async_away(self._job, member.client)
        return member.lost is None

    def _give_up(self, member: Member, people: Sequence[Candidate]) -> None:
        """Write a line for everybody that a module could not be given."""
        err = member.lost or FaceModuleConnectionError("no answer")
        for index in sorted(member.todo):
            self._failed(people[index], index, member, err, people[index].label)
