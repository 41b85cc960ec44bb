"""Face Module: a face recognition camera module on the LAN. Wiring only."""

from homeassistant.const import CONF_PASSWORD, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .backfill import BackFill
from .client import FACTORY_PASSWORD
from .const import CONF_WEBHOOK_IDS, DOMAIN, ISSUE_FACTORY_PASSWORD
from .coordinator import FaceModuleCoordinator
from .disk import folder_of, remove_folder
from .frontend import async_setup_frontend
from .issues import async_clear, async_clear_all, async_clear_momentary, async_raise
from .jobs import DATA_JOBS, Jobs
from .models import FaceModuleConfigEntry, FaceModuleRuntime, client_for
from .pending import async_remove_pending
from .people import People
from .recognition import FaceModuleVisits
from .roster import DATA_ROSTER, Roster
from .seen import async_remove_seen
from .sentences import (
    DATA_SENTENCES,
    Sentences,
    async_remove_sentences,
    async_update_sentences,
)
from .services import async_setup_services
from .uploads import DATA_UPLOADS, UploadedPictureView, Uploads, UploadView
from .views import PersonPictureView, VisitPictureView
from .webhook import FaceModuleCallbacks, async_withdraw
from .websocket_api import async_setup_websocket_api

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all modules share."""
    hass.data[DATA_ROSTER] = roster = Roster(hass)
    await roster.async_load()
    hass.data[DATA_JOBS] = jobs = Jobs(hass)
    await jobs.async_load()
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    await async_setup_frontend(hass)
    hass.http.register_view(VisitPictureView)
    hass.http.register_view(PersonPictureView)
    hass.data[DATA_SENTENCES] = Sentences(hass)
    hass.async_create_background_task(async_update_sentences(hass), f"{DOMAIN} sentences")
    hass.data[DATA_UPLOADS] = Uploads(hass)
    hass.http.register_view(UploadView)
    hass.http.register_view(UploadedPictureView)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> bool:
    """Set up one module."""
    client = client_for(hass, entry.data)
    coordinator = FaceModuleCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    callbacks = FaceModuleCallbacks(hass, entry, coordinator)
    people = People(hass, entry, coordinator)
    visits = FaceModuleVisits(hass, entry, coordinator)
    await visits.async_load()
    back_fill = BackFill(hass, entry, coordinator, visits)
    entry.runtime_data = FaceModuleRuntime(
        client=client,
        coordinator=coordinator,
        callbacks=callbacks,
        people=people,
        visits=visits,
        back_fill=back_fill,
    )
    if entry.data[CONF_PASSWORD] == FACTORY_PASSWORD:
        async_raise(hass, entry, ISSUE_FACTORY_PASSWORD)
    else:
        async_clear(hass, entry, ISSUE_FACTORY_PASSWORD)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    # After the entities, so that they miss no callback.
    visits.async_start()
    back_fill.async_start()
    await callbacks.async_start()
    await people.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> bool:
    """Unload one module and take our addresses back from it."""
    # Before the entities go: what nobody can be told is not called told.
    entry.runtime_data.visits.async_quiet()
    hass.data[DATA_JOBS].async_cancel(entry.entry_id)
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.people.async_stop()
    await entry.runtime_data.callbacks.async_withdraw()
    entry.runtime_data.back_fill.async_stop()
    await entry.runtime_data.visits.async_stop()
    async_clear_momentary(hass, entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> None:
    """Forget one module; it may have been out of reach when it was unloaded."""
    await async_withdraw(client_for(hass, entry.data), entry.data[CONF_WEBHOOK_IDS])
    async_clear_all(hass, entry)
    await hass.async_add_executor_job(remove_folder, folder_of(hass, entry.entry_id))
    await async_remove_seen(hass, entry.entry_id)
    await async_remove_pending(hass, entry.entry_id)
    hass.data[DATA_ROSTER].async_gone(entry.entry_id)
    if not hass.config_entries.async_entries(DOMAIN):
        # Nobody could see or delete it any more.
        await hass.data[DATA_ROSTER].async_clear()
        await async_remove_sentences(hass)
