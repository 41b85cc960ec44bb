"""Jobs with files: people of a folder or zip onto modules, and of a module into a zip."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.exceptions import ServiceValidationError

from .archive import ArchiveError, ArchiveWriter, PeopleSource, SourcePerson, open_source
from .client import QualityControl
from .const import DOMAIN
from .enrollment import Enrollment, Outcome
from .errors import invalid
from .fleet import (
    IDS_READ,
    Candidate,
    Fleet,
    Member,
    async_ids,
    async_persist,
    async_read_ids,
)
from .images import PictureError, PreparedPicture, prepare
from .jobs import DATA_JOBS, Job, JobKind
from .names import clean_name, clean_user_id
from .roster import DATA_ROSTER
from .texts import error_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How people are imported, as in an enrollment."""

    quality: QualityControl
    replace: bool
    allow_duplicate_face: bool


async def async_import(
    hass: HomeAssistant, path: Path, members: list[Member], options: ImportOptions
) -> dict[str, Any]:
    """Enroll the people of a folder or zip; return the report.

    Whoever is there with the same name and picture is left alone, so that it can be
    called again. Raises ServiceValidationError for what cannot be read at all, and
    FaceModuleError.
    """
    jobs = hass.data[DATA_JOBS]
    async with jobs.async_job(JobKind.IMPORT, [m.entry for m in members]) as job:
        try:
            source = await hass.async_add_executor_job(open_source, path)
        except ArchiveError as err:
            raise _archive_error(err) from err
        # One thread: memory that was used for a photo stays with its thread, and one
        # prepares faster than modules take in.
        pool = ThreadPoolExecutor(1, f"{DOMAIN} pictures")
        try:
            await _async_import(hass, job, source, members, options, pool=pool)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            await hass.async_add_executor_job(source.close)
        return job.report()


async def _async_import(
    hass: HomeAssistant,
    job: Job,
    source: PeopleSource,
    members: list[Member],
    options: ImportOptions,
    *,
    pool: Executor,
) -> None:
    job.total = len(source.problems) + len(source.people) * len(members)
    for problem in source.problems:
        error = error_text(hass, invalid(problem.problem, source=problem.source))
        job.async_record(problem.source, None, error=error)
    await async_read_ids(hass, members, limit=IDS_READ)
    for member in members:
        member.todo = set(range(len(source.people)))

    async def load(person: SourcePerson) -> Enrollment:
        # Of an export, everybody comes back as they were.
        exported = person.sha256 is not None
        name = person.name if exported else clean_name(person.name)
        user_id = person.user_id or ""
        if user_id and not exported:
            user_id = clean_user_id(user_id)
        try:
            picture = await hass.loop.run_in_executor(pool, _prepared, source, person)
        except ArchiveError as err:
            raise _archive_error(err, person.source) from err
        except PictureError as err:
            raise invalid(err.problem) from err
        return Enrollment(
            user_id=user_id,
            name=name,
            jpeg=picture.jpeg,
            quality=options.quality,
            replace=options.replace,
            again=True,
            allow_duplicate_face=options.allow_duplicate_face,
        )

    await Fleet(hass, job, members).async_enroll(
        [
            Candidate(
                label=person.source,
                user_id=person.user_id,
                load=partial(load, person),
                person=_person_entity(person.person),
                minimum_score=person.minimum_score,
            )
            for person in source.people
        ]
    )


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
            raise _archive_error(err) from err
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
    job.total = await member.client.count_users()
    without: list[tuple[str, str]] = []
    async for user_id in async_ids(member.client):
        if job.cancelled:
            break
        user = await async_persist(job, member, partial(people.async_known, user_id))
        if user is None:
            # Deleted meanwhile, or refused: whoever reads the report knows which.
            error = error_text(hass, invalid("user_unknown", user_id=user_id))
            job.async_record(
                user_id, None, user_id=user_id, device_id=device_id, error=error
            )
            continue
        picture = await roster.async_jpeg(user_id, user.picture)
        record = partial(job.async_record, user.name or user_id, user_id=user_id)
        if picture is None:
            without.append((user_id, user.name))
            error = error_text(hass, invalid("no_picture_known"))
            record(None, device_id=device_id, error=error)
            continue
        known = roster.get(user_id)
        await hass.async_add_executor_job(
            writer.add,
            user_id,
            user.name,
            known.person if known else None,
            known.minimum_score if known else None,
            picture,
        )
        record(Outcome.ADDED, device_id=device_id)
    return without


def _prepared(source: PeopleSource, person: SourcePerson) -> PreparedPicture:
    return prepare(source.read(person))


def _person_entity(value: str | None) -> str | None:
    """Return the id of a person entity, None for anything else."""
    if value is None or not valid_entity_id(value) or not value.startswith("person."):
        return None
    return value


def _archive_error(err: ArchiveError, source: str = "") -> ServiceValidationError:
    return invalid(err.problem, source=err.source or source)
