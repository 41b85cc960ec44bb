"""Websocket commands about a deletion that can be undone; for administrators only."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import ATTR_USER_ID
from ..fleet.before import async_look
from ..fleet.undoing import DATA_UNDO
from .common import ENTRY_ID, ENTRY_IDS, admin_command
from .identity import results_of


@asynccontextmanager
async def undoable(
    hass: HomeAssistant, msg: dict[str, Any]
) -> AsyncGenerator[JsonObjectType]:
    """Let a deletion be undone for a moment if it is asked for, with who is meant.

    What it answers is added to; `undo` is the word for `people/undo`, or none.
    """
    answer: JsonObjectType = {}
    if not msg["undo"] or "called" not in msg:
        yield answer
        return
    entry_ids = None if msg["everywhere"] else msg[ENTRY_IDS]
    before = await async_look(hass, msg[ATTR_USER_ID], msg["called"], entry_ids=entry_ids)
    yield answer
    results: Any = answer["results"]
    done = [line[ENTRY_ID] for line in results if line["ok"]]
    answer["undo"] = hass.data[DATA_UNDO].async_put(before, done)


@admin_command("people/undo", {vol.Required("undo"): cv.string})
async def people_undo(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Bring somebody back who was deleted a moment ago; each deletion once."""
    done = await hass.data[DATA_UNDO].async_undo(msg["undo"])
    return {"results": results_of(hass, done)}
