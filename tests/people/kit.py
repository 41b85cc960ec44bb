"""What the tests of people share."""

from pathlib import Path

from homeassistant.core import HomeAssistant, State

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.state import User
from tests.common import perform, photo, refused
from tests.conftest import settle


def kept(hass: HomeAssistant) -> int:
    """Return how many pictures the roster keeps."""
    return len(files(hass))


async def half_done(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> User:
    """Leave Anna's change half done: she is not on the module."""
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", 4)
    await refused(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    module.faults.refuse.clear()
    assert "anna" not in module.users
    return before


async def came(
    hass: HomeAssistant, module: SimulatedModule, user_id: str, said: str | None = None
) -> State:
    """Let somebody come to a module; return what the event says."""
    await module.send_heartbeat()
    named = {} if said is None else {"username": said}
    await module.send_recognition(user_id, 0.92, **named)
    await settle(hass)
    serial = module.serial[-4:].lower()
    events = hass.states.async_all("event")
    return next(state for state in events if serial in state.entity_id)


async def read(hass: HomeAssistant, user_id: str, *devices: str) -> None:
    """Let Home Assistant see who has an id."""
    for device in devices:
        await perform(hass, "get_user", device_id=device, user_id=user_id)


def folder(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(DOMAIN, "roster"))


def files(hass: HomeAssistant) -> list[Path]:
    return list(folder(hass).iterdir())
