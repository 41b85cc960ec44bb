"""The one table that turns the client's errors into words of Home Assistant."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed

from .client import (
    FaceModuleAddressError,
    FaceModuleAuthError,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleOtherError,
    FaceModuleRefusedError,
    FaceModuleTimeoutError,
    FaceModuleUnchangedError,
)
from .const import DOMAIN
from .texts import error_text

# The first that fits names the text, both under `exceptions` and `config.error`.
_KEYS: Final[tuple[tuple[type[FaceModuleError], str], ...]] = (
    (FaceModuleTimeoutError, "timed_out"),
    (FaceModuleAddressError, "invalid_host"),
    (FaceModuleConnectionError, "cannot_connect"),
    (FaceModuleAuthError, "invalid_auth"),
    (FaceModuleRefusedError, "refused"),
    (FaceModuleUnchangedError, "unchanged"),
    (FaceModuleOtherError, "wrong_module"),
    (FaceModuleError, "not_face_module"),
)


class Translation(TypedDict):
    """Keyword arguments of a translated Home Assistant exception."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def error_key(err: FaceModuleError) -> str:
    """Return the translation key of an error."""
    return next(key for kind, key in _KEYS if isinstance(err, kind))


def error_log(err: FaceModuleError) -> str:
    """Return the module's own words, or an empty string."""
    return err.log if isinstance(err, FaceModuleRefusedError) else ""


def translation(err: FaceModuleError, entry: ConfigEntry) -> Translation:
    """Return what a translated exception needs to say for `err`."""
    return {
        "translation_domain": DOMAIN,
        "translation_key": error_key(err),
        "translation_placeholders": {"module": entry.title, "log": error_log(err) or "-"},
    }


def update_error(err: FaceModuleError, entry: ConfigEntry) -> Exception:
    """Return the exception that a coordinator raises for `err`."""
    if isinstance(err, FaceModuleAuthError):
        return ConfigEntryAuthFailed(**translation(err, entry))
    return UpdateFailed(**translation(err, entry))


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error for something that the user can mend."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@callback
def async_client_error(
    hass: HomeAssistant, err: FaceModuleError, entry: ConfigEntry
) -> HomeAssistantError:
    """Return the translated error for one of the client's; a wrong password asks for it."""
    if isinstance(err, FaceModuleAuthError):
        entry.async_start_reauth_if_available(hass)
    return HomeAssistantError(**translation(err, entry))


@callback
def async_any_error(
    hass: HomeAssistant, err: FaceModuleError | HomeAssistantError, entry: ConfigEntry
) -> HomeAssistantError:
    """Return the translated error for the client's, any other as it is."""
    if isinstance(err, FaceModuleError):
        return async_client_error(hass, err, entry)
    return err


def words(
    hass: HomeAssistant,
    err: FaceModuleError | HomeAssistantError,
    entry: ConfigEntry,
) -> str:
    """Return what went wrong in the language of Home Assistant, for a report."""
    return error_text(hass, async_any_error(hass, err, entry))


@asynccontextmanager
async def translated_errors(
    hass: HomeAssistant, entry: ConfigEntry
) -> AsyncGenerator[None]:
    """Raise HomeAssistantError for every client error; a wrong password asks for it."""
    try:
        yield
    except FaceModuleError as err:
        raise async_client_error(hass, err, entry) from err
