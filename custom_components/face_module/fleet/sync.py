"""Modules brought in line with another module, or with the roster.

Only ids are read of everybody; names and pictures of those who are to be copied, or
compared.
"""

from collections.abc import Collection
from enum import StrEnum
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.json import JsonObjectType

from ..client import FaceModuleError
from ..errors import async_any_error, invalid, translated_errors, words
from ..people.enrollment import Enrollment, Outcome
from ..people.identity import IdTakenError, is_same_name
from ..people.passing import async_original
from ..people.roster import DATA_ROSTER, RosterPerson, digest
from .bulk import Candidate, Fleet
from .job import Job, JobKind
from .jobs import DATA_JOBS
from .members import Member, async_ids, async_persist, async_read_ids


class SyncMode(StrEnum):
    """Whether a module keeps people that the source does not have."""

    ADD = "add"
    MIRROR = "mirror"


async def async_sync(
    hass: HomeAssistant,
    source: Member | None,
    members: list[Member],
    mode: SyncMode,
    *,
    dry_run: bool,
    only: Collection[str],
) -> dict[str, Any]:
    """Bring modules in line with another, or with the roster; return the report.

    Without `members` the roster learns what the source knows. With `only` user ids it is
    about these, else about everybody. With `dry_run` nothing is
    written, and `conflicts` are who has the same user id as somebody else. Raises
    ServiceValidationError and FaceModuleError.
    """
    entries = [member.entry for member in (*members, *([source] if source else []))]
    jobs = hass.data[DATA_JOBS]
    async with jobs.async_job(JobKind.SYNC, entries, dry_run=dry_run) as job:
        sync = _Sync(hass, job, source, members, mode, dry_run=dry_run, only=only)
        await sync.async_run()
        conflicts = {"conflicts": sync.conflicts} if sync.conflicts else {}
        return job.report() | {"dry_run": dry_run} | conflicts


class _Sync:
    """One run of sync_users."""

    def __init__(
        self,
        hass: HomeAssistant,
        job: Job,
        source: Member | None,
        members: list[Member],
        mode: SyncMode,
        *,
        dry_run: bool,
        only: Collection[str],
    ) -> None:
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self._job = job
        self._source = source
        self._members = members
        self._mode = mode
        self._dry_run = dry_run
        self._only = only
        self.conflicts: list[JsonObjectType] = []

    async def async_run(self) -> None:
        for member in (*self._members, *([self._source] if self._source else [])):
            # Whoever is to be forgotten there is not copied.
            await member.people.async_catch_up()
        await async_read_ids(self._hass, self._members)
        people = await self._async_source_people()
        if not people:
            # An empty source is rather a mistake than a wish to lose everybody.
            raise invalid("source_empty")
        ids = {person.user_id or "" for person in people}
        people = [person for person in people if self._is_meant(person.user_id or "")]
        if not self._members:
            await self._async_to_roster([person.user_id or "" for person in people])
            return
        for member in self._members:
            there = member.ids or set()
            member.todo = {
                index
                for index, person in enumerate(people)
                if self._mode is SyncMode.MIRROR or person.user_id not in there
            }
            extra = {one for one in there - ids if self._is_meant(one)}
            if self._mode is not SyncMode.MIRROR:
                extra = set()
            self._job.total += len(people) + len(extra)
            if not self._dry_run:
                self._job.async_unchanged(len(people) - len(member.todo))
        if self._dry_run:
            await self._async_plan(people)
        else:
            await Fleet(self._hass, self._job, self._members).async_enroll(people)
        if self._mode is SyncMode.MIRROR:
            for member in self._members:
                await self._async_mirror(member, ids)

    def _is_meant(self, user_id: str) -> bool:
        return not self._only or user_id in self._only

    async def _async_source_people(self) -> list[Candidate]:
        if self._source is None:
            return [self._candidate(p.user_id, p) for p in self._roster.people.values()]
        async with translated_errors(self._hass, self._source.entry):
            ids = [user_id async for user_id in async_ids(self._source.client)]
        return [self._candidate(user_id) for user_id in ids]

    def _candidate(self, user_id: str, known: RosterPerson | None = None) -> Candidate:
        return Candidate(
            label=known.name if known else self._label(user_id),
            user_id=user_id,
            load=partial(self._async_load, user_id, known),
        )

    def _label(self, user_id: str) -> str:
        """Return how somebody is called who was not read yet."""
        return next((person.name for person in self._roster.of_id(user_id)), user_id)

    async def _async_read(
        self, user_id: str, known: RosterPerson | None = None
    ) -> tuple[str, bytes, bytes | None]:
        """Return name and picture of somebody of the source, and what a module shows.

        Raises HomeAssistantError.
        """
        name, picture, shown = known.name if known else "", None, None
        if (source := self._source) is None:
            picture = await self._roster.async_picture(known.key if known else "")
        else:
            ask = partial(source.people.async_known, user_id)
            try:
                user = await async_persist(self._job, source, ask)
            except FaceModuleError as err:
                log = words(self._hass, err, source.entry)
                raise invalid("source_failed", log=log) from err
            if user is None:
                raise invalid("user_unknown", user_id=user_id)
            name, shown = source.people.known.whole_name(user), user.picture
            picture = await async_original(self._hass, source.entry.entry_id, user)
        if picture is None:
            raise invalid("no_picture_known")
        return name, picture, shown

    async def _async_load(
        self, user_id: str, known: RosterPerson | None = None
    ) -> Enrollment:
        """Return somebody of the source; raises HomeAssistantError."""
        name, picture, _ = await self._async_read(user_id, known)
        return Enrollment(
            user_id=user_id,
            name=name,
            jpeg=picture,
            replace=self._mode is SyncMode.MIRROR,
            again=self._mode is SyncMode.MIRROR,
            keep=self._mode is SyncMode.ADD,
            allow_duplicate_face=True,
            proven=True,
        )

    async def _async_plan(self, people: list[Candidate]) -> None:
        """Write down what enrolling would come to."""
        for member in self._members:
            for index in range(len(people)):
                if self._job.cancelled:
                    return
                if index not in member.todo:
                    await self._async_compare_names(people[index], member)
                    continue
                user_id = people[index].user_id or ""
                record = partial(
                    self._job.async_record, user_id=user_id, device_id=member.device_id
                )
                try:
                    wanted = await people[index].load()
                    is_new = user_id not in (member.ids or ())
                    plan = partial(member.people.async_plan, wanted, is_new=is_new)
                    outcome = await async_persist(self._job, member, plan)
                except (HomeAssistantError, FaceModuleError) as err:
                    self._note(err, member)
                    error = async_any_error(self._hass, err, member.entry)
                    record(people[index].label, None, error=error)
                else:
                    record(wanted.name, outcome)

    async def _async_compare_names(self, person: Candidate, member: Member) -> None:
        """Write down if the source and a module mean two people by the same user id."""
        user_id = person.user_id or ""
        name: str | None = person.label
        try:
            if self._source is not None:
                name = await self._source.async_holder(user_id)
            there = await member.async_holder(user_id)
            if name is not None and there is not None and not is_same_name(name, there):
                raise IdTakenError(user_id, there, wanted=name)
        except (HomeAssistantError, FaceModuleError) as err:
            self._note(err, member)
            self._job.async_record(
                name or person.label,
                None,
                user_id=user_id,
                device_id=member.device_id,
                error=async_any_error(self._hass, err, member.entry),
            )
        else:
            self._job.async_unchanged(1)

    def _note(self, err: Exception, member: Member) -> None:
        """Keep who shares a user id with somebody else, for the report."""
        if isinstance(err, IdTakenError):
            said = err.translation_placeholders or {}
            self.conflicts.append(
                {
                    "user_id": said["user_id"],
                    "name": said.get("wanted"),
                    "device_id": member.device_id,
                    "name_there": said["name"],
                }
            )

    async def _async_mirror(self, member: Member, ids: set[str]) -> None:
        """Remove whom the source does not have.

        A list is read in pages, between which people come and go: so the source is asked
        for each, and nobody is removed who may be there.
        """
        if member.ids is None and member.lost is None:
            await async_read_ids(self._hass, [member])
        for user_id in sorted((member.ids or set()) - ids):
            if self._job.cancelled:
                return
            if not self._is_meant(user_id) or await self._async_has(user_id):
                continue
            record = partial(
                self._job.async_record,
                self._label(user_id),
                user_id=user_id,
                device_id=member.device_id,
            )
            try:
                if not self._dry_run:
                    delete = partial(member.people.async_delete, user_id)
                    await async_persist(self._job, member, delete)
            except (HomeAssistantError, FaceModuleError) as err:
                record(None, error=async_any_error(self._hass, err, member.entry))
            else:
                record(Outcome.REMOVED)

    async def _async_has(self, user_id: str) -> bool:
        """Say whether the source has somebody, or may have."""
        if (source := self._source) is None:
            return bool(self._roster.of_id(user_id))
        if source.people.is_half_done(user_id):
            return True
        try:
            ask = partial(source.people.async_known, user_id)
            return await async_persist(self._job, source, ask) is not None
        except FaceModuleError:
            return True

    async def _async_to_roster(self, ids: list[str]) -> None:
        """Let Home Assistant remember whom the source knows."""
        assert self._source is not None  # noqa: S101 # the action wants one of both
        entry = self._source.entry
        self._job.total = len(ids)
        for user_id in ids:
            if self._job.cancelled:
                break
            record = partial(self._job.async_record, user_id=user_id)
            try:
                name, jpeg, shown = await self._async_read(user_id)
            except HomeAssistantError as err:
                record(self._label(user_id), None, error=err)
                continue
            new = digest(jpeg)
            known = self._roster.known_as(entry.entry_id, user_id, name, new)
            outcome = Outcome.ADDED
            if known is not None:
                same = known.name == name and known.picture == new
                outcome = Outcome.UNCHANGED if same else Outcome.REPLACED
            if not self._dry_run and outcome is not Outcome.UNCHANGED:
                await self._roster.async_enrolled(
                    entry.entry_id, user_id, name, jpeg, shown, is_new=False
                )
            record(name or user_id, outcome)
        await self._roster.async_save()
