"""What is written down where others read it: the log, events, states, diagnostics."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import json
import logging
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import device_of, perform, poll, refused
from tests.conftest import PASSWORD, settle

NEW_PASSWORD = "New456"
OTHER_PASSWORD = "Xyz789"
# Nobody is called so elsewhere in a log.
PEOPLE = {"zebulon_q": "Zebulon Quimby", "wu_xiaoming": "吴晓明"}
OURS = "custom_components.face_module"
# They say what the module sent: they are the module.
_NOT_HERE = ("simulator", "asyncio")
# Home Assistant's own, when they are asked for details; docs/security.md names them.
_TELL_IDS = ("homeassistant.components.webhook", "homeassistant.helpers.http")


@dataclass
class House:
    """A house where everything happened once."""

    entry: MockConfigEntry
    records: list[logging.LogRecord]
    events: list[Event[Any]]
    diagnostics: str
    pictures: list[bytes] = field(default_factory=list)

    @property
    def passwords(self) -> list[str]:
        return [PASSWORD, NEW_PASSWORD, OTHER_PASSWORD]

    @property
    def webhook_ids(self) -> list[str]:
        return list(self.entry.data["webhook_ids"].values())

    @property
    def people(self) -> list[str]:
        return [*PEOPLE, *PEOPLE.values()]

    @property
    def faces(self) -> list[str]:
        """Parts of the pictures, as base64 and as Python shows bytes."""
        parts = [picture[at : at + 24] for picture in self.pictures for at in (0, 300, 600)]
        return [
            *(b64encode(part).decode() for part in parts),
            *(repr(part)[2:-1] for part in parts),
        ]

    def log(self, *, ours: bool = False, besides: tuple[str, ...] = ()) -> str:
        """Return what was logged, with everything that a formatter could show."""
        return "\n".join(
            f"{record.getMessage()} {record.exc_info} {record.args}"
            for record in self.records
            if record.name.startswith(OURS if ours else "")
            and not record.name.startswith(_NOT_HERE)
            and record.name not in besides
        )


@pytest.fixture
async def house(
    hass: HomeAssistant,
    module: SimulatedModule,
    base_url: str,
    pictures: Path,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[House]:
    """Set up, enroll, recognize, fail, log in anew, import, export, change, delete."""
    caplog.set_level(logging.DEBUG)
    events: list[Event[Any]] = []

    @callback
    def heard(event: Event[Any]) -> None:
        events.append(event)

    hass.bus.async_listen(MATCH_ALL, heard)
    entry = await add(hass, module, base_url)
    client, socket = await hass_client(), await hass_ws_client(hass)
    shown = await enroll(entry, module, client, socket)
    await settle(hass)
    await go_wrong(hass, entry, module, pictures)

    # The file that people attach when they report a problem in public.
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    diagnostics = await answer.text()

    # Passwords: one that somebody else changed, then one that we change.
    module.password = OTHER_PASSWORD
    await poll(hass)
    await log_in_anew(hass, entry)
    await change_password(hass, entry)
    await settle(hass)
    assert entry.data["password"] == module.password == NEW_PASSWORD
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    yield House(entry, caplog.get_records("setup"), events, diagnostics, shown)
    await hass.config_entries.async_unload(entry.entry_id)


async def enroll(
    entry: MockConfigEntry,
    module: SimulatedModule,
    client: TestClient[Any, Any],
    socket: MockHAClientWebSocket,
) -> list[bytes]:
    """Enroll everybody from a card, and let them come; return their pictures."""
    shown: list[bytes] = []
    for user_id, name in PEOPLE.items():
        shown.append(picture := portrait(name))
        taken = await client.post("/api/face_module/pictures", data=picture)
        await socket.send_json_auto_id(
            {
                "type": "face_module/people/enroll",
                "entry_ids": [entry.entry_id],
                "picture_id": (await taken.json())["picture_id"],
                "name": name,
                "user_id": user_id,
                "allow_duplicate_face": True,
            }
        )
        assert (await socket.receive_json())["success"]
        await module.send_recognition(user_id)
        await module.send_heartbeat()
        await module.send_status()
    return shown


async def go_wrong(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, pictures: Path
) -> None:
    """Move people by a file, then fail in many ways; somebody stays half changed."""
    device_id = device_of(hass, entry)
    zip_path = str(pictures / "everybody.zip")
    await perform(hass, "export_users", device_id=device_id, path=zip_path)
    await perform(hass, "delete_user", device_id=device_id, user_id="zebulon_q")
    await perform(hass, "import_users", device_id=device_id, path=zip_path)
    await perform(hass, "get_user", device_id=device_id, user_id="zebulon_q")
    photo = pictures / "Zebulon Quimby.jpg"
    photo.write_bytes(scenery())
    data = {"device_id": device_id, "path": str(photo)}
    await refused(hass, "enroll_user", name="Zebulon Quimby", user_id="z2", **data)
    await perform(hass, "import_users", **data | {"path": str(pictures)})
    await module.send_raw("recognition", b'{"username": "Zebulon Quimby"')
    await module.send_recognition("zebulon_q", device_id="another")
    module.faults.refuse = {"SetPipelineStatusCallback"}
    module.config.status_cb_url = ""
    await poll(hass)
    module.faults.clear()
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    module.faults.refuse = {"AddUser"}
    change = {"device_id": device_id, "user_id": "wu_xiaoming", "name": "Zebulon Quimby"}
    await refused(hass, "update_user", **change)


async def add(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> MockConfigEntry:
    """Add the module as a user does, with a wrong password first."""
    flows = hass.config_entries.flow
    flow = await flows.async_init(DOMAIN, context={"source": "user"})
    given = {"host": module.host, "advanced": {"port": module.port}}
    for password in (OTHER_PASSWORD, PASSWORD):
        result = await flows.async_configure(
            flow["flow_id"], {**given, "password": password}
        )
    await settle(hass)
    entry: MockConfigEntry = result["result"]
    options = {"callback_base_url": base_url}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    return entry


async def log_in_anew(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == "reauth"
    configure = hass.config_entries.flow.async_configure
    await configure(flow["flow_id"], {"password": PASSWORD})
    await configure(flow["flow_id"], {"password": OTHER_PASSWORD})
    await settle(hass)


async def change_password(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    configure = hass.config_entries.flow.async_configure
    await configure(flow["flow_id"], {"next_step_id": "change_password"})
    await configure(flow["flow_id"], {"new_password": NEW_PASSWORD})


async def test_nothing_secret_is_written_where_others_read_it(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    told = house.log()
    assert len(told) > 10_000
    ours = house.log(ours=True)
    assert "a recognition callback was refused" in ours, "the log is what was looked at"
    events = "\n".join(json.dumps(event.data, default=str) for event in house.events)
    assert PEOPLE["zebulon_q"] in events, "so are the events"
    states = "\n".join(str(state.as_dict()) for state in hass.states.async_all())
    for where, text in (("log", told), ("events", events), ("states", states)):
        for secret in (*house.passwords, *house.faces):
            assert secret not in text, where
    but_core = house.log(besides=_TELL_IDS)
    for webhook_id in house.webhook_ids:
        for text in (but_core, events, states):
            assert webhook_id not in text
    # Home Assistant logs each event when it is asked for details; we name nobody.
    for name in house.people:
        assert name not in ours


async def test_the_diagnostics_can_be_posted_in_public(
    hass: HomeAssistant, house: House, module: SimulatedModule, base_url: str
) -> None:
    text = json.dumps(json.loads(house.diagnostics), ensure_ascii=False)
    assert '"issue_id": "person_not_restored' in text, "Home Assistant adds the repairs"
    assert '"half_done": 1' in text
    for secret in (
        *(*house.passwords, *house.webhook_ids, *house.faces, *house.people),
        *(module.serial, module.host, base_url, hass.config.config_dir),
    ):
        assert secret not in text
