"""What Settings > System > Repairs > System information shows: counts, nothing personal."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .people.roster import DATA_ROSTER
from .runtime import loaded_entries


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register what is shown of all modules together."""
    register.async_register_info(_async_info, f"/config/integrations/integration/{DOMAIN}")


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Count: all modules, those that answer, those whose callbacks come, and so on.

    A module that is not loaded is one of `modules` and of nothing else.
    """
    runtimes = [entry.runtime_data for entry in loaded_entries(hass)]
    return {
        "modules": len(hass.config_entries.async_entries(DOMAIN)),
        "connected": sum(runtime.coordinator.last_update_success for runtime in runtimes),
        "callbacks_proven": sum(runtime.keeper.proven for runtime in runtimes),
        "people": len(hass.data[DATA_ROSTER].people),
        "visits_kept": sum(len(runtime.visits.history.visits) for runtime in runtimes),
    }
