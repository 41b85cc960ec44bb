"""How the tests of flows begin them."""

from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule
from tests.conftest import PASSWORD


def user_input(module: SimulatedModule, **changes: Any) -> dict[str, Any]:
    return {
        CONF_HOST: module.host,
        CONF_PASSWORD: PASSWORD,
        "advanced": {CONF_PORT: module.port},
        **changes,
    }


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Open one of the items of the reconfigure menu."""
    flow = await entry.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.MENU
    assert flow["menu_options"] == ["connection", "change_password", "network"]
    return await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": step}
    )
