"""The topics of a module on the broker, and how other houses are to show them."""

import re
from typing import Any, Final, NamedTuple, Self

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, KEY_RECOGNITION
from ..texts import entity_name, integration_name
from ..visits.gate import Verdict

ONLINE: Final = "online"
OFFLINE: Final = "offline"
# The state is repeated so often (s), and believed so long: a house that ended without a
# word is noticed after three repetitions that are missing.
REPEAT: Final = 20
BELIEVED: Final = 65

# Of a picture, as the module makes them.
_CONTENT_TYPE: Final = "image/jpeg"
_NOT_IN_TOPICS: Final = re.compile(r"[^A-Za-z0-9_-]")

KEY_LAST_FACE: Final = "last_face"
# The fields of the state, which are the keys of our own entities, and how each is shown.
_STATES: Final[dict[str, dict[str, Any]]] = {
    "connected": {
        "platform": Platform.BINARY_SENSOR,
        "device_class": "connectivity",
        "entity_category": "diagnostic",
    },
    "person_present": {"platform": Platform.BINARY_SENSOR, "device_class": "occupancy"},
    "last_person": {"platform": Platform.SENSOR},
    "enrolled_users": {
        "platform": Platform.SENSOR,
        "entity_category": "diagnostic",
        "state_class": "measurement",
    },
    "visits_today": {
        "platform": Platform.SENSOR,
        "state_class": "total",
        "last_reset_value_template": "{{ value_json.today }}",
    },
}


class Topics(NamedTuple):
    """Where something of a module is published. `config` and `availability` are retained.

    Everything else is about now: the broker keeps no name and no picture.
    """

    identifier: str
    config: str
    availability: str
    state: str
    event: str
    image: str

    @classmethod
    def of(cls, serial: str, prefix: str) -> Self:
        """Return the topics of a module; `prefix` is that of the discovery."""
        identifier = _NOT_IN_TOPICS.sub("_", serial)
        base = f"{DOMAIN}/{identifier}"
        return cls(
            identifier=identifier,
            config=f"{prefix}/device/{identifier}/config",
            availability=f"{base}/availability",
            state=f"{base}/state",
            event=f"{base}/event",
            image=f"{base}/image",
        )


@callback
def async_discovery(
    hass: HomeAssistant,
    topics: Topics,
    *,
    serial: str,
    name: str,
    firmware: str,
    pictures: bool,
) -> dict[str, Any]:
    """Return how other houses are to show a module, as Home Assistant's MQTT reads it."""

    def entity(platform: Platform, key: str, **more: Any) -> dict[str, Any]:
        return {
            "platform": platform,
            "unique_id": f"{topics.identifier}_{key}",
            "name": entity_name(hass, platform, key),
            **more,
        }

    components = {
        KEY_RECOGNITION: entity(
            Platform.EVENT,
            KEY_RECOGNITION,
            state_topic=topics.event,
            event_types=list(Verdict),
        ),
        # A platform alone removes what was there before.
        KEY_LAST_FACE: entity(
            Platform.IMAGE,
            KEY_LAST_FACE,
            image_topic=topics.image,
            content_type=_CONTENT_TYPE,
        )
        if pictures
        else {"platform": Platform.IMAGE},
    }
    for key, shown in _STATES.items():
        components[key] = entity(
            **shown,
            key=key,
            state_topic=topics.state,
            value_template=f"{{{{ value_json.{key} }}}}",
            expire_after=BELIEVED,
        )
    device = {
        "identifiers": [topics.identifier],
        "name": name,
        "serial_number": serial,
    }
    if firmware:
        device["sw_version"] = firmware
    return {
        "device": device,
        "origin": {"name": integration_name(hass)},
        "availability": [{"topic": topics.availability}],
        "components": components,
    }
