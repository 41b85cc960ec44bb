"""What an entry carries: its rooms are built, connected and taken down here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .callbacks.keeper import AddressKeeper
from .callbacks.receiver import CallbackReceiver
from .client import FaceModuleClient
from .const import DOMAIN
from .device.connection import client_for
from .device.coordinator import FaceModuleCoordinator
from .eyes.looking import Looker
from .eyes.work import Eyes
from .options import Options
from .people.changing import People
from .publish.announced import DATA_ANNOUNCED
from .strangers.known import KnownStrangers
from .strangers.meeting import Strangers
from .visits.backfill import BackFill
from .visits.book import DATA_BOOK
from .visits.forgetting import async_forget_away
from .visits.history import VisitHistory
from .visits.merge import FaceModuleVisits
from .visits.today import VisitsToday

if TYPE_CHECKING:
    from .publish.module import Publication


@dataclass(slots=True, eq=False, kw_only=True)
class FaceModuleRuntime:
    """What lives as long as the entry is loaded."""

    entry: ConfigEntry
    options: Options
    client: FaceModuleClient
    coordinator: FaceModuleCoordinator
    keeper: AddressKeeper
    people: People
    visits: FaceModuleVisits
    today: VisitsToday
    eyes: Eyes
    strangers: Strangers
    back_fill: BackFill
    receiver: CallbackReceiver
    publication: Publication | None

    @classmethod
    async def async_build(cls, hass: HomeAssistant, entry: FaceModuleConfigEntry) -> Self:
        """Read the module and what is kept of it, and put the rooms together.

        Callbacks go straight to whom they concern. Raises ConfigEntryNotReady and
        ConfigEntryAuthFailed.
        """
        options = Options.from_entry(entry)
        client = client_for(hass, entry.data)
        coordinator = FaceModuleCoordinator(hass, entry, client, options)
        await coordinator.async_config_entry_first_refresh()
        keeper = AddressKeeper(hass, entry, coordinator, options)
        visits = FaceModuleVisits(
            hass,
            entry,
            coordinator,
            hass.data[DATA_BOOK],
            options,
            is_told=keeper.is_registered,
        )
        await visits.async_load()
        today = VisitsToday(hass, entry, visits)
        await today.async_start()
        people = People(hass, entry, coordinator)
        looker = Looker(hass, coordinator, people.faces, visits.looks)
        back_fill = BackFill(hass, entry, coordinator, visits, options)
        receiver = CallbackReceiver(
            hass,
            entry,
            coordinator.serial,
            heard=partial(_heard, coordinator, keeper),
            stranger=coordinator.async_doubt,
            heartbeat=coordinator.async_heartbeat,
            status=coordinator.async_status,
            recognition=visits.sightings.async_recognized,
        )
        known = KnownStrangers(hass.data[DATA_BOOK], entry.entry_id)
        await known.async_load()
        strangers = Strangers(
            hass, entry, client=client, faces=people.faces, visits=visits, known=known
        )
        if options.remember_strangers:
            visits.async_introduce(strangers.async_meet)
        publication = None
        if options.publish_mqtt:
            made = await hass.async_add_import_executor_job(_publication)
            publication = made(
                hass,
                entry,
                coordinator,
                visits,
                options,
                today=today,
                announced=hass.data[DATA_ANNOUNCED],
            )
        return cls(
            entry=entry,
            options=options,
            client=client,
            coordinator=coordinator,
            keeper=keeper,
            people=people,
            visits=visits,
            today=today,
            eyes=Eyes(hass, entry, coordinator, looker, options),
            strangers=strangers,
            back_fill=back_fill,
            receiver=receiver,
            publication=publication,
        )

    async def async_start(self) -> None:
        """Begin: after the entities, so that they miss no callback."""
        self.visits.async_start()
        self.strangers.async_start()
        self.back_fill.async_start()
        self.receiver.async_start()
        if self.publication is not None:
            await self.publication.async_start()
        await self.keeper.async_start()
        await self.people.async_start()
        self.eyes.async_start()

    @callback
    def async_quiet(self) -> None:
        """Hear and tell nothing more, before the entities go: nobody could be told."""
        self.receiver.async_stop()
        self.eyes.async_stop()
        self.strangers.async_quiet()
        self.visits.async_quiet()

    @callback
    def async_resume(self) -> None:
        """Hear and tell again: the entities could not go."""
        self.receiver.async_resume()
        self.visits.async_start()
        self.strangers.async_start()
        self.eyes.async_start()

    async def async_stop(self) -> None:
        """Take everything down: what is under way ends, what is to be kept is on disk."""
        await self.people.async_stop()
        if self.publication is not None:
            await self.publication.async_stop()
        await self.keeper.async_stop(withdraw=self.entry.disabled_by is not None)
        self.back_fill.async_stop()
        await self.visits.async_stop()


type FaceModuleConfigEntry = ConfigEntry[FaceModuleRuntime]


def loaded_entry(hass: HomeAssistant, entry_id: str) -> FaceModuleConfigEntry | None:
    """Return the entry of a module that is set up."""
    entry: FaceModuleConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if (
        entry is None
        or entry.domain != DOMAIN
        or entry.state is not ConfigEntryState.LOADED
    ):
        return None
    return entry


def loaded_entries(hass: HomeAssistant) -> list[FaceModuleConfigEntry]:
    """Return the entries of all modules that are set up."""
    return [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if loaded_entry(hass, entry.entry_id) is not None
    ]


@callback
def device_of(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry | None:
    """Return the device of a module, None when it was never reached."""
    identifier = (DOMAIN, entry.unique_id or "")
    registry = dr.async_get(hass)
    return registry.async_get_device_by_identifier(identifier, entry.entry_id)


@callback
def async_history_of(hass: HomeAssistant) -> Callable[[str], VisitHistory | None]:
    """Return what finds the latest visits of a module that is set up, by its entry."""

    def history_of(entry_id: str) -> VisitHistory | None:
        entry = loaded_entry(hass, entry_id)
        return None if entry is None else entry.runtime_data.visits.history

    return history_of


async def async_forget_visits(hass: HomeAssistant, user_id: str, name: str | None) -> int:
    """Delete all visits of somebody (an empty id: strangers) everywhere; return how many.

    With a name, only those under it.
    """
    deleted = 0
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if (loaded := loaded_entry(hass, entry.entry_id)) is not None:
            deleted += await loaded.runtime_data.visits.forgetting.async_forget(
                user_id, name
            )
        else:
            book = hass.data[DATA_BOOK]
            deleted += await async_forget_away(book, entry.entry_id, user_id, name)
    return deleted


def _publication() -> type[Publication]:
    """Load what most homes do without; in a thread."""
    from .publish.module import Publication  # noqa: PLC0415

    return Publication


def _heard(coordinator: FaceModuleCoordinator, keeper: AddressKeeper) -> None:
    """Take whatever arrives for a sign of life, and for a proof of our address."""
    keeper.async_heard()
    if not coordinator.last_update_success:
        coordinator.async_sign_of_life()
