"""Talking to a module for a flow: who answers, and what went wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..client import (
    DEFAULT_PORT,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleOtherError,
    SystemConfig,
    same_serial,
)
from ..device.connection import client_for
from ..errors import error_key, error_log
from ..runtime import FaceModuleConfigEntry
from .forms import SECTION_ADVANCED, host_and_port


class Found(NamedTuple):
    """The module that answered."""

    serial: str
    config: SystemConfig


async def async_client_of(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, password: str | None = None
) -> FaceModuleClient:
    """Return the client in use, so that one request is under way at a time.

    One of the module itself in any case, which may have the new `password` already. Raises
    FaceModuleError; GetDeviceID.
    """
    if entry.state is ConfigEntryState.LOADED:
        client = entry.runtime_data.client
    else:
        client = client_for(hass, entry.data)
    try:
        serial = await client.get_device_id()
    except FaceModuleAuthError:
        if password is None:
            raise
        # The answer to an earlier try may have been lost.
        changed = client_for(hass, {**entry.data, CONF_PASSWORD: password})
        serial = await changed.get_device_id()
    if not same_serial(serial, entry.unique_id):
        raise FaceModuleOtherError("GetDeviceID")
    return client


class ConnectingFlow(ConfigFlow):
    """What all steps share that ask a module for something."""

    def __init__(self) -> None:
        """Begin with no module, and nothing that went wrong."""
        self._found: Found | None = None
        self._log = ""

    async def _async_connect(
        self, user_input: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Talk to the module; return the entry's connection data, and errors.

        `_found` is set if and only if there are none.
        """
        self._found = None
        advanced = user_input.get(SECTION_ADVANCED, user_input)
        port = int(advanced.get(CONF_PORT, DEFAULT_PORT))
        try:
            host, port = host_and_port(user_input[CONF_HOST], port)
        except ValueError:
            return {}, {CONF_HOST: "invalid_host"}
        data = {
            CONF_HOST: host,
            CONF_PASSWORD: user_input[CONF_PASSWORD],
            CONF_PORT: port,
        }
        client = client_for(self.hass, data)
        try:
            config = await client.get_config()
            serial = self._known(await client.get_device_id())
            self._found = Found(serial=serial, config=config)
        except FaceModuleError as err:
            return data, self._failed(err)
        return data, {}

    def _known(self, serial: str) -> str:
        """Return a serial as the entry has it that is about its module, if there is one."""
        known = [entry.unique_id for entry in self._async_current_entries()]
        return next((one for one in known if one and same_serial(one, serial)), serial)

    def _failed(self, err: FaceModuleError) -> dict[str, str]:
        self._log = error_log(err)
        return {"base": error_key(err)}

    def _form(
        self,
        step_id: str,
        schema: vol.Schema,
        errors: dict[str, str],
        **placeholders: str,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders={**placeholders, "log": self._log or "-"},
        )
