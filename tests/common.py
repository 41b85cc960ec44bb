"""Small helpers that several tests share."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
import logging
from pathlib import Path
import resource
import sqlite3
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import AccessRule
from custom_components.face_module.pictures.prepare import prepare
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import settle

PREFIX = "face_module_f6ee"


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return a state of the module's, e.g. of `sensor.mask_score`."""
    domain, name = entity_id.split(".")
    state = hass.states.get(f"{domain}.{PREFIX}_{name}")
    assert state is not None, entity_id
    return state


def id_of(entity_id: str) -> str:
    """Return the full entity id for `sensor.mask_score`."""
    domain, name = entity_id.split(".")
    return f"{domain}.{PREFIX}_{name}"


async def turn(hass: HomeAssistant, entity_id: str, what: str) -> None:
    """Turn a switch of the module's `on` or `off`."""
    assert hass.states.get(id_of(entity_id)), entity_id
    await hass.services.async_call(
        "switch", f"turn_{what}", {"entity_id": id_of(entity_id)}, blocking=True
    )
    await settle(hass)


async def press(hass: HomeAssistant, entity_id: str) -> None:
    """Press a button of the module's and wait for what follows."""
    assert hass.states.get(id_of(entity_id)), entity_id
    await hass.services.async_call(
        "button", "press", {"entity_id": id_of(entity_id)}, blocking=True
    )
    await settle(hass)


async def poll(hass: HomeAssistant) -> None:
    """Let the time pass for the next poll."""
    # What is under way would run out of its time.
    await settle(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await settle(hass)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what a user finds in the log of our integration: warnings and worse."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and (record.name.startswith("custom_components.face_module") or record.exc_info)
    ]


async def assert_heard(hass: HomeAssistant, module: SimulatedModule) -> None:
    """Whatever came before: the module's next heartbeat is believed."""
    await module.send_heartbeat(temperature=45.0)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "sensor.cpu_temperature").state == "45.0"


def visits_of(entry: MockConfigEntry) -> list[Visit]:
    """Return the visits of the history, the latest first."""
    visits: list[Visit] = entry.runtime_data.visits.history.visits
    return visits


async def rows_of(hass: HomeAssistant, table: str = "visits") -> list[dict[str, Any]]:
    """Return what the book says, in the order in which it was written."""
    path = Path(hass.config.path(DOMAIN, "visits.db"))
    return await asyncio.to_thread(rows_in, path, table)


def rows_in(path: Path, table: str = "visits") -> list[dict[str, Any]]:
    """Return the rows of a database; nothing is made where there is none."""
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid")]


async def spoil_book(hass: HomeAssistant) -> None:
    """Let the book be nothing that can be read or written any more."""

    def spoil() -> None:
        path = Path(hass.config.path(DOMAIN, "visits.db"))
        path.unlink()
        path.mkdir()

    await asyncio.to_thread(spoil)


async def files_in(folder: Path) -> set[str]:
    """Return the names in a folder, without blocking the loop."""

    def names() -> set[str]:
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    return await asyncio.to_thread(names)


async def come(hass: HomeAssistant, module: SimulatedModule, *people: str) -> None:
    """Let people come, and everything be written."""
    for user_id in people:
        # The score is another one each time, or it would be the same callback again.
        await module.send_recognition(user_id)
    await settle(hass)


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> list[Visit]:
    """Reload an entry; return its visits."""
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    return visits_of(entry)


async def moments_later(hass: HomeAssistant) -> None:
    """Let what is written seldom be written."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await settle(hass)


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def perform(
    hass: HomeAssistant, action: str, context: Context | None = None, /, **data: Any
) -> dict[str, Any]:
    """Perform an action of ours and return the answer."""
    answer = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )
    assert isinstance(answer, dict)
    return answer


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the id of the device of a module."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.unique_id or ""), entry.entry_id
    )
    assert device is not None
    return device.id


async def refused(hass: HomeAssistant, action: str, /, **data: Any) -> str:
    """Perform an action that must fail in words; return the key of the error."""
    with pytest.raises(HomeAssistantError) as caught:
        await perform(hass, action, **data)
    error = caught.value
    assert error.translation_key is not None, error
    assert "{" not in str(error), "every placeholder is filled"
    return error.translation_key


def requests(module: SimulatedModule) -> list[str]:
    """Return the names of the calls that a module was sent."""
    return [request.name for request in module.requests]


def photo(folder: Path, name: str, variation: int = 0, **looks: Any) -> str:
    """Write a picture of somebody as a camera takes it; return the path."""
    path = folder / f"{name}-{len(list(folder.iterdir()))}.jpg"
    path.write_bytes(portrait(name, variation=variation, size=(1200, 900), **looks))
    return str(path)


def issue(hass: HomeAssistant, key: str, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return a repair of a module's."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")


def rule_of(hass: HomeAssistant) -> AccessRule:
    """Return Anna's access rule."""
    access: AccessRule = hass.data[DATA_ROSTER].people["anna"].access
    return access


async def heard(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return the next event that a websocket is told."""
    event: dict[str, Any] = (await client.receive_json())["event"]
    return event


def notifications(hass: HomeAssistant) -> list[str]:
    """Return the texts of the persistent notifications."""
    found = persistent_notification._async_get_or_create_notifications(hass)
    return [item["message"] for item in found.values()]


async def dismiss_notifications(hass: HomeAssistant) -> None:
    """Dismiss all notifications, as the user does it."""
    assert await async_setup_component(hass, persistent_notification.DOMAIN, {})
    await hass.services.async_call("persistent_notification", "dismiss_all", blocking=True)
    assert notifications(hass) == []


def prepared(path: str) -> bytes:
    """Return the picture of a file as a module takes it."""
    jpeg: bytes = prepare(Path(path).read_bytes()).jpeg
    return jpeg


@contextmanager
def nothing_can_be_written() -> Iterator[None]:
    """Let the operating system refuse every byte that this process would write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
