"""Everything that the integration does with a module, as the campaign does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from homeassistant.components.repairs.const import DOMAIN as REPAIRS
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from custom_components.face_module.const import DOMAIN
from tests.common import perform, poll
from tests.conftest import PASSWORD, settle

from .world import HOST, MOVED, NEW_PASSWORD, OTHER_SYSTEM, PEOPLE, World, user

# How a flow says that another module is at the address.
_ANOTHER: Final = ("unique_id_mismatch",)

type Step = Callable[[World], Awaitable[object]]


async def _nothing(world: World) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something to do: what comes before, what is done, and what may come of it.

    `gone` and `new` are the user ids that may be missing and may be there afterwards,
    `kept` those that must be there besides the people of the world.
    """

    run: Step
    prepare: Step = _nothing
    gone: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def _entity(domain: str, action: str, key: str, /, **data: Any) -> Operation:
    async def run(world: World) -> None:
        data_ = {"entity_id": world.entity(domain, key), **data}
        await world.hass.services.async_call(domain, action, data_, blocking=True)

    return Operation(run)


def _action(
    action: str,
    /,
    *,
    prepare: Step = _nothing,
    gone: str = "",
    new: str = "",
    kept: str = "",
    photos: tuple[str, ...] = (),
    **data: Any,
) -> Operation:
    async def run(world: World) -> object:
        paths = {key: world.photo() for key in photos}
        return await perform(world.hass, action, device_id=world.device_id, **paths, **data)

    sets = (frozenset(ids.split()) for ids in (gone, new, kept))
    return Operation(run, prepare, *sets)


# The entry


async def _set_up(world: World) -> None:
    await world.hass.config_entries.async_setup(world.entry.entry_id)


async def _unload(world: World) -> None:
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    await settle(world.hass)


async def _unload_and_set_up(world: World) -> None:
    """Set it up again, for nothing can be seen of what is not loaded."""
    await _unload(world)
    assert world.entry.state is ConfigEntryState.NOT_LOADED
    await _set_up(world)


async def _remove(world: World) -> None:
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    left = [
        issue_id for _, issue_id in ir.async_get(world.hass).issues
        if world.entry.entry_id in issue_id
    ]  # fmt: skip
    assert left == []
    folder = Path(world.hass.config.path(DOMAIN, world.entry.entry_id))
    assert not folder.exists()
    await _add(world)


async def _take_away(world: World) -> None:
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    world.module.requests.clear()


def _flow(world: World) -> Any:
    return world.hass.config_entries.flow


async def _add(world: World) -> None:
    """Add the module as a user does, and again where that failed."""
    known = {CONF_HOST: HOST, CONF_PASSWORD: PASSWORD}
    form = {**known, "advanced": {CONF_PORT: world.module.port}}
    flow = await _flow(world).async_init(DOMAIN, context={"source": SOURCE_USER})
    for _ in range(5):
        flow = await _flow(world).async_configure(flow["flow_id"], form)
        if flow["type"] is not FlowResultType.FORM:
            break
        if flow["step_id"] == "take_over":
            flow = await _flow(world).async_configure(flow["flow_id"], {})
            break
        assert flow["errors"], flow
        await world.heal()
    assert flow["type"] is FlowResultType.CREATE_ENTRY, flow
    world.entry = flow["result"]
    await settle(world.hass)


async def _reauth(world: World) -> None:
    flow = await world.entry.start_reauth_flow(world.hass)
    form = {CONF_PASSWORD: PASSWORD}
    flow = await _flow(world).async_configure(flow["flow_id"], form)
    assert flow.get("errors") or flow["reason"] in ("reauth_successful", *_ANOTHER)


async def _reconfigure(world: World, step: str, form: dict[str, Any]) -> Any:
    flow = await world.entry.start_reconfigure_flow(world.hass)
    chosen = {"next_step_id": step}
    flow = await _flow(world).async_configure(flow["flow_id"], chosen)
    if flow["type"] is FlowResultType.ABORT:
        return flow
    return await _flow(world).async_configure(flow["flow_id"], form)


async def _connection(world: World) -> None:
    advanced = {CONF_PORT: world.module.port}
    form = {CONF_HOST: HOST, "advanced": advanced}
    flow = await _reconfigure(world, "connection", form)
    assert flow.get("errors") or flow["reason"] in ("reconfigure_successful", *_ANOTHER)


async def _password(world: World) -> None:
    form = {"new_password": NEW_PASSWORD}
    flow = await _reconfigure(world, "change_password", form)
    assert flow.get("errors") or flow["reason"] == "password_changed"


async def _network(world: World) -> None:
    form = {"device_ip": MOVED, "netmask": "255.255.255.0", "gateway": "127.0.0.9"}
    flow = await _reconfigure(world, "network", form)
    if flow["type"] is FlowResultType.SHOW_PROGRESS:
        moving: Any = _flow(world)._progress[flow["flow_id"]]
        await moving._move
        flow = await _flow(world).async_configure(flow["flow_id"])
        assert flow["reason"] in ("network_changed", "network_unchanged", "network_lost")


async def _options(world: World) -> None:
    options = {**world.entry.options, "presence_timeout": 31}
    world.hass.config_entries.async_update_entry(world.entry, options=options)
    await world.hass.config_entries.async_reload(world.entry.entry_id)


# Callbacks


async def _blank(world: World) -> None:
    world.module.config.blank_callbacks()


async def _taken(world: World) -> None:
    world.module.config.recognition_cb_url = OTHER_SYSTEM
    await poll(world.hass)


async def _take_over(world: World) -> None:
    issue_id = f"callback_taken_{world.entry.entry_id}"
    manager: Any = world.hass.data[REPAIRS]["flow_manager"]
    flow = await manager.async_init(DOMAIN, data={"issue_id": issue_id})
    flow = await manager.async_configure(flow["flow_id"], {})
    if flow["type"] is FlowResultType.FORM:
        manager.async_abort(flow["flow_id"])


# People


async def _dora(world: World) -> None:
    world.module.users["dora"] = user("dora", "Dora", 3)
    world.entry.runtime_data.coordinator.async_users_changed()


async def _half_done(world: World) -> None:
    """Leave Anna's change half done: she is written down, and not on the module."""
    people = world.entry.runtime_data.people
    anna = await people.async_known("anna")
    await people._pending.async_put(anna, "Eva")
    del world.module.users["anna"]


async def _update_picture(world: World) -> object:
    data = {"user_id": "anna", "path": world.photo("Anna.jpg")}
    return await perform(world.hass, "update_user", device_id=world.device_id, **data)


async def _import(world: World, **data: Any) -> object:
    path = world.photo("people")
    return await perform(
        world.hass, "import_users", device_id=world.device_id, path=path, **data
    )


async def _import_again(world: World) -> object:
    return await _import(world, if_exists="replace")


async def _enroll_on_both(world: World) -> object:
    devices = [world.device_id, world.other_device_id]
    data = {"name": "Dora", "path": world.photo()}
    return await perform(world.hass, "enroll_user", device_id=devices, **data)


async def _export(world: World) -> object:
    world.exports += 1
    path = world.photo(f"{world.exports}.zip")
    data = {"device_id": world.device_id, "path": path}
    report = await perform(world.hass, "export_users", **data)
    world.unexported = {line["user_id"] for line in report["failed"]}
    return report


def _sync(*, towards: bool, mode: str = "add", dry_run: bool = False) -> Step:
    async def run(world: World) -> object:
        devices = [world.other_device_id, world.device_id]
        source, target = devices if towards else reversed(devices)
        return await perform(
            world.hass,
            "sync_users",
            source_device_id=source,
            device_id=target,
            mode=mode,
            dry_run=dry_run,
        )

    return run


async def _to_roster(world: World) -> object:
    return await perform(world.hass, "sync_users", source_device_id=world.device_id)


async def _front(world: World) -> None:
    world.module.in_front = "anna"


_ZOE: Final = frozenset({"zoe"})
_EVERYBODY: Final = frozenset(PEOPLE)
_IMPORTED: Final = frozenset({"dora", "emil"})

OPERATIONS: Final[dict[str, Operation]] = {
    "set up": Operation(_set_up, _unload),
    "poll": Operation(lambda world: poll(world.hass)),
    "unload": Operation(_unload_and_set_up),
    "remove": Operation(_remove),
    "add": Operation(_add, _take_away),
    "reauthenticate": Operation(_reauth),
    "reconfigure connection": Operation(_connection),
    "reconfigure password": Operation(_password),
    "reconfigure network": Operation(_network),
    "options": Operation(_options),
    "fill blank addresses": Operation(lambda world: poll(world.hass), _blank),
    "take addresses over": Operation(_take_over, _taken),
    "rgb led": _entity("switch", "turn_on", "rgb_led"),
    "ir led": _entity("switch", "turn_on", "ir_led"),
    "boxes": _entity("switch", "turn_off", "show_bbox"),
    "multiface": _entity("switch", "turn_on", "multiface_detection"),
    "liveness type": _entity("select", "select_option", "liveness_type", option="rgb_nir"),
    "quality": _entity("select", "select_option", "quality_control", option="low"),
    "quality scope": _entity(
        "select", "select_option", "quality_control_scope", option="enrollment"
    ),
    "liveness threshold": _entity("number", "set_value", "liveness_threshold", value=81),
    "recognition threshold": _entity(
        "number", "set_value", "recognition_threshold", value=82
    ),
    "face size": _entity("number", "set_value", "min_face_size", value=140),
    "request by button": _entity("button", "press", "request_recognition"),
    "restart": _entity("button", "press", "restart"),
    "sync clock": _entity("button", "press", "sync_clock"),
    "restore": _entity("button", "press", "restore_factory_settings"),
    "enroll": _action("enroll_user", name="Dora", photos=("path",), new="dora"),
    "enroll on both": Operation(_enroll_on_both, new=frozenset({"dora"})),
    "enroll in place of": _action(
        "enroll_user",
        name="Dora",
        photos=("path",),
        user_id="dora",
        if_exists="replace",
        prepare=_dora,
        new="dora",
        kept="dora",
    ),
    "rename": _action("update_user", user_id="anna", name="Eva"),
    "another picture": Operation(_update_picture),
    "repair a change": Operation(lambda world: poll(world.hass), _half_done),
    "delete": _action("delete_user", user_id="anna", gone="anna"),
    "clear": _action("clear_users", confirm=True, gone="anna chenwei"),
    "get": _action("get_user", user_id="anna"),
    "list": _action("list_users", with_names=True),
    "count": _action("count_users"),
    "import": Operation(_import, new=_IMPORTED),
    "import again": Operation(
        _import_again, _dora, new=_IMPORTED, kept=frozenset({"dora"})
    ),
    "export": Operation(_export),
    "sync to it": Operation(_sync(towards=True), new=_ZOE),
    "sync from it": Operation(_sync(towards=False)),
    "plan for it": Operation(_sync(towards=True, mode="mirror", dry_run=True)),
    "mirror to it": Operation(
        _sync(towards=True, mode="mirror"), gone=frozenset({"chenwei"}), new=_ZOE
    ),
    "mirror from it": Operation(_sync(towards=False, mode="mirror")),
    "roster from it": Operation(_to_roster),
    "identify": _action("identify_face", photos=("path",)),
    "compare": _action("compare_faces", photos=("path_1", "path_2")),
    "extract": _action("extract_feature", photos=("path",)),
    "search records": _action("search_records", user_id="anna"),
    "delete records": _action("delete_records", user_id="anna"),
    "clear records": _action("clear_records", confirm=True),
    "request": _action("request_recognition", prepare=_front, timeout=1),
    "set clock": _action("set_clock"),
    "set clock to": _action("set_clock", datetime="2026-01-01 00:00:00"),
}
