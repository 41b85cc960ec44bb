"""What the commands of the cards share: who may, which modules, what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import (
    ERR_HOME_ASSISTANT_ERROR,
    WebSocketCommandHandler,
)
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..errors import invalid, translated_errors
from ..runtime import FaceModuleConfigEntry, loaded_entry
from ..texts import error_text

ENTRY_ID: Final = "entry_id"
ENTRY_IDS: Final = "entry_ids"
ENTRIES: Final[Mapping[vol.Marker, Any]] = {
    vol.Required(ENTRY_IDS): vol.All([cv.string], vol.Length(min=1))
}

type Answer = Callable[[HomeAssistant, dict[str, Any]], Awaitable[JsonObjectType]]


def admin_command(
    kind: str, fields: Mapping[vol.Marker, Any]
) -> Callable[[Answer], WebSocketCommandHandler]:
    """Make a websocket command for administrators, as `command` does."""

    def decorate(answer: Answer) -> WebSocketCommandHandler:
        return require_admin(command(kind, fields)(answer))

    return decorate


def command(
    kind: str, fields: Mapping[vol.Marker, Any]
) -> Callable[[Answer], WebSocketCommandHandler]:
    """Make a websocket command of a function that returns its answer.

    What it raises as HomeAssistantError is told the browser, in the language of Home
    Assistant and with its translation key, and not logged: it may name people.
    """
    schema: dict[str | vol.Marker, Any] = {vol.Required("type"): f"{DOMAIN}/{kind}"}
    schema.update(fields.items())

    def decorate(answer: Answer) -> WebSocketCommandHandler:
        @websocket_command(schema)
        @async_response
        async def handle(
            hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
        ) -> None:
            try:
                found = await answer(hass, msg)
            except HomeAssistantError as err:
                connection.send_error(
                    msg["id"],
                    ERR_HOME_ASSISTANT_ERROR,
                    error_text(hass, err),
                    translation_domain=err.translation_domain,
                    translation_key=err.translation_key,
                    translation_placeholders=err.translation_placeholders,
                )
            else:
                connection.send_result(msg["id"], found)

        return handle

    return decorate


def entry_of(hass: HomeAssistant, entry_id: str) -> FaceModuleConfigEntry:
    """Return a module that is set up; raises ServiceValidationError."""
    if (entry := loaded_entry(hass, entry_id)) is None:
        known = hass.config_entries.async_get_entry(entry_id)
        raise invalid("cannot_connect", module=known.title if known else entry_id)
    return entry


async def async_lines(
    hass: HomeAssistant,
    entry_ids: list[str],
    run: Callable[[FaceModuleConfigEntry], Awaitable[JsonObjectType]],
    failed: Callable[[HomeAssistantError], JsonObjectType],
) -> tuple[list[JsonObjectType], list[HomeAssistantError]]:
    """Run on all modules at the same time; return a line for each, and what went wrong.

    What fails on one module becomes its line by `failed`, and is not the end.
    """
    errors: list[HomeAssistantError] = []

    async def line(entry_id: str) -> JsonObjectType:
        try:
            entry = entry_of(hass, entry_id)
            async with translated_errors(hass, entry):
                return {ENTRY_ID: entry_id, **await run(entry)}
        except HomeAssistantError as err:
            errors.append(err)
            return {ENTRY_ID: entry_id, **failed(err)}

    lines = await asyncio.gather(*(line(entry_id) for entry_id in dict.fromkeys(entry_ids)))
    return lines, errors


async def async_results(
    hass: HomeAssistant,
    entry_ids: list[str],
    run: Callable[[FaceModuleConfigEntry], Awaitable[JsonObjectType]],
) -> list[JsonObjectType]:
    """Change something on all modules; return what an action tells of it, for each.

    Raises the first error when it fails on all.
    """

    async def ok(entry: FaceModuleConfigEntry) -> JsonObjectType:
        return {"ok": True, **await run(entry)}

    def failed(err: HomeAssistantError) -> JsonObjectType:
        return {"ok": False, "error": error_text(hass, err), "key": err.translation_key}

    lines, errors = await async_lines(hass, entry_ids, ok, failed)
    if len(errors) == len(lines):
        raise errors[0]
    return lines
