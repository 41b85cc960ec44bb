"""The control interface: let people walk by and things go wrong, over HTTP.

It listens on this machine only and knows no password; it is for demos and for
tests in other processes. Bodies and answers are JSON objects, errors are
status 400 with `{"error": text}`.

| request                   | body                                                |
|---------------------------|-----------------------------------------------------|
| GET /state                |                                                     |
| GET /people               |                                                     |
| GET /portrait?name=Anna   | (answers image/jpeg; also `variation=`)             |
| POST /walk_by             | user_id (who is not enrolled is a stranger of that  |
|                           | name), or "stranger": true; "spoof": true; score,   |
|                           | rgb_liveness, nir_liveness, mask, dms_type,         |
|                           | still_there                                         |
| POST /replay              | hours (24): the last recognition again, that much   |
|                           | older                                               |
| POST /enroll              | name, user_id (default: from the name)              |
| POST /leave               | {}: whoever is in front goes away                   |
| POST /faults              | any of `Faults`; "next": name, "times", "call",     |
|                           | "skip"; "clear": true                               |
| POST /quirks              | "profile": document or hostile; any of `Quirks`     |
| POST /pull_cable /plug_in /restart | {}                                         |
| POST /clock               | offset, seconds ahead of real time                  |
| POST /temperature         | celsius                                             |
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields

from aiohttp import web

from simulator.control.bodies import (
    Answer,
    Body,
    check_switches,
    parsed,
    refuse_more,
    respond,
    take,
)
from simulator.module import SimulatedModule
from simulator.portraits import portrait
from simulator.quirks import FAULT_NAMES, PROFILES, Faults, Quirks
from simulator.state import DMS_TYPES

type Action = Callable[[Body], Awaitable[Answer]]

SPOOF_SCORE = 0.12
_LOCALHOST = "127.0.0.1"


class Control:
    """Serves the control interface of one module."""

    def __init__(self, module: SimulatedModule, port: int = 0) -> None:
        self.port = port
        self._module = module
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Start to listen on this machine. Raises OSError if the port is taken."""
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_get("/state", self._get_state)
        app.router.add_get("/people", self._get_people)
        app.router.add_get("/portrait", self._get_portrait)
        for name, action in self._actions().items():
            app.router.add_post(f"/{name}", _json_handler(action))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _LOCALHOST, self.port).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop to listen."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _actions(self) -> Mapping[str, Action]:
        return {
            "walk_by": self._walk_by,
            "replay": self._replay,
            "enroll": self._enroll,
            "leave": self._leave,
            "faults": self._faults,
            "quirks": self._quirks,
            "pull_cable": self._pull_cable,
            "plug_in": self._plug_in,
            "restart": self._restart,
            "clock": self._clock,
            "temperature": self._temperature,
        }

    async def _get_state(self, request: web.Request) -> web.Response:
        return respond(state_of(self._module))

    async def _get_people(self, request: web.Request) -> web.Response:
        people = [
            {"user_id": user.user_id, "name": user.name}
            for user in self._module.users.values()
        ]
        return respond({"people": people})

    async def _get_portrait(self, request: web.Request) -> web.Response:
        try:
            variation = int(request.query.get("variation", "0"))
        except ValueError:
            return respond({"error": "variation must be a number"}, 400)
        name = request.query.get("name", "")
        if not name:
            return respond({"error": "name is missing"}, 400)
        picture = portrait(name, variation=variation)
        return web.Response(body=picture, content_type="image/jpeg")

    async def _walk_by(self, body: Body) -> Answer:
        values = dict(body)
        spoof = take(values, "spoof", bool, default=False)
        stranger = take(values, "stranger", bool, default=False)
        user_id = take(values, "user_id", str, default=None)
        if not (stranger or user_id):
            raise ValueError("user_id is missing (or stranger: true)")
        if stranger and user_id:
            raise ValueError("either user_id or stranger, not both")
        scores = {
            key: take(values, key, (int, float), default=None)
            for key in ("score", "rgb_liveness", "nir_liveness", "mask")
        }
        dms_type = take(values, "dms_type", str, default=None)
        if dms_type not in (None, *DMS_TYPES):
            raise ValueError(f"dms_type must be one of {', '.join(DMS_TYPES)}")
        still_there = take(values, "still_there", bool, default=False)
        refuse_more(values)
        if spoof:
            for key in ("rgb_liveness", "nir_liveness"):
                scores[key] = SPOOF_SCORE if scores[key] is None else scores[key]
        record = await self._module.walk_by(
            user_id, dms_type=dms_type, still_there=still_there, **scores
        )
        return {"record": None if record is None else asdict(record)}

    async def _replay(self, body: Body) -> Answer:
        hours = take(body, "hours", (int, float), default=24)
        refuse_more(body)
        try:
            return {"status": await self._module.replay(hours * 3600)}
        except LookupError as err:
            raise ValueError(str(err)) from err

    async def _enroll(self, body: Body) -> Answer:
        name = take(body, "name", str)
        default = "".join(name.split()).casefold()
        user_id = take(body, "user_id", str, default=default)
        refuse_more(body)
        if not name or not user_id:
            raise ValueError("name must not be empty")
        if user_id in self._module.users:
            raise ValueError(f"{user_id} is enrolled already")
        self._module.add_user(user_id, name)
        return {"user_id": user_id, "name": name}

    async def _leave(self, body: Body) -> Answer:
        refuse_more(body)
        self._module.in_front = None
        return {}

    async def _faults(self, body: Body) -> Answer:
        faults = self._module.faults
        values = dict(body)
        clear = take(values, "clear", bool, default=False)
        name = take(values, "next", str, default=None)
        times = take(values, "times", int, default=1)
        call = take(values, "call", str, default=None)
        skip = take(values, "skip", int, default=0)
        known = {item.name for item in fields(Faults)} - {"queue"}
        check_switches(values, known)
        if name is not None and name not in FAULT_NAMES:
            raise ValueError(f"next must be one of {', '.join(FAULT_NAMES)}")
        if clear:
            faults.clear()
        for key, value in values.items():
            setattr(faults, key, set(value) if key == "refuse" else value)
        if name is not None:
            faults.next(name, times=times, call=call, skip=skip)
        return _faults_json(faults)

    async def _quirks(self, body: Body) -> Answer:
        values = dict(body)
        profile = take(values, "profile", str, default=None)
        check_switches(values, {item.name for item in fields(Quirks)})
        if profile not in (None, *PROFILES):
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}")
        quirks = self._module.quirks
        if profile is not None:
            vars(quirks).update(vars(Quirks.of(profile)))
        for key, value in values.items():
            quirks.set(key, value=value)
        return asdict(quirks)

    async def _pull_cable(self, body: Body) -> Answer:
        refuse_more(body)
        await self._module.pull_cable()
        return {}

    async def _plug_in(self, body: Body) -> Answer:
        refuse_more(body)
        await self._module.plug_in()
        return {}

    async def _restart(self, body: Body) -> Answer:
        refuse_more(body)
        self._module.restart_soon()
        return {}

    async def _clock(self, body: Body) -> Answer:
        self._module.clock_offset = float(take(body, "offset", (int, float)))
        refuse_more(body)
        return {"now": self._module.now()}

    async def _temperature(self, body: Body) -> Answer:
        self._module.temperature = float(take(body, "celsius", (int, float)))
        refuse_more(body)
        return {"temperature": self._module.temperature}


def state_of(module: SimulatedModule) -> Answer:
    """Return everything about a module but its password and pictures."""
    return {
        "serial": module.serial,
        "host": module.host,
        "port": module.port,
        "online": module.online,
        "config": asdict(module.config),
        "rgb_led": module.rgb_led,
        "ir_led": module.ir_led,
        "temperature": module.temperature,
        "now": module.now(),
        "clock_offset": module.clock_offset,
        "in_front": module.in_front,
        "status": asdict(module.status),
        "users": len(module.users),
        "records": len(module.records),
        "requests": len(module.requests),
        "connections": module.connections,
        "sent": Counter(callback.kind for callback in module.sent),
        "faults": _faults_json(module.faults),
        "quirks": asdict(module.quirks),
    }


def _faults_json(faults: Faults) -> Answer:
    return asdict(faults) | {"refuse": sorted(faults.refuse)}


def _json_handler(
    action: Action,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return respond(await action(parsed(await request.read())))
        except ValueError as err:
            return respond({"error": str(err)}, 400)

    return handle
