"""The job that writes the people of a module into a zip."""

from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from ..errors import invalid
from ..people.enrollment import Outcome
from ..people.passing import async_original
from ..people.roster import DATA_ROSTER
from .export import ArchiveWriter
from .importing import archive_error
from .job import Job, JobKind
from .jobs import DATA_JOBS
from .members import Member, async_ids, async_persist
from .source import ArchiveError


async def async_export(hass: HomeAssistant, path: Path, member: Member) -> dict[str, Any]:
    """Write everybody on a module to a new zip; return the report.

    Raises ServiceValidationError when it cannot be written, and FaceModuleError.
    GetUserList, GetUserInfo.
    """
    run = hass.async_add_executor_job
    async with hass.data[DATA_JOBS].async_job(JobKind.EXPORT, [member.entry]) as job:
        try:
            writer = await run(partial(ArchiveWriter, path, device=member.entry.title))
            try:
                without = await _async_write(hass, job, writer, member)
                if job.cancelled:
                    await run(writer.abort)
                else:
                    await run(writer.finish, without)
            except BaseException:
                await run(writer.abort)
                raise
        except ArchiveError as err:
            raise archive_error(err) from err
        return job.report() | {"path": None if job.cancelled else str(path)}


async def _async_write(
    hass: HomeAssistant,
    job: Job,
    writer: ArchiveWriter,
    member: Member,
) -> list[tuple[str, str]]:
    """Write the pictures; return who has none."""
    people, roster = member.people, hass.data[DATA_ROSTER]
    device_id = member.device_id
    await people.async_catch_up()
    job.total = await member.client.count_users()
    without: list[tuple[str, str]] = []
    async for user_id in async_ids(member.client):
        if job.cancelled:
            break
        user = await async_persist(job, member, partial(people.async_known, user_id))
        if user is None:
            # Deleted meanwhile, or refused: whoever reads the report knows which.
            error = invalid("user_unknown", user_id=user_id)
            job.async_record(
                user_id, None, user_id=user_id, device_id=device_id, error=error
            )
            continue
        known = roster.who(member.entry.entry_id, user_id, user.name)
        name = people.known.whole_name(user)
        picture = await async_original(hass, member.entry.entry_id, user)
        record = partial(job.async_record, name or user_id, user_id=user_id)
        if picture is None:
            without.append((user_id, name))
            record(None, device_id=device_id, error=invalid("no_picture_known"))
            continue
        write = partial(
            writer.add,
            user_id,
            name,
            known.person if known else None,
            known.minimum_score if known else None,
            picture,
            access=roster.access_of(known, user_id),
        )
        await hass.async_add_executor_job(write)
        record(Outcome.ADDED, device_id=device_id)
    return without
