"""Websocket commands: what an action cannot tell, because it is told as it happens."""

from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.components.websocket_api.decorators import (
    require_admin,
    websocket_command,
)
from homeassistant.components.websocket_api.messages import event_message
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from ..const import DOMAIN
from ..errors import invalid
from ..fleet.job import Job
from ..fleet.jobs import DATA_JOBS
from ..texts import error_text
from .book import async_setup_book_api
from .importing import async_setup_import_api
from .people import async_setup_people_api
from .strangers import async_setup_strangers_api
from .visits import async_setup_visits_api

_JOBS_SUBSCRIBE: Final = f"{DOMAIN}/jobs/subscribe"
_JOBS_CANCEL: Final = f"{DOMAIN}/jobs/cancel"


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register all commands."""
    websocket_api.async_register_command(hass, jobs_subscribe)
    websocket_api.async_register_command(hass, jobs_cancel)
    async_setup_import_api(hass)
    async_setup_people_api(hass)
    async_setup_visits_api(hass)
    async_setup_book_api(hass)
    async_setup_strangers_api(hass)


@websocket_command({vol.Required("type"): _JOBS_SUBSCRIBE})
@require_admin
@callback
def jobs_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send how far each job is, now and as it goes on; never a name.

    Also of those that ended and whose report is still there.
    """

    @callback
    def send(job: Job) -> None:
        connection.send_message(event_message(msg["id"], job.progress()))

    jobs = hass.data[DATA_JOBS]
    connection.subscriptions[msg["id"]] = jobs.async_subscribe(send)
    connection.send_result(msg["id"])
    for job in (*jobs.ended, *jobs.running):
        send(job)


@websocket_command({vol.Required("type"): _JOBS_CANCEL, vol.Required("job_id"): str})
@require_admin
@callback
def jobs_cancel(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """End a job after the person it is at."""
    if (job := hass.data[DATA_JOBS].get(msg["job_id"])) is None:
        gone = invalid("job_not_running")
        connection.send_error(
            msg["id"],
            ERR_NOT_FOUND,
            error_text(hass, gone),
            translation_domain=gone.translation_domain,
            translation_key=gone.translation_key,
        )
        return
    job.async_cancel()
    connection.send_result(msg["id"])
