"""Actions about many people: import, export, sync, and the end of it."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import ATTR_ALLOW_DUPLICATE, ATTR_IF_EXISTS, ATTR_USER_ID
from ..errors import invalid, words
from ..fleet.importing import ImportOptions, async_import
from ..fleet.jobs import DATA_JOBS
from ..fleet.members import Member
from ..fleet.sync import SyncMode, async_sync
from ..fleet.transfer import async_export
from ..pictures.sources import ATTR_PATH, async_allowed_path, async_check_private
from .description import (
    ATTR_QUALITY,
    DUPLICATES,
    IF_EXISTS,
    QUALITY,
    ActionDescription,
    Target,
    target_of,
)

ATTR_SOURCE: Final = "source_device_id"
ATTR_MODE: Final = "mode"
ATTR_DRY_RUN: Final = "dry_run"


def _member(target: Target) -> Member:
    runtime = target.runtime
    return Member(target.device_id, target.entry, runtime.people, runtime.client)


def _note_lost(hass: HomeAssistant, targets: list[Target], members: list[Member]) -> None:
    """Say of which modules the job was left undone: they did not answer any more."""
    for target, member in zip(targets, members, strict=True):
        if member.lost is not None:
            target.error = words(hass, member.lost, target.entry)


async def _import_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Enroll the people of a folder or zip."""
    path = await async_allowed_path(hass, data[ATTR_PATH])
    options = ImportOptions(
        quality=data[ATTR_QUALITY],
        replace=data[ATTR_IF_EXISTS] == "replace",
        allow_duplicate_face=data[ATTR_ALLOW_DUPLICATE],
    )
    members = [_member(target) for target in targets]
    answer = await async_import(hass, path, members, options)
    _note_lost(hass, targets, members)
    return answer


async def _export_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Write everybody on a module to a zip."""
    path = await async_allowed_path(hass, data[ATTR_PATH])
    if path.suffix.lower() != ".zip":
        raise invalid("path_no_zip", path=data[ATTR_PATH])
    await async_check_private(hass, path)
    return await async_export(hass, path, _member(targets[0]))


async def _sync_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Bring modules in line with another, or with the roster."""
    source_id = data.get(ATTR_SOURCE)
    source = target_of(hass, source_id) if source_id else None
    if source is None and not targets:
        raise invalid("nothing_to_sync")
    if not targets and data[ATTR_MODE] is SyncMode.MIRROR:
        raise invalid("mirror_needs_target")
    if source is not None and source.entry in [target.entry for target in targets]:
        raise invalid("source_is_target")
    members = [_member(target) for target in targets]
    answer = await async_sync(
        hass,
        _member(source) if source else None,
        members,
        data[ATTR_MODE],
        dry_run=data[ATTR_DRY_RUN],
        only=data.get(ATTR_USER_ID, ()),
    )
    _note_lost(hass, targets, members)
    return answer


async def _cancel_jobs(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """End the jobs on modules; each ends after the person it is at."""
    entry_ids = [target.entry.entry_id for target in targets]
    return {"cancelled": hass.data[DATA_JOBS].async_cancel(*entry_ids)}


FLEET_ACTIONS: Final = (
    ActionDescription(
        name="import_users",
        fields={
            vol.Required(ATTR_PATH): cv.string,
            **IF_EXISTS,
            **QUALITY,
            **DUPLICATES,
        },
        run=_import_users,
        many=True,
        admin=True,
    ),
    ActionDescription(
        name="export_users",
        fields={vol.Required(ATTR_PATH): cv.string},
        run=_export_users,
        admin=True,
    ),
    ActionDescription(
        name="sync_users",
        fields={
            vol.Optional(ATTR_SOURCE): cv.string,
            vol.Optional(ATTR_MODE, default="add"): vol.All(
                vol.In([mode.value for mode in SyncMode]), vol.Coerce(SyncMode)
            ),
            vol.Optional(ATTR_USER_ID): vol.All(cv.ensure_list, [cv.string]),
            vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
        },
        run=_sync_users,
        many=True,
        needs_device=False,
        admin=True,
    ),
    ActionDescription(
        name="cancel_jobs", fields={}, run=_cancel_jobs, many=True, admin=True
    ),
)
