"""The way to a module."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..client import (
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleOtherError,
    FaceModuleRefusedError,
)


def client_for(hass: HomeAssistant, data: Mapping[str, Any]) -> FaceModuleClient:
    """Return a client for the connection in an entry's data."""
    return FaceModuleClient(
        async_get_clientsession(hass),
        data[CONF_HOST],
        data[CONF_PASSWORD],
        data[CONF_PORT],
    )


async def async_change_password(
    hass: HomeAssistant,
    client: FaceModuleClient,
    data: Mapping[str, Any],
    password: str,
) -> None:
    """Give the module of an entry's data another password.

    Raises FaceModuleError where it is not known to have it then. SetPassword, GetSysConfig.
    """
    agreed = False
    try:
        await client.set_password(password)
        agreed = True
    except FaceModuleOtherError:
        raise
    except FaceModuleError as err:
        # The answer to this, or to an earlier try, may have been lost.
        refused = isinstance(err, FaceModuleRefusedError)
        if refused and not isinstance(err, FaceModuleAuthError):
            raise
    try:
        await client_for(hass, {**data, CONF_PASSWORD: password}).get_config()
    except FaceModuleAuthError:
        raise
    except FaceModuleError:
        if not agreed:
            raise
