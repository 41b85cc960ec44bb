"""One Home Assistant and two modules, to which things happen one after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Set as AbstractSet
from dataclasses import asdict
import logging
from pathlib import Path
from typing import Any

from homeassistant.components.webhook import DOMAIN as WEBHOOK
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    EVENT_HOMEASSISTANT_FINAL_WRITE,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import transport
from custom_components.face_module.const import (
    CONF_CALLBACK_BASE_URL,
    DOMAIN,
    ISSUE_ADDRESS_NOT_KEPT,
    ISSUE_LOST_AFTER_RESTORE,
)
from custom_components.face_module.fleet.archive import open_source
from custom_components.face_module.fleet.jobs import DATA_JOBS
from custom_components.face_module.fleet.source import ArchiveError
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import Config, Record, SimulatedModule, User
from simulator.faces import find_faces
from simulator.portraits import portrait
from tests.common import device_of
from tests.conftest import PASSWORD, entry_for, settle

HOST = "127.0.0.1"
FACTORY = "127.0.0.5"
MOVED = "127.0.0.3"
NEW_PASSWORD = "new123"
OTHER_SYSTEM = "http://127.0.0.8:9/recognition"
OURS = str(Path("custom_components") / "face_module")
LIVENESS = ("off", "rgb", "nir", "rgb_nir")
SCOPES = ("everywhere", "enrollment", "recognition")
# What a test of faults waits for at most, in seconds.
SHORT = 0.1
PATIENT = 10.0


def user(user_id: str, name: str, variation: int = 0) -> User:
    """Return somebody with a small picture."""
    photo = portrait(name, variation=variation, size=(160, 160))
    return User(user_id, name, photo, find_faces(photo)[0].feature)


PEOPLE = {one.user_id: one for one in (user("anna", "Anna"), user("chenwei", "陈伟"))}
OTHERS = {one.user_id: one for one in (user("zoe", "Zoe"), user("anna", "Anna"))}


def repairs_of(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return what the repairs dashboard shows of an entry."""
    ending = f"_{entry.entry_id}"
    return {
        issue_id.removesuffix(ending)
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.endswith(ending)
    }


class World:
    """What an operation works on, and how it is put right again."""

    module: SimulatedModule
    other: SimulatedModule
    entry: MockConfigEntry
    other_entry: MockConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        base_url: str,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Prepare; `start` does the rest."""
        self.hass = hass
        self.folder = folder
        self.exceptions: list[str] = []
        self._base_url = base_url
        self._monkeypatch = monkeypatch
        self._caplog = caplog
        self._before: Counter[str] = Counter()
        # How many exports there were, and who was missing in the last by its own report.
        self.exports = 0
        self.unexported: set[str] = set()

    async def start(self, module: SimulatedModule, other: SimulatedModule) -> None:
        """Set both modules up."""
        self.module, self.other = module, other
        for name in ("Dora", "Emil"):
            photo = portrait(name, size=(160, 160))
            (self.folder / "people").mkdir(exist_ok=True)
            (self.folder / "people" / f"{name}.jpg").write_bytes(photo)
        (self.folder / "Anna.jpg").write_bytes(
            portrait("Anna", variation=4, size=(160, 160))
        )
        self.hass.loop.set_exception_handler(self._exception)
        await self.reset()
        self._before = self.left_behind()

    def _exception(self, loop: object, context: dict[str, Any]) -> None:
        self.exceptions.append(f"{context.get('message')}: {context.get('exception')!r}")

    def photo(self, name: str = "people/Dora.jpg") -> str:
        """Return the path of a photo that Home Assistant may read."""
        return str(self.folder / name)

    @property
    def device_id(self) -> str:
        """The device of the module that fails."""
        return device_of(self.hass, self.entry)

    @property
    def other_device_id(self) -> str:
        """The device of the module that does not."""
        return device_of(self.hass, self.other_entry)

    @property
    def repairs(self) -> set[str]:
        """What the repairs dashboard shows of the module that fails."""
        return repairs_of(self.hass, self.entry)

    def entity(self, domain: str, key: str) -> str:
        """Return an entity of the module that fails."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, DOMAIN, f"{self.module.serial}_{key}"
        )
        assert found is not None, key
        return found

    def patience(self, seconds: float) -> None:
        """Let the client wait so long for every answer."""
        self._monkeypatch.setattr(transport, "TIMEOUT", seconds)
        self._monkeypatch.setattr(transport, "PICTURE_TIMEOUT", seconds)

    # Putting it right

    async def heal(self) -> None:
        """End every fault, and wait for the end of what it began."""
        self.patience(PATIENT)
        self.module.faults.clear()
        await asyncio.gather(*self.module._server._work, return_exceptions=True)
        await self.module.wait_settled()
        await self.module.plug_in()
        await settle(self.hass)

    async def reset(self) -> None:
        """Bring everything back to where each case begins."""
        await self.heal()
        for module, people in ((self.module, PEOPLE), (self.other, OTHERS)):
            kept = asdict(module.config)
            config = asdict(Config(device_ip=HOST, device_ip_gateway="127.0.0.9"))
            urls = {key: kept[key] for key in kept if key.endswith("cb_url")}
            module.config.update({**config, **urls, "interval_time": kept["interval_time"]})
            module.users = dict(people)
            module.records[:] = [Record("anna", "Anna", 0.97, module.now() - 60)]
            module.password, module.clock_offset = PASSWORD, 0
            module.rgb_led = module.ir_led = 0
            module.requests.clear()
        if self.module.host != HOST:
            await self.module.restart_now(HOST)
        self.close_dialogs(SOURCE_REAUTH)
        self.entry = await self._set_up("entry", self.module)
        self.other_entry = await self._set_up("other_entry", self.other)
        await self.hass.data[DATA_ROSTER].async_clear()
        ir.async_delete_issue(
            self.hass, DOMAIN, f"{ISSUE_LOST_AFTER_RESTORE}_{self.entry.entry_id}"
        )
        await self.module.send_heartbeat()
        await settle(self.hass)
        self._caplog.clear()
        self.exceptions.clear()

    async def restart(self) -> None:
        """Restart the module and reload its entry, as an update of the firmware does."""
        self.module.config.blank_callbacks()
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await settle(self.hass)
        await self.module.send_heartbeat()
        await settle(self.hass)

    def miss_heartbeats(self) -> None:
        """Let the time pass in which a heartbeat should have come."""
        keeper = self.entry.runtime_data.keeper
        keeper._heard_at = float("-inf")
        keeper._wake()

    def close_dialogs(self, *also: str) -> None:
        """Close what a user opened, and what was opened for them only if asked to."""
        manager = self.hass.config_entries.flow
        for flow in manager.async_progress():
            if flow["context"]["source"] in (SOURCE_USER, SOURCE_RECONFIGURE, *also):
                manager.async_abort(flow["flow_id"])

    async def _set_up(self, name: str, module: SimulatedModule) -> MockConfigEntry:
        """Return the entry of a module, loaded and without unfinished business."""
        entry: MockConfigEntry | None = getattr(self, name, None)
        known = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, module.serial
        )
        if known is not entry or entry is None:
            if known is not None:
                await self.hass.config_entries.async_remove(known.entry_id)
            entry = entry_for(module, self._base_url)
            entry.add_to_hass(self.hass)
        wanted = {CONF_HOST: HOST, CONF_PASSWORD: PASSWORD}
        # Where the module can really reach this Home Assistant.
        base = {CONF_CALLBACK_BASE_URL: self._base_url}
        if {**entry.data, **wanted} != entry.data or {**entry.options, **base} != (
            entry.options
        ):
            self.hass.config_entries.async_update_entry(
                entry, data={**entry.data, **wanted}, options={**entry.options, **base}
            )
            await self._unload(entry)
        if entry.state is ConfigEntryState.LOADED:
            people = entry.runtime_data.people
            if people.half_done:
                await people._pending.async_done(*people._pending._people)
            people.names.forget()
            coordinator = entry.runtime_data.coordinator
            coordinator._users_read_at = float("-inf")
            await coordinator.async_refresh()
            await settle(self.hass)
        if not (
            entry.state is ConfigEntryState.LOADED
            and entry.runtime_data.coordinator.last_update_success
        ):
            await self._unload(entry)
            await self.hass.config_entries.async_setup(entry.entry_id)
            await settle(self.hass)
        assert entry.state is ConfigEntryState.LOADED, entry.reason
        return entry

    async def _unload(self, entry: MockConfigEntry) -> None:
        if entry.state is not ConfigEntryState.NOT_LOADED:
            await self.hass.config_entries.async_unload(entry.entry_id)

    # Looking

    def left_behind(self) -> Counter[str]:
        """Count what nobody may leave: tasks, listeners and webhooks."""
        hass, found = self.hass, Counter[str]()
        for task in asyncio.all_tasks():
            code = getattr(task.get_coro(), "cr_code", None)
            if code is not None and OURS in code.co_filename:
                found[f"task {code.co_qualname}"] += 1
        found.update({f"bus {k}": n for k, n in hass.bus.async_listeners().items()})
        # What waits to be written, of everybody.
        del found[f"bus {EVENT_HOMEASSISTANT_FINAL_WRITE}"]
        found["webhooks"] = len(hass.data[WEBHOOK])
        found["jobs"] = len(hass.data[DATA_JOBS].running)
        found["ids reserved"] = len(hass.data[DATA_ROSTER].reserved)
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            runtime = entry.runtime_data
            coordinator, title = runtime.coordinator, entry.title
            found[f"{title} listeners"] = len(coordinator._listeners)
            found[f"{title} config"] = len(coordinator._config_listeners)
            found[f"{title} visits"] = len(runtime.visits._listeners)
            found[f"{title} waiting"] = len(runtime.visits.requests._waiting)
        return +found

    def problems(self) -> Iterator[str]:
        """Say what is not as it must be after two polls without a fault."""
        for exception in self.exceptions:
            yield f"unhandled exception: {exception}"
        yield from self._complaints()
        now = self.left_behind()
        for name in now | self._before:
            if now[name] != self._before[name]:
                yield f"{name}: {self._before[name]} before, {now[name]} now"
        yield from self._untrue()
        for path in self.folder.iterdir():
            if path.suffix == ".zip":
                yield from self._archive_problems(path)
            elif path.name.startswith(".face_module_"):
                yield f"half a file is left: {path.name}"

    def _complaints(self) -> Iterator[str]:
        """Name what is in the log and must not be."""
        outages = 0
        for record in self._caplog.get_records("call"):
            text = record.getMessage()
            loud = record.levelno >= logging.WARNING
            if loud and (record.exc_info or "Traceback" in text):
                yield f"traceback in the log: {text}"
            if PASSWORD in text or NEW_PASSWORD in text:
                yield "a password in the log"
            ours = record.name.startswith("custom_components.face_module")
            if ours and record.levelno >= logging.ERROR:
                # How Home Assistant's coordinators tell that something is unavailable.
                if text.startswith(("Error fetching", "Authentication failed while")):
                    outages += 1
                else:
                    yield f"error in the log: {text}"
        if outages > 2:
            yield f"{outages} errors in the log for one outage"

    def truth(self) -> dict[tuple[str, str], str]:
        """Return what the entities of the module must show."""
        config = self.module.config
        return {
            ("binary_sensor", "connected"): "on",
            ("switch", "show_bbox"): "on" if config.show_bbox else "off",
            ("switch", "multiface_detection"): (
                "on" if config.multiface_detection_enable else "off"
            ),
            ("select", "liveness_type"): LIVENESS[config.liveness_type],
            ("select", "quality_control"): config.quality_control.lower(),
            ("select", "quality_control_scope"): SCOPES[config.work_field],
            ("number", "liveness_threshold"): str(config.liveness_threshold),
            ("number", "recognition_threshold"): str(config.recognition_threshold),
            ("number", "min_face_size"): str(config.face_recognition_minsize),
            ("sensor", "enrolled_users"): str(len(self.module.users)),
        }

    def _untrue(self) -> Iterator[str]:
        """Name what Home Assistant says of the module and is not so."""
        if self.entry.state is not ConfigEntryState.LOADED:
            yield f"the entry is {self.entry.state}: {self.entry.reason}"
            return
        if self.entry.data[CONF_PASSWORD] != self.module.password:
            if not any(self.entry.async_get_active_flows(self.hass, {"reauth"})):
                yield "nobody asks for the new password"
            return
        if self.entry.data[CONF_HOST] != self.module.host:
            yield f"the module is at {self.module.host}, and nobody followed"
            return
        for (domain, key), wanted in self.truth().items():
            state = self.hass.states.get(self.entity(domain, key))
            shown = state.state if state else "nothing"
            if shown != wanted:
                yield f"{key} shows {shown}, but it is {wanted}"
        yield from self._misremembered()

    def _misremembered(self) -> Iterator[str]:
        """Name addresses on the module and names here that are not as they must be."""
        base = self.entry.runtime_data.keeper.slots.base
        for kind, webhook_id in self.entry.data["webhook_ids"].items():
            url = self.module.config.callback_url(kind)
            ours = self.module.quirks.address(f"{base}/api/webhook/{webhook_id}")
            if url not in (ours, OTHER_SYSTEM) and not self._said(url):
                yield f"the address for {kind} is {url!r}"
        names = self.entry.runtime_data.people.names._names
        for user_id, (name, _) in names.items():
            known = self.module.users.get(user_id)
            if known is None or known.name != name:
                yield f"{user_id} is remembered as {name!r}, but it is {known}"

    def _said(self, url: str) -> bool:
        """Whether a repair says that no address is kept, as indeed there is none."""
        return not url and ISSUE_ADDRESS_NOT_KEPT in self.repairs

    def lost(self, people: AbstractSet[str]) -> Iterator[str]:
        """Name who is neither on the module nor written down."""
        there = set(self.module.users)
        if self.entry.state is ConfigEntryState.LOADED:
            pending = self.entry.runtime_data.people._pending.people
            there |= {one.user_id for one in pending}
        for user_id in people - there:
            yield f"{user_id} is lost"

    def _archive_problems(self, path: Path) -> Iterator[str]:
        """Name who is in no export, and not in its report either."""
        wanted = set(PEOPLE) - self.unexported
        try:
            with open_source(path) as source:
                found = {person.user_id for person in source.people}
                if source.problems or found != wanted:
                    yield f"{path.name} has {found}, {source.problems}"
        except ArchiveError as err:
            if wanted:
                yield f"{path.name}: {err}"
        path.unlink()
