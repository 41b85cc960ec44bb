"""Home Assistant's connection to an MQTT broker, where there is one.

Nothing of the MQTT integration is imported before Home Assistant itself has loaded it: who
does not use it pays nothing, and may lack what it needs.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import ATTR_COMPONENT, EventComponentLoaded

from ..const import LOGGER

MQTT: Final = "mqtt"
# The keys of its options.
_PREFIX: Final = "discovery_prefix"
_DEFAULT_PREFIX: Final = "homeassistant"


@callback
def async_is_connected(hass: HomeAssistant) -> bool:
    """Say whether the broker is reached now."""
    if MQTT not in hass.config.components:
        return False
    from homeassistant.components import mqtt  # noqa: PLC0415  # see above

    return mqtt.DATA_MQTT in hass.data and mqtt.is_connected(hass)


@callback
def async_follow(hass: HomeAssistant, listener: Callable[[bool], None]) -> CALLBACK_TYPE:
    """Call `listener` whenever the broker is reached (True) or lost; returns the undo.

    Also if it is reached already, and when the MQTT integration is added later.
    """
    undo: CALLBACK_TYPE

    @callback
    def loaded(_event: Event[EventComponentLoaded] | None = None) -> None:
        nonlocal undo
        from homeassistant.components import mqtt  # noqa: PLC0415  # see above

        if _event is not None:
            undo()
        undo = mqtt.async_subscribe_connection_status(hass, listener)
        if async_is_connected(hass):
            listener(True)  # noqa: FBT003  # as Home Assistant calls it

    if MQTT in hass.config.components:
        loaded()
    else:
        undo = hass.bus.async_listen(
            EVENT_COMPONENT_LOADED,
            loaded,
            event_filter=callback(lambda data: data[ATTR_COMPONENT] == MQTT),
        )

    @callback
    def stop() -> None:
        # Which it is changes.
        undo()

    return stop


async def async_publish(
    hass: HomeAssistant, topic: str, payload: str | bytes, *, retain: bool = False
) -> bool:
    """Publish; return whether the broker was reached. An empty payload clears a topic.

    What is retained is sent again if the connection is lost before the broker has it;
    anything else is about now, and worth nothing later.
    """
    if not async_is_connected(hass):
        return False
    from homeassistant.components import mqtt  # noqa: PLC0415  # see above

    try:
        await mqtt.async_publish(hass, topic, payload, int(retain), retain)
    except HomeAssistantError as err:
        LOGGER.debug("The broker was not reached: %s", type(err).__name__)
        return False
    return True


@callback
def async_discovery_prefix(hass: HomeAssistant) -> str:
    """Return where the houses of this broker look for what is published."""
    if (entry := _entry(hass)) is None:
        return _DEFAULT_PREFIX
    return str((entry.data | entry.options).get(_PREFIX, _DEFAULT_PREFIX))


@callback
def async_hide(hass: HomeAssistant, identifier: str) -> None:
    """Have this house not show a device that it publishes itself.

    The broker sends everything back to whoever published it. Of a device that is disabled
    before it is discovered Home Assistant adds no entity.
    """
    if (entry := _entry(hass)) is not None:
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(MQTT, identifier)},
            disabled_by=dr.DeviceEntryDisabler.INTEGRATION,
        )


@callback
def async_is_hidden(hass: HomeAssistant, identifier: str) -> bool:
    """Say whether this house still has the device that it was to hide."""
    return _hidden(hass, identifier) is not None


@callback
def async_forget_hidden(hass: HomeAssistant, identifier: str) -> None:
    """Remove the device that this house was to hide."""
    if (device_id := _hidden(hass, identifier)) is not None:
        dr.async_get(hass).async_remove_device(device_id)


def _hidden(hass: HomeAssistant, identifier: str) -> str | None:
    if (entry := _entry(hass)) is None:
        return None
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier((MQTT, identifier), entry.entry_id)
    return None if device is None else device.id


def _entry(hass: HomeAssistant) -> ConfigEntry | None:
    """Return the entry of the MQTT integration; there is one at most."""
    return next(iter(hass.config_entries.async_entries(MQTT)), None)
