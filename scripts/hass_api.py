"""Home Assistant from outside: started, onboarded and asked, as a browser would."""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).resolve().parent.parent
USERNAME = PASSWORD = "demo"  # noqa: S105
# Within so long (s) it answers, and then has started; an entry reloads within the other.
_STARTS_WITHIN = 90
_RELOADS_WITHIN = 60
CONFIGURATION = """\
homeassistant:
  media_dirs:
    local: {media}
automation: !include automations.yaml
config:
frontend:
media_source:
my:
person:
webhook:
logger:
  default: warning
  logs:
    # Why a module was not found is worth reading in a demo.
    custom_components.face_module: info
    # That these are missing on a machine is no trouble of ours.
    haffmpeg: critical
    homeassistant.components.analytics: critical
    homeassistant.components.camera.img_util: critical
"""
RECORDER = """\
history:
logbook:
recorder:
  purge_keep_days: 1
"""


BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


class DemoError(Exception):
    """Something the user can do something about; the text says what."""


def browser_path() -> str:
    """Return the browser; raises DemoError when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise DemoError("no browser: install chromium (apt-get install chromium)")


def prepare_config(config: Path, *, recorder: bool = True) -> None:
    """Make an empty configuration folder that knows our integration and nothing else.

    All of the onboarding but the owner's account counts as done: its later steps would add
    integrations that look for their servers on the Internet. Without `recorder` nothing
    remembers states.
    """
    shutil.rmtree(config, ignore_errors=True)
    (config / "custom_components").mkdir(parents=True)
    (config / "custom_components" / "face_module").symlink_to(
        REPOSITORY / "custom_components" / "face_module"
    )
    (config / "media").mkdir()
    text = CONFIGURATION.format(media=config / "media") + (RECORDER if recorder else "")
    (config / "configuration.yaml").write_text(text, encoding="utf-8")
    (config / "automations.yaml").write_text("[]\n", encoding="utf-8")
    (config / ".storage").mkdir()
    done = ["core_config", "analytics", "integration"]
    stored = {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": done}}
    text = json.dumps(stored)
    (config / ".storage" / "onboarding").write_text(text, encoding="utf-8")


async def start_hass(
    config: Path, port: int, python: Path | None = None
) -> asyncio.subprocess.Process:
    """Start Home Assistant; its log goes to a file in the configuration folder."""
    # As it starts, it removes what others on this machine were just sent.
    temporary = config / "tmp"
    temporary.mkdir(exist_ok=True)
    log = (config / "home-assistant.out").open("ab")
    with log:
        return await asyncio.create_subprocess_exec(
            python or sys.executable,
            "-m",
            "homeassistant",
            "--config",
            config,
            "--skip-pip",
            cwd=config,
            # The port that a fresh Home Assistant listens on.
            env={**os.environ, "SETUP_PORT": str(port), "TMPDIR": str(temporary)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def stop(process: asyncio.subprocess.Process | None, patience: float = 30) -> None:
    """End a process politely, then firmly."""
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        process.kill()
        await process.wait()


class Hass:
    """A Home Assistant at `url`, logged in as the owner."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        """Prepare; `onboard` logs in."""
        self.url = url
        self.tokens: dict[str, Any] = {}
        self._session = session
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._id = 0

    async def wait_until_up(
        self, process: asyncio.subprocess.Process, *, onboarded: bool = False
    ) -> None:
        """Wait until it can be onboarded, or is again; raises DemoError when it is not."""
        # There is no onboarding left once it was done; the API then wants a token.
        done = onboarded or self.tokens
        path, status = ("/api/", 401) if done else ("/api/onboarding", 200)
        for _ in range(_STARTS_WITHIN * 4):
            if process.returncode is not None:
                raise DemoError("Home Assistant ended before it was up")
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get(f"{self.url}{path}") as answer:
                    if answer.status == status:
                        return
            await asyncio.sleep(0.25)
        raise DemoError(f"Home Assistant did not answer within {_STARTS_WITHIN} s")

    async def onboard(self) -> None:
        """Make the owner's account, all that `prepare_config` leaves to the onboarding."""
        client_id = f"{self.url}/"
        code = await self.post(
            "/api/onboarding/users",
            {
                "client_id": client_id,
                "name": "Demo",
                "username": USERNAME,
                "password": PASSWORD,
                "language": "en",
            },
        )
        await self._log_in(code["auth_code"])
        await self.wait_until_running()

    async def log_in(self) -> None:
        """Log in with the owner's account, which was made before."""
        base, client_id = "/auth/login_flow", f"{self.url}/"
        handler = ["homeassistant", None]
        flow = await self.post(
            base, {"client_id": client_id, "handler": handler, "redirect_uri": client_id}
        )
        account = {"username": USERNAME, "password": PASSWORD}
        done = await self.post(
            f"{base}/{flow['flow_id']}", {"client_id": client_id, **account}
        )
        if done["type"] != "create_entry":
            raise DemoError(f"the user {USERNAME} has another password now")
        await self._log_in(done["result"])
        await self.wait_until_running()

    async def wait_until_running(self) -> None:
        """Wait until it has started: automations wait for that, too."""
        async with asyncio.timeout(_STARTS_WITHIN):
            while (await self.get("/api/config"))["state"] != "RUNNING":
                await asyncio.sleep(0.1)

    async def _log_in(self, code: str) -> None:
        client_id = f"{self.url}/"
        form = {"client_id": client_id, "code": code, "grant_type": "authorization_code"}
        async with self._session.post(f"{self.url}/auth/token", data=form) as answer:
            self.tokens = await answer.json()
        self.tokens |= {"hassUrl": self.url, "clientId": client_id}

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST JSON with our token; raises DemoError for everything but success."""
        return await self._request("POST", path, body)

    async def get(self, path: str) -> Any:
        """GET JSON with our token; raises DemoError for everything but success."""
        return await self._request("GET", path, None)

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        headers = {}
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        async with self._session.request(
            method, f"{self.url}{path}", json=body, headers=headers
        ) as answer:
            if answer.status >= 400:  # noqa: PLR2004
                raise DemoError(f"{path}: HTTP {answer.status} {await answer.text()}")
            return await answer.json()

    async def add_module(self, host: str, port: int, password: str) -> dict[str, Any]:
        """Walk through the config flow as the frontend does; return its last step."""
        base = "/api/config/config_entries/flow"
        flow = await self.post(base, {"handler": "face_module"})
        result: dict[str, Any] = await self.post(
            f"{base}/{flow['flow_id']}",
            {"host": host, "password": password, "advanced": {"port": port}},
        )
        if result.get("step_id") == "new_password":
            # It keeps the one from the factory.
            result = await self.post(f"{base}/{flow['flow_id']}", {})
        return result

    async def add_broker(self, port: int, username: str, password: str) -> dict[str, Any]:
        """Set up MQTT as the frontend does; return the last step."""
        base = "/api/config/config_entries/flow"
        flow = await self.post(base, {"handler": "mqtt"})
        result: dict[str, Any] = await self.post(
            f"{base}/{flow['flow_id']}",
            {
                "broker": "127.0.0.1",
                "port": port,
                "username": username,
                "password": password,
                "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
            },
        )
        return result

    async def remove_module(self, entry_id: str) -> None:
        """Remove a module as an administrator does."""
        await self._request("DELETE", f"/api/config/config_entries/entry/{entry_id}", None)

    async def set_options(self, entry_id: str, changes: Mapping[str, Any]) -> None:
        """Change some options of a module as the frontend does; its entry reloads."""

        def answer(fields: list[dict[str, Any]]) -> dict[str, Any]:
            filled = {
                field["name"]: answer(field["schema"])
                if "schema" in field
                else changes.get(
                    field["name"], field.get("description", {}).get("suggested_value")
                )
                for field in fields
            }
            # The frontend leaves out what nobody filled in.
            return {name: value for name, value in filled.items() if value is not None}

        await self._configure(
            entry_id, "settings", lambda form: answer(form["data_schema"])
        )

    async def _configure(
        self,
        entry_id: str,
        part: str,
        answer: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        """Answer a form of the options; wait until the entry has ended its reload.

        It takes its addresses back first.
        """
        base = "/api/config/config_entries/options/flow"
        menu = await self.post(base, {"handler": entry_id})
        step = f"{base}/{menu['flow_id']}"
        form = await self.post(step, {"next_step_id": part})
        result = await self.post(step, answer(form))
        if result["type"] != "create_entry":
            raise DemoError(f"the {part} were refused: {result.get('errors')}")
        async with asyncio.timeout(_RELOADS_WITHIN):
            while True:
                entries = await self.get("/api/config/config_entries/entry")
                states = {entry["entry_id"]: entry["state"] for entry in entries}
                if states[entry_id] in ("loaded", "setup_retry", "setup_error"):
                    return
                await asyncio.sleep(0.05)

    async def set_eyes(self, entry_id: str, eyes: list[dict[str, Any]]) -> None:
        """Give a module eyes as the frontend does; its entry reloads."""
        await self._configure(entry_id, "eyes", lambda _form: {"eyes": eyes})

    async def add_camera(self, path: Path) -> None:
        """Add a camera that shows a file, and is called so, as the frontend does."""
        base = "/api/config/config_entries/flow"
        flow = await self.post(base, {"handler": "local_file"})
        # From 2026.11 on it is not asked for a name.
        asked = [field["name"] for field in flow["data_schema"]]
        fields = {"name": path.stem} if "name" in asked else {}
        fields["file_path"] = str(path)
        result = await self.post(f"{base}/{flow['flow_id']}", fields)
        if result["type"] != "create_entry":
            raise DemoError(f"the camera was not added: {result.get('errors')}")

    async def connect(self) -> None:
        """Open the websocket."""
        self._socket = await self._session.ws_connect(f"{self.url}/api/websocket")
        await self._socket.receive_json()
        await self._socket.send_json(
            {"type": "auth", "access_token": self.tokens["access_token"]}
        )
        hello = await self._socket.receive_json()
        if hello["type"] != "auth_ok":
            raise DemoError("Home Assistant refused its own token")

    async def close(self) -> None:
        """Close the websocket, if it is open."""
        if self._socket is not None:
            await self._socket.close()

    async def command(self, kind: str, patience: float = 60, **fields: Any) -> Any:
        """Send a websocket command and return its result; raises DemoError."""
        assert self._socket is not None  # noqa: S101
        self._id += 1
        message = {"id": self._id, "type": kind, **fields}
        try:
            await self._socket.send_json(message)
        except aiohttp.ClientConnectionResetError:
            # Nobody read it for a while, so that Home Assistant's pings had no answer.
            await self.connect()
            await self._socket.send_json(message)
        while True:
            answer = await asyncio.wait_for(self._socket.receive_json(), patience)
            if answer.get("id") == self._id and answer["type"] == "result":
                if not answer["success"]:
                    raise DemoError(f"{kind}: {answer['error']['message']}")
                return answer["result"]

    async def action(self, domain: str, name: str, entity_id: str, **data: Any) -> None:
        """Perform an action on an entity."""
        await self.command(
            "call_service",
            domain=domain,
            service=name,
            service_data=data,
            target={"entity_id": entity_id},
        )

    async def perform(self, name: str, /, **data: Any) -> dict[str, Any]:
        """Perform an action of ours, however long it takes, and return its answer."""
        result = await self.command(
            "call_service",
            patience=900,
            domain="face_module",
            service=name,
            service_data=data,
            return_response=True,
        )
        answer: dict[str, Any] = result["response"]
        return answer

    async def device(self, serial: str) -> str:
        """Return the id of the device of a module."""
        for device in await self.command("config/device_registry/list"):
            if ["face_module", serial] in device["identifiers"]:
                return str(device["id"])
        raise DemoError(f"there is no module {serial}")

    async def receive(self) -> dict[str, Any]:
        """Return the next message of what was subscribed to with `command`."""
        assert self._socket is not None  # noqa: S101
        message: dict[str, Any] = await asyncio.wait_for(self._socket.receive_json(), 60)
        return message

    async def entities(self, serial: str | None = None) -> dict[str, str]:
        """Return our entities, or one module's: key (as in the unique id) to entity id."""
        found = {}
        for entity in await self.command("config/entity_registry/list"):
            if entity["platform"] == "face_module":
                of, _, key = entity["unique_id"].partition("_")
                if serial in (None, of):
                    found[key] = entity["entity_id"]
        return found

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states by entity id."""
        return {state["entity_id"]: state for state in await self.command("get_states")}
