"""What stays in memory of what is over: nothing, however often it happens."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
import gc
from itertools import count
import logging
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any
import weakref

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.websocket.kit import ask

from .common import come, perform, photo, reload
from .conftest import OTHER_SERIAL, PASSWORD, LetPass, SetUp, settle

OURS = f"custom_components.{DOMAIN}."
# What leaves something behind does so each time; what fills a cache does not for long.
BEFORE, TIMES = 3, 6
# What is not ours, or not one module's.
ELSEWHERE = (HomeAssistant, ModuleType, type, FunctionType, MethodType)


@pytest.fixture(autouse=True)
def nothing_is_logged() -> Iterator[None]:
    """The harness keeps what is logged, and with errors what was under way."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def alive() -> Counter[str]:
    """Return how many objects of ours there are, by class or function."""
    for _ in range(3):
        gc.collect()
    found: Counter[str] = Counter()
    for one in gc.get_objects():
        kind = one if isinstance(one, FunctionType) else type(one)
        if str(kind.__module__).startswith(OURS):
            found[f"{kind.__module__}.{kind.__qualname__}"] += 1
    return found


def kept(hass: HomeAssistant) -> int:
    """Return how many containers hang on what all modules share."""
    waiting: list[Any] = [
        data for key, data in hass.data.items() if str(key).startswith(DOMAIN)
    ]
    seen: dict[int, Any] = {}
    while waiting:
        one = waiting.pop()
        ours = type(one).__module__.startswith(OURS)
        if id(one) not in seen and (ours or isinstance(one, (dict, list, set, tuple))):
            seen[id(one)] = one
            others = gc.get_referents(one)
            waiting += [other for other in others if not isinstance(other, ELSEWHERE)]
    return len(seen)


async def left(hass: HomeAssistant, what: Callable[[], Awaitable[None]]) -> dict[str, int]:
    """Return of what there is more each time that something is done."""

    async def now() -> Counter[str]:
        await settle(hass)
        return alive() + Counter({"shared": kept(hass)})

    for _ in range(BEFORE):
        await what()
    before = await now()
    for _ in range(TIMES):
        await what()
    more = await now() - before
    return {name: count for name, count in more.items() if count >= TIMES}


async def test_nothing_of_an_entry_outlives_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await come(hass, module, "anna")
    runtime = entry.runtime_data
    rooms = [
        weakref.ref(one)
        for one in (runtime.client, runtime.coordinator, runtime.keeper, runtime.people)
    ]
    rooms += [weakref.ref(one) for one in (runtime.visits, runtime.receiver)]
    del runtime
    await reload(hass, entry)
    alive()
    assert [room() for room in rooms] == [None] * len(rooms)


async def test_reloads_leave_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    card = await hass_ws_client(hass)
    await card.send_json_auto_id({"type": f"{DOMAIN}/visits/subscribe"})

    async def once() -> None:
        await come(hass, module, "anna")
        await reload(hass, entry)

    assert not await left(hass, once)


async def test_outages_and_set_ups_that_fail_leave_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
) -> None:
    async def once() -> None:
        await module.pull_cable()
        await entry.runtime_data.coordinator.async_refresh()
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        await module.plug_in()
        await reload(hass, entry)
        await entry.runtime_data.coordinator.async_refresh()

    assert not await left(hass, once)


async def test_a_module_that_is_removed_leaves_nothing(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    async def once() -> None:
        async with SimulatedModule(serial=OTHER_SERIAL, password=PASSWORD) as other:
            other.add_user("anna", "Anna")
            entry = await set_up(other)
            await come(hass, other, "anna")
            await hass.config_entries.async_remove(entry.entry_id)

    await set_up()
    assert not await left(hass, once)


async def test_people_who_are_deleted_leave_nothing(
    hass: HomeAssistant, device_id: str, pictures: Path, let_pass: LetPass
) -> None:
    picture, guests = photo(pictures, "ben"), count()

    async def once() -> None:
        guest = f"guest{next(guests)}"
        who = {"device_id": device_id, "user_id": guest}
        await perform(hass, "enroll_user", name=guest, path=picture, **who)
        await perform(hass, "delete_user", **who)
        # What a module told of them before may arrive until then.
        let_pass(timedelta(hours=1))

    assert not await left(hass, once)


async def test_visits_of_somebody_with_a_device_leave_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
) -> None:
    # Each time they come is a visit, and there are as many as memory has already.
    entry = await set_up(history_size=10, visit_window=0)
    await module.send_heartbeat()
    await come(hass, module, *["anna"] * 10)
    client = await hass_ws_client(hass)
    who = {"user_id": "anna", "name": "Anna", "entry_id": entry.entry_id}
    await ask(client, "people/link", **who, minimum_score=None, device=True)

    async def once() -> None:
        await come(hass, module, "anna")

    assert not await left(hass, once)
