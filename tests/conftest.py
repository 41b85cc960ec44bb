"""One simulated module, one Home Assistant, and how they find each other."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
import logging
from pathlib import Path
from random import Random
import tempfile
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)
import pytest_socket
from syrupy.assertion import SnapshotAssertion

# At the top: otherwise the test plugin's own `custom_components` package wins.
import custom_components.face_module  # noqa: F401
from custom_components.face_module.const import (
    CONF_CALLBACK_BASE_URL,
    CONF_WEBHOOK_IDS,
    DOMAIN,
)
from custom_components.face_module.visits.book import DATA_BOOK
from simulator import SimulatedModule

from .steady import Steady, steady

pytest_plugins = ["tests.blocking_guard", "tests.figures"]

SERIAL = "0123A38884CE69F6EE"
OTHER_SERIAL = "0123A38884CE690002"
PASSWORD = "abc123"
WEBHOOK_IDS = {
    "recognition": "a" * 64,
    "heartbeat": "b" * 64,
    "status": "c" * 64,
}

# The folders in which time leaps.
LEAPING = frozenset(
    {"blueprints", "callbacks", "device", "faults", "flows", "services", "visits"}
)

type SetUp = Callable[..., Awaitable[MockConfigEntry]]
type Another = tuple[SimulatedModule, MockConfigEntry, str]
type LetPass = Callable[[timedelta], None]


@pytest.fixture(scope="session", autouse=True)
def temporary_files_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Several processes run tests: a Home Assistant removes what another was sent."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("tmp"))


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let asyncio look at threads and arguments, as the harness's own fixture does.

    But not note where each task and callback comes from: that took half of the time.
    """
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    monkeypatch.setattr(loop, "get_debug", lambda: False)


@pytest.fixture(autouse=True)
def real_sockets(socket_enabled: None) -> None:
    """Let the client and the simulator talk."""
    # Modules move, but only on this machine.
    pytest_socket.socket_allow_hosts([f"127.0.0.{number}" for number in range(1, 10)])
    # As Home Assistant does where it runs: the access log would name the webhooks.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration, where a test has one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def nobody_pulls_the_plug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is written be written, and not waited for until the disk has it."""
    # What Home Assistant's storage is written with took a reference of its own.
    for fsync in ("os.fsync", "atomicwrites._proper_fsync"):
        monkeypatch.setattr(fsync, lambda _file: None)


@pytest.fixture
def let_pass(monkeypatch: pytest.MonkeyPatch) -> LetPass:
    """Let the clock on the wall go on; everything else stays as it is.

    When time is frozen the event loop's leaps by decades: the watch for heartbeats gives
    up and has Home Assistant's address on the module replaced by the next one.
    """
    passed, now, utcnow = timedelta(), dt_util.now, dt_util.utcnow

    def more(time: timedelta) -> None:
        nonlocal passed
        passed += time

    monkeypatch.setattr(dt_util, "now", lambda zone=None: now(zone) + passed)
    monkeypatch.setattr(dt_util, "utcnow", lambda: utcnow() + passed)
    return more


@pytest.fixture
async def steadily(request: pytest.FixtureRequest) -> AsyncGenerator[Steady]:
    """Let time leap where there is nothing to do but to wait: steady.py."""
    with steady(asyncio.get_running_loop(), Random(request.node.name)) as made:
        yield made


@pytest.fixture(autouse=True)
def leaping(request: pytest.FixtureRequest) -> None:
    """Do so wherever much is waited for, before anything waits.

    But not where threads wait for each other: with the mark `real_time`.
    """
    folder = request.path.relative_to(Path(__file__).parent).parts[0]
    if folder in LEAPING and request.node.get_closest_marker("real_time") is None:
        request.getfixturevalue("steadily")


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration folder of this test's own: what is written there is seen."""
    return str(tmp_path)


@pytest.fixture
async def module() -> AsyncGenerator[SimulatedModule]:
    """A module that has been given a password of its own and knows two people."""
    async with SimulatedModule(
        serial=SERIAL, password=PASSWORD, restart_delay=0.05, boot_time=0.05
    ) as simulated:
        simulated.add_user("anna", "Anna")
        simulated.add_user("chenwei", "陈伟")
        yield simulated


@pytest.fixture
async def base_url(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator) -> str:
    """Where the module can really reach this Home Assistant."""
    # Before the server starts: in the harness nothing can be added to it later.
    for domain in (
        *("webhook", "repairs", "websocket_api", "calendar", "image", "media_source"),
        DOMAIN,
    ):
        assert await async_setup_component(hass, domain, {})
    client = await hass_client_no_auth()
    return str(client.make_url("/")).rstrip("/")


def entry_for(
    module: SimulatedModule, base_url: str = "", **options: Any
) -> MockConfigEntry:
    """Return an entry as the config flow makes it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"Face module {module.serial[-4:]}",
        unique_id=module.serial,
        data={
            CONF_HOST: module.host,
            CONF_PORT: module.port,
            CONF_PASSWORD: module.password,
            CONF_WEBHOOK_IDS: {
                kind: f"{module.serial[-4:].lower()}{known[4:]}"
                for kind, known in WEBHOOK_IDS.items()
            },
        },
        options={CONF_CALLBACK_BASE_URL: base_url, **options},
    )


async def settle(hass: HomeAssistant) -> None:
    """Wait for everything that is under way, background tasks and the book too."""
    await hass.async_block_till_done(wait_background_tasks=True)
    if (book := hass.data.get(DATA_BOOK)) is not None:
        await book.async_flush()


@pytest.fixture
async def set_up(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> AsyncGenerator[SetUp]:
    """Set an entry up for a module, and unload it in the end."""
    entries: list[MockConfigEntry] = []

    async def set_up_entry(
        simulated: SimulatedModule | None = None, **options: Any
    ) -> MockConfigEntry:
        entry = entry_for(simulated or module, base_url, **options)
        entry.add_to_hass(hass)
        entries.append(entry)
        await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        return entry

    yield set_up_entry
    for entry in entries:
        if entry.state.recoverable and hass.config_entries.async_get_entry(entry.entry_id):
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """The module, set up."""
    return await set_up()


@pytest.fixture
def device_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """The id of the module's device."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, SERIAL), entry.entry_id
    )
    assert device is not None
    return device.id


@pytest.fixture
async def socket(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """An administrator's connection."""
    return await hass_ws_client(hass)


@pytest.fixture
async def another(hass: HomeAssistant, set_up: SetUp) -> AsyncGenerator[Another]:
    """A second module without people, its entry and the id of its device."""
    async with SimulatedModule(serial=OTHER_SERIAL, password=PASSWORD) as simulated:
        entry = await set_up(simulated)
        devices = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
        yield simulated, entry, device.id


@pytest.fixture
def pictures(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A folder that Home Assistant may use."""
    path = tmp_path / "pictures"
    path.mkdir()
    hass.config.allowlist_external_dirs.add(str(path))
    return path


@pytest.fixture
def folder(entry: MockConfigEntry, hass: HomeAssistant) -> Path:
    """Where the visits of the entry are on disk."""
    return Path(hass.config.path(DOMAIN, entry.entry_id))


@pytest.fixture
def entity_registry_enabled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add those entities too that are disabled by default."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Leave out what is different each time, as Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)
