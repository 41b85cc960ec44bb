"""What every action shares: its targets, its errors and its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    Context,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..client import QualityControl
from ..const import ATTR_ALLOW_DUPLICATE, ATTR_IF_EXISTS, ATTR_USER_ID, DOMAIN
from ..errors import invalid, translated_errors
from ..permissions import acting_as, async_caller, check_may_see_visits
from ..runtime import FaceModuleConfigEntry, FaceModuleRuntime
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


@dataclass(slots=True, eq=False)
class Target:
    """A module that an action works on, for whom, and why it failed there if it did."""

    device_id: str
    entry: FaceModuleConfigEntry
    # The entry may be unloaded meanwhile.
    runtime: FaceModuleRuntime
    context: Context | None = None
    error: str | None = None


class ActionDescription(NamedTuple):
    """An action on one module, or on several with `many`; `device_id` names them.

    Without `needs_device` there may be none; without `has_device` there never is, whatever
    a field of that name means.

    `run` gets the targets (one without `many`) and the checked fields and returns the
    answer. It may raise FaceModuleError about the only target: it becomes a translated
    HomeAssistantError. Where it failed on one of several, the target says why: that is an
    error if nobody asked for the answer.
    With `admin` only administrators may perform it, and automations. Else whoever may
    read (with `control`: control) the recognition event of each module: what an action
    tells is about who came, or who is known there.
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
    control: bool = False
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

    async def _async_run(
        self, hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
    ) -> ServiceResponse:
        if self.many or not self.has_device:
            return await self.run(hass, targets, data)
        async with translated_errors(hass, targets[0].entry):
            return await self.run(hass, targets, data)

    @callback
    def async_register(self, hass: HomeAssistant) -> None:
        """Register the action."""

        async def handle(call: ServiceCall) -> ServiceResponse:
            if ATTR_CONFIRM in map(str, self.fields) and not call.data[ATTR_CONFIRM]:
                raise invalid("not_confirmed")
            named = call.data.get(ATTR_DEVICE_ID) if self.has_device else None
            ids = dict.fromkeys(cv.ensure_list(named))
            targets = [target_of(hass, device_id, call.context) for device_id in ids]
            user = await async_caller(hass, call.context)
            policy = POLICY_CONTROL if self.control else POLICY_READ
            for target in targets:
                check_may_see_visits(hass, user, target.entry.entry_id, policy)
            with acting_as(user):
                answer = await self._async_run(hass, targets, call.data)
            if call.return_response:
                return answer
            if any(target.error for target in targets):
                raise _failed(targets)
            return None

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


def target_of(
    hass: HomeAssistant, device_id: str, context: Context | None = None
) -> Target:
    """Return a module; raises ServiceValidationError, translated by Home Assistant."""
    entry: FaceModuleConfigEntry
    device, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id)
    if (DOMAIN, entry.unique_id) not in device.identifiers:
        # It is that of a person.
        raise invalid("access_door_unknown", device_id=device.name or device_id)
    return Target(device_id, entry, entry.runtime_data, context)


async def on_each(
    hass: HomeAssistant,
    targets: list[Target],
    run: Callable[[Target], Awaitable[JsonObjectType]],
) -> list[JsonObjectType]:
    """Run on one module after the other; return a line for each.

    What fails on one module is a line, not the end. Raises HomeAssistantError when it
    fails on all.
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
            target.error = error_text(hass, err)
            line |= {"ok": False, "error": target.error}
        results.append(line)
    if len(errors) == len(targets):
        raise errors[0] if len(errors) == 1 else _failed(targets)
    return results


def _failed(targets: list[Target]) -> HomeAssistantError:
    """Return the error that names the modules on which it failed, and says why."""
    errors = [f"{target.entry.title}: {target.error}" for target in targets if target.error]
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="failed_on",
        translation_placeholders={"errors": " ".join(errors)},
    )
