"""Websocket commands of an import from a browser: begin it, hand it its files, its report.

The files come by Home Assistant's own `POST /api/file_upload`.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..client import QualityControl
from ..const import ATTR_ALLOW_DUPLICATE, ATTR_IF_EXISTS
from ..errors import invalid
from ..fleet.file_names import name_of, stem_of
from ..fleet.importing import ImportOptions, async_begin_import
from ..fleet.jobs import DATA_JOBS
from ..fleet.members import Member
from ..fleet.receiving import DATA_RECEIVING, MAX_FILES, Receiving, SendProblem
from ..runtime import device_of
from .common import ENTRIES, ENTRY_IDS, admin_command, entry_of

JOB_ID: Final = "job_id"
PERSON: Final = "person"
_JOB: Final[Mapping[vol.Marker, Any]] = {vol.Required(JOB_ID): cv.string}
_PATH: Final = vol.All(cv.string, vol.Length(min=1, max=1024))


@callback
def async_setup_import_api(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in (
        *(import_start, import_file, people_name),
        *(jobs_report, jobs_dismiss, jobs_settle),
    ):
        websocket_api.async_register_command(hass, command)


@admin_command(
    "import/start",
    {
        **ENTRIES,
        vol.Required("files"): vol.All(int, vol.Range(min=1, max=MAX_FILES)),
        vol.Optional(ATTR_IF_EXISTS, default="fail"): vol.In(["fail", "replace"]),
        vol.Optional(ATTR_ALLOW_DUPLICATE, default=False): bool,
    },
)
async def import_start(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Begin an import of files that are sent from now on; the job of import_users."""
    options = ImportOptions(
        quality=QualityControl.NONE,
        replace=msg[ATTR_IF_EXISTS] == "replace",
        allow_duplicate_face=msg[ATTR_ALLOW_DUPLICATE],
    )
    members = [_member(hass, entry_id) for entry_id in dict.fromkeys(msg[ENTRY_IDS])]
    job = await async_begin_import(hass, msg["files"], members, options)
    return {JOB_ID: job.job_id}


@admin_command(
    "import/file",
    {
        **_JOB,
        vol.Required("path"): _PATH,
        vol.Exclusive("file_id", "what"): cv.string,
        vol.Exclusive("problem", "what"): vol.Coerce(SendProblem),
    },
)
async def import_file(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Hand an import a file that was sent, or say why it cannot be sent.

    `path` is its name, with the folders that it was in.
    """
    receiving = _receiving(hass, msg[JOB_ID])
    if (file_id := msg.get("file_id")) is not None:
        await receiving.async_take(file_id, msg["path"])
    else:
        receiving.async_refuse(msg["path"], msg.get("problem", SendProblem.FAILED))
    return {}


@admin_command("people/name", {vol.Required("file"): _PATH})
async def people_name(_hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return the name that a file says, by the rule of the import; null for nobody's."""
    return {"name": name_of(stem_of(msg["file"]))}


@admin_command("jobs/report", _JOB)
async def jobs_report(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return the report of an import that ended within the last hour."""
    return hass.data[DATA_JOBS].get_ended(msg[JOB_ID]).told()


@admin_command("jobs/dismiss", _JOB)
async def jobs_dismiss(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Forget a report, and the pictures that came with it."""
    hass.data[DATA_JOBS].async_dismiss(msg[JOB_ID])
    return {}


@admin_command("jobs/settle", {**_JOB, vol.Required(PERSON): int})
async def jobs_settle(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Note in a report that somebody who failed was enrolled by hand."""
    hass.data[DATA_JOBS].get_ended(msg[JOB_ID]).async_settle(msg[PERSON])
    return {}


def _member(hass: HomeAssistant, entry_id: str) -> Member:
    """Return a module that is set up; raises ServiceValidationError."""
    entry = entry_of(hass, entry_id)
    runtime = entry.runtime_data
    device = device_of(hass, entry)
    return Member(device.id if device else "", entry, runtime.people, runtime.client)


def _receiving(hass: HomeAssistant, job_id: str) -> Receiving:
    """Return the import that waits for files; raises ServiceValidationError."""
    if (found := hass.data.get(DATA_RECEIVING, {}).get(job_id)) is None:
        raise invalid("job_not_receiving")
    return found
