"""What every action shares: its targets, its errors and its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..client import QualityControl
from ..const import ATTR_ALLOW_DUPLICATE, ATTR_IF_EXISTS, ATTR_USER_ID, DOMAIN
from ..errors import invalid, translated_errors
from ..models import FaceModuleConfigEntry, FaceModuleRuntime
from ..texts import error_text

ATTR_CONFIRM: Final = "confirm"
ATTR_QUALITY: Final = "quality_control"

type Fields = Mapping[vol.Marker, Any]

# Fields that several actions have.
USER_ID: Final[Fields] = {vol.Required(ATTR_USER_ID): cv.string}
CONFIRM: Final[Fields] = {vol.Optional(ATTR_CONFIRM, default=False): cv.boolean}
DUPLICATES: Final[Fields] = {vol.Optional(ATTR_ALLOW_DUPLICATE, default=False): cv.boolean}
IF_EXISTS: Final[Fields] = {
    vol.Optional(ATTR_IF_EXISTS, default="fail"): vol.In(["fail", "replace"])
}
QUALITY: Final[Fields] = {
    vol.Optional(ATTR_QUALITY, default="none"): vol.All(
        vol.In([item.name.lower() for item in QualityControl]),
        lambda value: QualityControl[value.upper()],
    )
}


def _with_time_zone(value: datetime) -> datetime:
    if value.tzinfo is not None:
        return value
    return value.replace(tzinfo=dt_util.get_default_time_zone())


# A time without an offset is Home Assistant's.
TIME: Final = vol.All(cv.datetime, _with_time_zone)


@dataclass(frozen=True, slots=True)
class Target:
    """A module that an action works on."""

    device_id: str
    entry: FaceModuleConfigEntry
    # The entry may be unloaded meanwhile.
    runtime: FaceModuleRuntime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDescription:
    """An action on one module, or on several with `many`; `device_id` names them.

    Without `needs_device` there may be none, without `has_device` there never is.

    `run` gets the targets (one without `many`) and the checked fields and returns the
    answer. It may raise FaceModuleError about the only target: it becomes a translated
    HomeAssistantError.
    With `admin` only administrators may perform it, and automations.
    """

    name: str
    fields: Fields
    run: Callable[
        [HomeAssistant, list[Target], Mapping[str, Any]], Awaitable[ServiceResponse]
    ]
    many: bool = False
    needs_device: bool = True
    has_device: bool = True
    admin: bool = False
    response: SupportsResponse = SupportsResponse.OPTIONAL

    @property
    def schema(self) -> vol.Schema:
        """What the action takes."""
        if not self.has_device:
            return vol.Schema({**self.fields})
        devices = vol.All(
            cv.ensure_list, vol.Length(min=int(self.needs_device)), [cv.string]
        )
        key = (
            vol.Required(ATTR_DEVICE_ID)
            if self.needs_device
            else vol.Optional(ATTR_DEVICE_ID, default=list)
        )
        return vol.Schema({key: devices if self.many else cv.string, **self.fields})

    @callback
    def async_register(self, hass: HomeAssistant) -> None:
        """Register the action."""

        async def handle(call: ServiceCall) -> ServiceResponse:
            if ATTR_CONFIRM in map(str, self.fields) and not call.data[ATTR_CONFIRM]:
                raise invalid("not_confirmed")
            ids = dict.fromkeys(cv.ensure_list(call.data.get(ATTR_DEVICE_ID)))
            targets = [target_of(hass, device_id) for device_id in ids]
            if self.many or not self.has_device:
                answer = await self.run(hass, targets, call.data)
            else:
                async with translated_errors(hass, targets[0].entry):
                    answer = await self.run(hass, targets, call.data)
            return answer if call.return_response else None

        if self.admin:
            service.async_register_admin_service(
                hass, DOMAIN, self.name, handle, self.schema, self.response
            )
        else:
            hass.services.async_register(
                DOMAIN,
                self.name,
                handle,
                schema=self.schema,
                supports_response=self.response,
            )


def target_of(hass: HomeAssistant, device_id: str) -> Target:
    """Return a module; raises ServiceValidationError, translated by Home Assistant."""
    entry: FaceModuleConfigEntry
    _, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id)
    return Target(device_id, entry, entry.runtime_data)


async def on_each(
    hass: HomeAssistant,
    targets: list[Target],
    run: Callable[[Target], Awaitable[JsonObjectType]],
) -> list[JsonObjectType]:
    """Run on one module after the other; return a line for each.

    What fails on one module is a line, not the end; when it fails on all, the first
    error is raised.
    """
    results: list[JsonObjectType] = []
    errors: list[HomeAssistantError] = []
    for target in targets:
        line: JsonObjectType = {"device_id": target.device_id}
        try:
            async with translated_errors(hass, target.entry):
                line |= {"ok": True, **await run(target)}
        except HomeAssistantError as err:
            errors.append(err)
            line |= {"ok": False, "error": error_text(hass, err)}
        results.append(line)
    if len(errors) == len(targets):
        raise errors[0]
    return results
