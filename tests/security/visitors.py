"""Users as Home Assistant keeps them, with the permissions of their group."""

from dataclasses import dataclass
from typing import Any

from homeassistant.auth.models import Credentials, Group
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from tests.common import device_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in."""

    user_id: str
    token: str

    @property
    def context(self) -> Context:
        """What they do."""
        return Context(user_id=self.user_id)


async def visitor(
    hass: HomeAssistant, name: str, *, group: str = "", entities: Any = None
) -> Visitor:
    """Make a user of a group of Home Assistant, or of one with a policy of its own."""
    store = hass.auth._store
    # The harness loads no users, which would do it.
    store._perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    if not group:
        group = f"group-{name}"
        assert store._groups is not None
        store._groups[group] = Group(
            id=group, name=group, policy={"entities": entities or {}}
        )
    user = await store.async_create_user(name, is_active=True, group_ids=[group])
    assert not user.is_admin
    credentials = Credentials(
        auth_provider_type="homeassistant",
        auth_provider_id=None,
        data={"username": name},
        is_new=False,
    )
    user.credentials.append(credentials)
    refresh = await hass.auth.async_create_refresh_token(
        user, CLIENT_ID, credential=credentials
    )
    return Visitor(user.id, hass.auth.async_create_access_token(refresh))


def move(hass: HomeAssistant, entry: MockConfigEntry, area: str) -> str:
    """Put a module into an area; return the area's id."""
    found = ar.async_get(hass).async_get_or_create(area)
    dr.async_get(hass).async_update_device(device_of(hass, entry), area_id=found.id)
    return found.id


async def call(client: MockHAClientWebSocket, message: dict[str, Any]) -> Any:
    """Send a message; return the result, or the message of the error."""
    await client.send_json_auto_id(message)
    while (answer := await client.receive_json())["type"] != "result":
        continue
    return answer["result"] if answer["success"] else str(answer["error"]["message"])


async def act(
    client: MockHAClientWebSocket, action: str, device_id: str, **data: Any
) -> Any:
    """Perform an action of ours; return its answer, or the message of the error."""
    found = await call(
        client,
        {
            "type": "call_service",
            "domain": "face_module",
            "service": action,
            "service_data": {"device_id": device_id, **data},
            "return_response": True,
        },
    )
    return found if isinstance(found, str) else found["response"]
