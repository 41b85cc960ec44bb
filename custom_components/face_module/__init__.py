"""Face Module: a face recognition camera module on the LAN. Wiring only."""

from functools import partial

from homeassistant.const import CONF_PASSWORD, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .callbacks.writing import async_withdraw
from .client import FACTORY_PASSWORD
from .const import CONF_WEBHOOK_IDS, DOMAIN, ISSUE_FACTORY_PASSWORD
from .device.connection import client_for
from .fleet.guests import Guests
from .fleet.holding import async_hold_all
from .fleet.jobs import DATA_JOBS, Jobs
from .fleet.person_devices import DATA_PERSON_DEVICES, PersonDevices
from .fleet.undoing import DATA_UNDO, Undo
from .frontend import async_remove_page, async_setup_frontend, async_show_page
from .issues import async_clear, async_clear_all, async_clear_momentary, async_raise
from .options import migrated_options
from .people.asked import AskedEntities
from .people.conflicts import DATA_CONFLICTS, Conflicts
from .people.pending import async_remove_pending
from .people.portraits import Portrait, async_kept
from .people.restored import async_hold_restored
from .people.roster import DATA_ROSTER, Roster
from .people.waiting import DATA_WAITING, WaitingChanges
from .pictures.uploads import DATA_UPLOADS, UploadedPictureView, Uploads, UploadView
from .pictures.views import PersonPictureView, StrangerPictureView, VisitPictureView
from .publish.announced import DATA_ANNOUNCED, Announced
from .runtime import FaceModuleConfigEntry, FaceModuleRuntime, loaded_entry
from .services import async_setup_services
from .visits.book import DATA_BOOK, VisitBook
from .voice.installing import (
    DATA_SENTENCES,
    Sentences,
    async_remove_sentences,
    async_update_sentences,
)
from .websocket.jobs import async_setup_websocket_api

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
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
    AskedEntities(hass, roster)
    hass.data[DATA_CONFLICTS] = Conflicts(hass, roster)
    hass.data[DATA_WAITING] = waiting = WaitingChanges(hass)
    await waiting.async_load()
    await async_hold_restored(hass, waiting)
    hass.data[DATA_BOOK] = book = VisitBook(hass)
    hass.data[DATA_PERSON_DEVICES] = PersonDevices(hass, roster, book)
    hass.data[DATA_JOBS] = jobs = Jobs(hass)
    await jobs.async_load()
    hass.data[DATA_UNDO] = Undo(hass)
    Guests(hass, roster)
    hass.data[DATA_ANNOUNCED] = announced = Announced(hass)
    await announced.async_load()
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    await async_setup_frontend(hass)
    hass.http.register_view(VisitPictureView(partial(_async_visit_picture, hass)))
    hass.http.register_view(PersonPictureView(partial(_async_person_picture, hass)))
    hass.http.register_view(StrangerPictureView(partial(_async_stranger_picture, hass)))
    hass.data[DATA_SENTENCES] = Sentences(hass)
    hass.async_create_background_task(async_update_sentences(hass), f"{DOMAIN} sentences")
    hass.data[DATA_UPLOADS] = Uploads(hass)
    hass.http.register_view(UploadView)
    hass.http.register_view(UploadedPictureView)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> bool:
    """Bring an entry of an earlier release up to date; one of a later release stays."""
    if entry.version > 1:
        return False
    if entry.minor_version < 2:  # noqa: PLR2004  # the version is its own name
        hass.config_entries.async_update_entry(
            entry, options=migrated_options(entry.options), minor_version=2
        )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> bool:
    """Set up one module."""
    async_show_page(hass)
    entry.runtime_data = runtime = await FaceModuleRuntime.async_build(hass, entry)
    if entry.data[CONF_PASSWORD] == FACTORY_PASSWORD:
        async_raise(hass, entry, ISSUE_FACTORY_PASSWORD, fixable=True)
    else:
        async_clear(hass, entry, ISSUE_FACTORY_PASSWORD)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await runtime.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> bool:
    """Unload one module and take our addresses back from it.

    What cannot be unloaded goes on.
    """
    runtime = entry.runtime_data
    runtime.async_quiet()
    unloaded = False
    try:
        unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    finally:
        if not unloaded:
            runtime.async_resume()
    if not unloaded:
        return False
    hass.data[DATA_JOBS].async_cancel(entry.entry_id)
    await runtime.async_stop()
    async_clear_momentary(hass, entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> None:
    """Forget one module; it may have been out of reach when it was unloaded."""
    await async_withdraw(client_for(hass, entry.data), entry.data[CONF_WEBHOOK_IDS])
    async_clear_all(hass, entry)
    last = not hass.config_entries.async_entries(DOMAIN)
    await hass.data[DATA_BOOK].async_remove_entry(entry.entry_id, last=last)
    await async_remove_pending(hass, entry.entry_id)
    if not last:
        await async_hold_all(hass, entry.entry_id)
    await hass.data[DATA_WAITING].async_remove(entry.entry_id)
    hass.data[DATA_ROSTER].async_gone(entry.entry_id)
    hass.data[DATA_CONFLICTS].async_removed(entry.entry_id)
    await hass.data[DATA_PERSON_DEVICES].async_removed(entry.entry_id)
    hass.data[DATA_ANNOUNCED].async_settle_soon()
    if last:
        # Nobody could see or delete it any more.
        await hass.data[DATA_ROSTER].async_clear()
        await async_remove_sentences(hass)
        async_remove_page(hass)


async def _async_visit_picture(
    hass: HomeAssistant, entry_id: str, visit_id: str
) -> tuple[str, bytes] | None:
    if (entry := loaded_entry(hass, entry_id)) is None:
        return None
    return await entry.runtime_data.visits.history.async_picture(visit_id)


async def _async_stranger_picture(
    hass: HomeAssistant, entry_id: str, stranger_id: str
) -> bytes | None:
    if (entry := loaded_entry(hass, entry_id)) is None:
        return None
    return await entry.runtime_data.strangers.known.async_picture(stranger_id)


async def _async_person_picture(
    hass: HomeAssistant, entry_id: str, user_id: str
) -> Portrait | None:
    if (entry := loaded_entry(hass, entry_id)) is not None:
        return await entry.runtime_data.people.portraits.async_get(user_id)
    roster = hass.data[DATA_ROSTER]
    people = roster.of_id(user_id)
    return await async_kept(
        roster, next((one for one in people if entry_id in one.modules), None)
    )
