"""The job that enrolls the people of a folder or zip, or of what a browser sends."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..client import QualityControl
from ..const import DOMAIN, LOGGER
from ..errors import invalid
from ..people.enrollment import Enrollment
from ..people.names import clean_name, clean_user_id
from ..pictures.prepare import PictureError, PreparedPicture, prepare
from .bulk import Candidate, Fleet
from .job import Job, JobKind
from .jobs import DATA_JOBS
from .members import IDS_READ, Member, async_read_ids
from .receiving import DATA_RECEIVING, Receiving
from .source import ArchiveError, ArchiveProblem, SourcePerson, SourceProblem

if TYPE_CHECKING:
    from .archive import PeopleSource

# Of so many who failed the picture is kept, so that they can be enrolled by hand.
_PICTURES_KEPT: Final = 30
# What is the matter with who is on a picture, not with the picture.
_ABOUT_PICTURES: Final = frozenset((
    *(ArchiveProblem.NO_NAME, ArchiveProblem.NOT_LISTED, ArchiveProblem.AMBIGUOUS),
    *(ArchiveProblem.TWICE, ArchiveProblem.ROW),
))  # fmt: skip

# What failed before it was anybody's turn: a file, and why.
type _Line = tuple[str, ServiceValidationError]


class ImportOptions(NamedTuple):
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
        run = _Import(hass, job, members, options)
        try:
            await run.async_run(path)
        except ArchiveError as err:
            raise archive_error(err) from err
        return job.report()


async def async_begin_import(
    hass: HomeAssistant, files: int, members: list[Member], options: ImportOptions
) -> Job:
    """Begin the import of `files` that are sent from now on, and return its job.

    It goes on by itself; what stops it altogether is the job's error. Raises
    ServiceValidationError when a module is busy with another job.
    """
    jobs = hass.data[DATA_JOBS]
    async with AsyncExitStack() as stack:
        job = await stack.enter_async_context(
            jobs.async_job(JobKind.IMPORT, [m.entry for m in members])
        )
        receiving = Receiving(hass, job, files)
        all_receiving = hass.data.setdefault(DATA_RECEIVING, {})
        all_receiving[job.job_id] = receiving
        stack.callback(all_receiving.pop, job.job_id)
        stack.push_async_callback(hass.async_add_executor_job, receiving.close)
        run = _Import(hass, job, members, options)
        hass.async_create_task(
            _async_sent(run, receiving, stack.pop_all()), f"{DOMAIN} import"
        )
    job.changed()
    return job


async def _async_sent(run: _Import, receiving: Receiving, stack: AsyncExitStack) -> None:
    """Wait for the files and import them; `stack` ends the job and deletes them."""
    job = run.job
    async with stack:
        await receiving.async_all()
        if job.cancelled:
            return
        try:
            await run.async_run(receiving.files, receiving.refused)
        except ArchiveError as err:
            if err.problem is ArchiveProblem.EMPTY and receiving.refused:
                # They say why there is nothing.
                run.record(receiving.refused)
            else:
                job.error = archive_error(err)
        except HomeAssistantError as err:
            job.error = err
        except Exception:  # noqa: BLE001 # logged, and told whoever waits for the report
            LOGGER.exception("The import ended by an error")
            job.error = invalid("job_crashed")


class _Import:
    """One import."""

    def __init__(
        self, hass: HomeAssistant, job: Job, members: list[Member], options: ImportOptions
    ) -> None:
        self._hass = hass
        self.job = job
        self._members = members
        self._options = options
        # One thread: memory that was used for a photo stays with its thread, and one
        # prepares faster than modules take in.
        self._pool = ThreadPoolExecutor(1, f"{DOMAIN} pictures")

    async def async_run(
        self, given: Path | dict[str, Path], lines: Iterable[_Line] = ()
    ) -> None:
        """Import a path, or files that were sent; `lines` are what failed before.

        Raises ArchiveError for what cannot be read at all, and HomeAssistantError.
        """
        source = await self._hass.async_add_executor_job(_open, self._hass, given)
        try:
            self.job.total = len(source.people) * len(self._members)
            self.record(lines)
            for note in source.notes:
                self.job.async_note(note.source, _said(note))
            found = ((problem.source, _said(problem)) for problem in source.problems)
            self.record(found, len(source.people))
            await self._async_enroll(source)
            await self._async_keep_failed(source)
        finally:
            await self._hass.async_add_executor_job(self._close, source)

    def _close(self, source: PeopleSource) -> None:
        # Whoever is prepared just now reads from the source.
        self._pool.shutdown(cancel_futures=True)
        source.close()

    def record(self, lines: Iterable[_Line], first: int | None = None) -> None:
        """Write down what failed before; from `first` on, their places in the source."""
        found = list(lines)
        self.job.total += len(found)
        for number, (name, error) in enumerate(found):
            person = None if first is None else first + number
            self.job.async_record(name, None, error=error, person=person)

    async def _async_enroll(self, source: PeopleSource) -> None:
        await async_read_ids(self._hass, self._members, limit=IDS_READ)
        for member in self._members:
            member.todo = set(range(len(source.people)))
        await Fleet(self._hass, self.job, self._members).async_enroll(
            [
                Candidate(
                    label=person.source,
                    user_id=person.user_id,
                    load=partial(self._async_load, source, person),
                    person=_person_entity(person.person),
                    minimum_score=person.minimum_score,
                    access=person.access,
                )
                for person in source.people
            ]
        )

    async def _async_load(self, source: PeopleSource, person: SourcePerson) -> Enrollment:
        # Of an export, everybody comes back as they were.
        exported = person.sha256 is not None
        name = person.name if exported else clean_name(person.name)
        user_id = person.user_id or ""
        if user_id and not exported:
            user_id = clean_user_id(user_id)
        try:
            picture = await self._async_picture(source, person)
        except ArchiveError as err:
            raise archive_error(err, person.source) from err
        except PictureError as err:
            raise invalid(err.problem) from err
        return Enrollment(
            user_id=user_id,
            name=name,
            jpeg=picture.jpeg,
            quality=self._options.quality,
            replace=self._options.replace,
            again=True,
            by_name=True,
            allow_duplicate_face=self._options.allow_duplicate_face,
        )

    async def _async_picture(
        self, source: PeopleSource, person: SourcePerson
    ) -> PreparedPicture:
        def prepared() -> PreparedPicture:
            return prepare(source.read(person))

        return await self._hass.loop.run_in_executor(self._pool, prepared)

    async def _async_keep_failed(self, source: PeopleSource) -> None:
        """Keep pictures of those who failed: they are put right without the files."""
        job = self.job
        known = [person.source for person in source.people]
        known += [problem.source for problem in source.problems]
        first = len(source.people)
        pictures = {*range(first)} | {
            first + number
            for number, problem in enumerate(source.problems)
            if problem.problem in _ABOUT_PICTURES
        }
        failed = (line.person for line in job.failed if line.person is not None)
        for person in dict.fromkeys(failed):
            job.sources[person] = name = known[person]
            kept = len(job.pictures) >= _PICTURES_KEPT
            if job.cancelled or kept or person not in pictures:
                continue
            with suppress(ArchiveError, PictureError):
                given = SourcePerson(source=name, name="")
                job.pictures[person] = (await self._async_picture(source, given)).jpeg


def _open(hass: HomeAssistant, given: Path | dict[str, Path]) -> PeopleSource:
    """Open a path, or files that were sent; raises ArchiveError. Blocking.

    What reads them is large, and most homes import once: it is loaded here, in the
    executor, and not whenever Home Assistant starts.
    """
    from .archive import open_source  # noqa: PLC0415
    from .charsets import Home  # noqa: PLC0415
    from .sent import open_sent  # noqa: PLC0415

    home = Home(hass.config.language, hass.config.country)
    return open_sent(given, home) if isinstance(given, dict) else open_source(given, home)


def archive_error(err: ArchiveError, source: str = "") -> ServiceValidationError:
    """Return the translated error for a folder or zip."""
    return invalid(err.problem, source=err.source or source)


def _said(line: SourceProblem) -> ServiceValidationError:
    return invalid(line.problem, source=line.source, **line.more)


def _person_entity(value: str | None) -> str | None:
    """Return the id of a person entity, None for anything else."""
    if value is None or not valid_entity_id(value) or not value.startswith("person."):
        return None
    return value
