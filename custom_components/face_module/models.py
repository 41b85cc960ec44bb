"""The state of one module as Home Assistant knows it, and what an entry carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .client import FaceModuleClient, SystemConfig
from .const import DEFAULTS, DOMAIN

if TYPE_CHECKING:
    from .backfill import BackFill
    from .coordinator import FaceModuleCoordinator
    from .people import People
    from .recognition import FaceModuleVisits
    from .webhook import FaceModuleCallbacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What the models saw last, as shown. Scores are %; None: off, or not heard yet.

    `spoof_suspected` is None while no liveness model is on.
    """

    dms_type: str | None = None
    mask_score: float | None = None
    rgb_liveness_score: float | None = None
    nir_liveness_score: float | None = None
    spoof_suspected: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the module knows."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleState:
    """One module. Callbacks and polls replace it, they never edit it.

    `temperature` is °C, `clock_drift` how many seconds the module's clock is ahead,
    `present` who was recognized within the presence timeout.
    """

    config: SystemConfig
    user_count: int | None = None
    temperature: float | None = None
    clock_drift: int | None = None
    last_heartbeat: datetime | None = None
    pipeline: Pipeline = field(default_factory=Pipeline)
    present: tuple[Person, ...] = ()


@dataclass(slots=True, kw_only=True)
class FaceModuleRuntime:
    """What lives as long as the entry is loaded."""

    client: FaceModuleClient
    coordinator: FaceModuleCoordinator
    callbacks: FaceModuleCallbacks
    people: People
    visits: FaceModuleVisits
    back_fill: BackFill


type FaceModuleConfigEntry = ConfigEntry[FaceModuleRuntime]


def options_of(entry: FaceModuleConfigEntry) -> dict[str, Any]:
    """Return the options of an entry, with the defaults of those never set."""
    return {**DEFAULTS, **entry.options}


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


def client_for(hass: HomeAssistant, data: Mapping[str, Any]) -> FaceModuleClient:
    """Return a client for the connection in an entry's data."""
    return FaceModuleClient(
        async_get_clientsession(hass),
        data[CONF_HOST],
        data[CONF_PASSWORD],
        data[CONF_PORT],
    )
