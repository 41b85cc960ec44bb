"""Modules brought in line with another module, or with the roster.

Only ids are read of everybody; names and pictures of those who are to be copied, or
compared.
"""

from enum import StrEnum
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .client import FaceModuleError
from .enrollment import Enrollment, Outcome
from .errors import invalid, translated_errors, words
from .fleet import (
    SAVE_EVERY,
    Candidate,
    Fleet,
    Member,
    async_ids,
    async_persist,
    async_read_ids,
)
from .jobs import DATA_JOBS, Job, JobKind
from .roster import DATA_ROSTER, digest


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
) -> dict[str, Any]:
    """Bring modules in line with another, or with the roster; return the report.

    Without `members` the roster learns what the source knows. With `dry_run` nothing is
    written. Raises ServiceValidationError and FaceModuleError.
    """
    entries = [member.entry for member in (*members, *([source] if source else []))]
    jobs = hass.data[DATA_JOBS]
    async with jobs.async_job(JobKind.SYNC, entries, dry_run=dry_run) as job:
        sync = _Sync(hass, job, source, members, mode, dry_run=dry_run)
        await sync.async_run()
        return job.report() | {"dry_run": dry_run}


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
    ) -> None:
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self._job = job
        self._source = source
        self._members = members
        self._mode = mode
        self._dry_run = dry_run

    async def async_run(self) -> None:
        await async_read_ids(self._hass, self._members)
        ids = await self._async_source_ids()
        if not ids:
            # An empty source is rather a mistake than a wish to lose everybody.
            raise invalid("source_empty")
        if not self._members:
            await self._async_to_roster(ids)
            return
        for member in self._members:
            there = member.ids or set()
            member.todo = {
                index
                for index, user_id in enumerate(ids)
                if self._mode is SyncMode.MIRROR or user_id not in there
            }
            extra = there - set(ids) if self._mode is SyncMode.MIRROR else set()
            self._job.total += len(ids) + len(extra)
            self._job.async_unchanged(len(ids) - len(member.todo))
        people = [self._candidate(user_id) for user_id in ids]
        if self._dry_run:
            await self._async_plan(people)
        else:
            await Fleet(self._hass, self._job, self._members).async_enroll(people)
        if self._mode is SyncMode.MIRROR:
            for member in self._members:
                await self._async_mirror(member, set(ids))

    async def _async_source_ids(self) -> list[str]:
        if self._source is None:
            return list(self._roster.people)
        async with translated_errors(self._hass, self._source.entry):
            return [user_id async for user_id in async_ids(self._source.client)]

    def _candidate(self, user_id: str) -> Candidate:
        return Candidate(
            label=self._label(user_id),
            user_id=user_id,
            load=partial(self._async_load, user_id),
        )

    def _label(self, user_id: str) -> str:
        """Return how somebody is called who was not read yet."""
        known = self._roster.get(user_id)
        return known.name if known else user_id

    async def _async_load(self, user_id: str) -> Enrollment:
        """Return somebody of the source; raises HomeAssistantError."""
        known = self._roster.get(user_id)
        name, picture = (known.name if known else ""), None
        if (source := self._source) is not None:
            ask = partial(source.people.async_known, user_id)
            try:
                user = await async_persist(self._job, source, ask)
            except FaceModuleError as err:
                log = words(self._hass, err, source.entry)
                raise invalid("source_failed", log=log) from err
            if user is None:
                raise invalid("user_unknown", user_id=user_id)
            name, picture = user.name, user.picture
        picture = await self._roster.async_jpeg(user_id, picture)
        if picture is None:
            raise invalid("no_picture_known")
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
            for index in sorted(member.todo):
                if self._job.cancelled:
                    return
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
                    error = words(self._hass, err, member.entry)
                    record(people[index].label, None, error=error)
                else:
                    record(wanted.name, outcome)

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
            if await self._async_has(user_id):
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
                record(None, error=words(self._hass, err, member.entry))
            else:
                record(Outcome.REMOVED)

    async def _async_has(self, user_id: str) -> bool:
        """Say whether the source has somebody, or may have."""
        if (source := self._source) is None:
            return self._roster.get(user_id) is not None
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
            known = self._roster.get(user_id)
            try:
                found = await self._async_load(user_id)
            except HomeAssistantError as err:
                error = words(self._hass, err, entry)
                record(self._label(user_id), None, error=error)
                continue
            outcome = Outcome.ADDED
            if known is not None:
                same = known.name == found.name and known.picture == digest(found.jpeg)
                outcome = Outcome.UNCHANGED if same else Outcome.REPLACED
            if not self._dry_run and outcome is not Outcome.UNCHANGED:
                await self._roster.async_enrolled(
                    entry.entry_id, user_id, found.name, found.jpeg
                )
            record(found.name or user_id, outcome)
            if self._job.done % SAVE_EVERY == 0:
                await self._roster.async_save()
        await self._roster.async_save()
